//! The registers at the start, as C.

use guests::{Segment, StartState, Table};

/// The statement that sets the registers of one processor; `vcpu` is its variable.
pub(super) fn start(state: &StartState, vcpu: &str) -> String {
    let segments = [
        ("cs", state.cs),
        ("ds", state.ds),
        ("es", state.es),
        ("fs", state.fs),
        ("gs", state.gs),
        ("ss", state.ss),
        ("tr", state.tr),
        ("ldt", state.ldt),
    ];
    let segments: String =
        segments.iter().map(|(name, segment)| format!("\t\t.{name} = {{ {} }},\n", fields(*segment))).collect();
    let table = |Table { base, limit }: Table| format!("{{ .base = {base:#x}, .limit = {limit:#x} }}");
    let StartState { gdt, idt, cr0, cr3, cr4, efer, rip, rsp, rflags, .. } = state;
    format!(
        "\tstart_vcpu({vcpu}, &(const struct kvm_sregs) {{\n{segments}\t\t.gdt = {}, .idt = {},\n\
         \t\t.cr0 = {cr0:#x}, .cr3 = {cr3:#x}, .cr4 = {cr4:#x}, .efer = {efer:#x},\n\
         \t}}, &(const struct kvm_regs) {{ .rip = {rip:#x}, .rsp = {rsp:#x}, .rflags = {rflags:#x} }});\n",
        table(*gdt),
        table(*idt),
    )
}

/// The fields of a segment that are not 0.
fn fields(segment: Segment) -> String {
    let Segment { selector, base, limit, kind, code_or_data, dpl, present, long, big, granular, unusable } = segment;
    let numbers = [
        ("selector", u64::from(selector)),
        ("base", base),
        ("limit", limit.into()),
        ("type", kind.into()),
        ("present", present.into()),
        ("dpl", dpl.into()),
        ("db", big.into()),
        ("s", code_or_data.into()),
        ("l", long.into()),
        ("g", granular.into()),
        ("unusable", unusable.into()),
    ];
    let set = numbers.iter().filter(|(_, value)| *value != 0);
    set.map(|(name, value)| format!(".{name} = {value:#x}")).collect::<Vec<_>>().join(", ")
}
