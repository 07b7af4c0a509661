//! Expectations, as statements of C.

use guests::abi::FrameKind;
use guests::{Guest, Hypervisor, Mode, map};
use x86::flags::{IF, NT, RF, TF};
use x86::svm::{IntCtl, event_type};
use x86::vector;
use x86::vmx::{Interruption, interruption, reason};

use super::error::Unable;
use super::template::quoted;
use crate::case::{Delivered, ExitWant, Expect, FrameWant, MarkWant, NameAt, Reason, StackSegment, ViewWant, address};
use crate::terms::Shadow;

/// Statements for the records of the first processor.
#[derive(Default)]
pub(super) struct Checks {
    /// The statements, for a record with the number `i`.
    pub(super) text: String,
    /// Whether they call `rsp_at()`.
    pub(super) rsp: bool,
    /// Whether they call `event()`.
    pub(super) event: bool,
}

/// What is expected of marks, frames and exits.
pub(super) fn records(expect: &Expect, guest: &Guest) -> Result<Checks, Unable> {
    let mut checks = Checks::default();
    for (at, want) in &expect.marks {
        let statements = mark(want, &at.name, &mut checks);
        checks.add(at, &statements);
    }
    for (at, want) in &expect.frames {
        let statements = frame(want, at, guest, &mut checks)?;
        checks.add(at, &statements);
    }
    for (at, want) in &expect.exits {
        let vmx = guest.hypervisor == Some(Hypervisor::Vmx);
        let statements = if vmx { vmx_exit(want, at, guest)? } else { svm_exit(want, at, guest)? };
        checks.event |= statements.iter().any(|statement| statement.contains("event("));
        checks.add(at, &statements);
    }
    Ok(checks)
}

impl Checks {
    fn add(&mut self, at: &NameAt, statements: &[String]) {
        if statements.is_empty() {
            return;
        }
        self.text += &format!("\t\tif ({}) {{\n", is(at, "i"));
        self.text.extend(statements.iter().map(|statement| format!("\t\t\t{statement}\n")));
        self.text += "\t\t}\n";
    }
}

/// Whether the record with the number in `variable` is the named one.
pub(super) fn is(at: &NameAt, variable: &str) -> String {
    format!("is({variable}, {}, {})", quoted(&at.name), at.occurrence.unwrap_or(0))
}

fn want(at: &str, what: &str, got: &str, wanted: &str) -> String {
    format!("want({}, {}, {got}, {wanted});", quoted(at), quoted(what))
}

fn mark(want_it: &MarkWant, at: &str, checks: &mut Checks) -> Vec<String> {
    let flag = |name: &str, flag: u64, wanted: Option<bool>| {
        let bit = flag.trailing_zeros();
        wanted.map(|on| want(at, name, &format!("ring[i].rflags >> {bit} & 1"), &u8::from(on).to_string()))
    };
    let mut statements: Vec<String> = [
        flag("RFLAGS.IF", IF, want_it.interrupt_flag),
        flag("RFLAGS.TF", TF, want_it.trap_flag),
        flag("RFLAGS.NT", NT, want_it.nested_task),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(stack) = map::STACKS.iter().find(|stack| want_it.stack.as_deref() == Some(stack.name)) {
        let on = format!("ring[i].rsp >= {:#x} && ring[i].rsp <= {:#x}", stack.start, stack.end);
        statements.push(want(at, &format!("RSP on the stack {}:", stack.name), &on, "1"));
    }
    if let Some(other) = &want_it.rsp {
        checks.rsp = true;
        statements.push(want(at, &format!("RSP of {other}"), "ring[i].rsp", &format!("rsp_at(i, {})", quoted(other))));
    }
    statements
}

fn frame(want_it: &FrameWant, at: &NameAt, guest: &Guest, checks: &mut Checks) -> Result<Vec<String>, Unable> {
    let error = guest.mark_sites(&at.name).any(|site| site.frame == FrameKind::Error);
    let base = usize::from(error);
    let real = guest.mode == Mode::Real;
    let slot = |index: usize| format!("ring[i].stack[{}]", base + index);
    let name = at.name.as_str();
    let mut statements = Vec::new();
    if !want_it.rip.is_empty() {
        let rip = if real { format!("(({} & 0xffff) << 4) + {}", slot(1), slot(0)) } else { slot(0) };
        statements.push(want(name, "saved RIP", &rip, &places(&want_it.rip, guest)?));
    }
    if let Some(cpl) = want_it.cpl {
        let got = if real { "0".to_owned() } else { format!("{} & 3", slot(1)) };
        statements.push(want(name, "interrupted CPL", &got, &cpl.to_string()));
    }
    for (words, flag, wanted) in [
        ("saved IF", IF, want_it.interrupt_flag),
        ("saved TF", TF, want_it.trap_flag),
        ("saved RF", RF, want_it.resume_flag),
    ] {
        if let Some(on) = wanted {
            let bit = flag.trailing_zeros();
            statements.push(want(name, words, &format!("{} >> {bit} & 1", slot(2)), &u8::from(on).to_string()));
        }
    }
    // Only long mode, or a change of privilege level, pushes RSP and SS.
    let pushes = match guest.mode {
        Mode::Long => "1".to_owned(),
        Mode::Real => "0".to_owned(),
        Mode::Protected => format!("({} & 3) == 3", slot(1)),
    };
    if let Some(other) = &want_it.rsp {
        checks.rsp = true;
        let above = format!("ring[i].rsp + {}", (base as u64 + 3) * guest.mode.slot());
        let got = match guest.mode {
            Mode::Long => slot(3),
            Mode::Real => above,
            Mode::Protected => format!("{pushes} ? {} : {above}", slot(3)),
        };
        statements.push(want(
            name,
            &format!("saved RSP, that of {other}:"),
            &got,
            &format!("rsp_at(i, {})", quoted(other)),
        ));
    }
    if let Some(segment) = want_it.ss {
        let ss = slot(4);
        let (words, same) = match segment {
            StackSegment::Kernel => ("saved SS the kernel's:", format!("{ss} == {:#x}", map::selector::KERNEL_DS)),
            StackSegment::User => ("saved SS the user's:", format!("{ss} == {:#x}", map::selector::USER_DS)),
            StackSegment::Null => ("saved SS null:", format!("!({ss} & ~3ull)")),
            StackSegment::Other => ("saved SS another:", "0".to_owned()),
        };
        statements.push(want(name, words, &format!("{pushes} && {same}"), "1"));
    }
    if let Some(code) = want_it.error {
        statements.push(want(name, "error code", &slot(0).replace("[1]", "[0]"), &format!("{code:#x}")));
    }
    Ok(statements)
}

/// Addresses with their labels.
fn places(labels: &[String], guest: &Guest) -> Result<String, Unable> {
    let place = |label: &String| match address(guest, label) {
        Some(at) => Ok(format!("{at:#x} /* {label} */")),
        None => Err(Unable::NoPlace { place: label.clone() }),
    };
    Ok(labels.iter().map(place).collect::<Result<Vec<_>, _>>()?.join(", "))
}

fn svm_exit(want_it: &ExitWant, at: &NameAt, guest: &Guest) -> Result<Vec<String>, Unable> {
    let name = at.name.as_str();
    let mut statements = Vec::new();
    if let Some(code) = want_it.code {
        statements.push(want(name, "EXITCODE", "ring[i].stack[0]", &format!("{code:#x}")));
    }
    for (what, slot, labels) in [("L2's RIP", 2, &want_it.rip), ("nRIP", 4, &want_it.next_rip)] {
        if !labels.is_empty() {
            statements.push(want(name, what, &format!("ring[i].stack[{slot}]"), &places(labels, guest)?));
        }
    }
    for (what, slot, wanted) in [("EXITINTINFO", 1, want_it.delivering), ("EVENTINJ", 5, want_it.injecting)] {
        if let Some(event) = wanted {
            statements.push(want(name, what, &format!("event(ring[i].stack[{slot}])"), &svm_event(event)));
        }
    }
    let bit = |control: IntCtl| control.into_bits().trailing_zeros();
    for (what, at, wanted) in [
        ("INTERRUPT_SHADOW", 32, want_it.shadow),
        ("V_NMI", bit(IntCtl::new().with_v_nmi(true)), want_it.v_nmi),
        ("V_NMI_MASK", bit(IntCtl::new().with_v_nmi_mask(true)), want_it.v_nmi_mask),
        ("V_IRQ", bit(IntCtl::new().with_v_irq(true)), want_it.v_irq),
        ("VGIF", bit(IntCtl::new().with_v_gif(true)), want_it.v_gif),
    ] {
        if let Some(on) = wanted {
            statements.push(want(name, what, &format!("ring[i].stack[3] >> {at} & 1"), &u8::from(on).to_string()));
        }
    }
    Ok(statements)
}

/// What `event()` makes of an event of this kind.
fn number(kind: u8, vector: u8) -> String {
    format!("{:#x}", 0x10000 | u32::from(kind) << 8 | u32::from(vector))
}

fn svm_event(event: Delivered) -> String {
    match event {
        Delivered::None => "0".to_owned(),
        Delivered::Nmi => number(event_type::NMI, 0),
        Delivered::Irq => number(event_type::INTR, 0),
        Delivered::Software => number(event_type::SOFTWARE, 0),
        Delivered::Exception(vector) => number(event_type::EXCEPTION, vector),
        Delivered::Reserved => number(7, 0),
    }
}

fn vmx_event(event: Delivered) -> String {
    match event {
        Delivered::None => "0".to_owned(),
        Delivered::Nmi => number(interruption::NMI, 0),
        Delivered::Irq => number(interruption::EXTERNAL, 0),
        Delivered::Software => number(interruption::SOFTWARE, 0),
        Delivered::Exception(vector) => number(interruption::EXCEPTION, vector),
        Delivered::Reserved => number(1, 0),
    }
}

fn vmx_exit(want_it: &ExitWant, at: &NameAt, guest: &Guest) -> Result<Vec<String>, Unable> {
    let name = at.name.as_str();
    let own = &want_it.vmx;
    let low = |slot: usize| format!("(uint32_t)ring[i].stack[{slot}]");
    let high = |slot: usize| format!("ring[i].stack[{slot}] >> 32");
    let failed = own.vmfail.map_or("0".to_owned(), |_| "1".to_owned());
    let mut statements = vec![want(name, "a VMfail:", &high(0), &failed)];
    if let Some(event) = want_it.injecting {
        let got = format!("event({})", low(5));
        statements.push(want(name, "VM-entry interruption information", &got, &vmx_event(event)));
    }
    if let Some(error) = own.vmfail {
        // All else is what it was before.
        statements.push(want(name, "VM-instruction error", &high(5), &error.to_string()));
        return Ok(statements);
    }
    if let Some(wanted) = own.reason {
        let (basic, info) = (format!("{} & 0xffff", low(0)), low(3));
        match wanted {
            Reason::Basic(number) => statements.push(want(name, "exit reason", &basic, &number.to_string())),
            Reason::Nmi => {
                statements.push(want(name, "exit reason", &basic, &reason::EXCEPTION_OR_NMI.to_string()));
                let nmi = Interruption::new().with_kind(interruption::NMI).with_vector(vector::NMI).into_bits();
                let both = Interruption::new().with_kind(u8::MAX >> 5).with_vector(u8::MAX).into_bits();
                statements.push(want(name, "type and vector", &format!("{info} & {both:#x}"), &format!("{nmi:#x}")));
            }
            Reason::Exception(vector) => {
                statements.push(want(name, "exit reason", &basic, &reason::EXCEPTION_OR_NMI.to_string()));
                statements.push(want(name, "vector", &format!("{info} & 0xff"), &vector.to_string()));
            }
        }
    }
    if let Some(fails) = own.entry_failure {
        statements.push(want(
            name,
            "entry failure",
            &format!("{} >> {}", low(0), reason::ENTRY_FAILURE.trailing_zeros()),
            &u8::from(fails).to_string(),
        ));
    }
    if !want_it.rip.is_empty() {
        statements.push(want(name, "L2's RIP", "ring[i].stack[1]", &places(&want_it.rip, guest)?));
    }
    if let Some(event) = want_it.delivering {
        let got = format!("event({})", high(3));
        statements.push(want(name, "IDT-vectoring information", &got, &vmx_event(event)));
    }
    if let Some(blocking) = own.blocking {
        let defined = crate::case::Blocking::of(u32::MAX).bits();
        let got = format!("{} & {defined:#x}", low(2));
        statements.push(want(name, "interruptibility state", &got, &format!("{:#x}", blocking.bits())));
    }
    if let Some(on) = own.bit_12 {
        let bit = Interruption::new().with_unblocking(true).into_bits().trailing_zeros();
        statements.push(want(name, "bit 12", &format!("{} >> {bit} & 1", low(3)), &u8::from(on).to_string()));
    }
    if let Some(state) = own.activity {
        statements.push(want(name, "activity state", &high(2), &state.to_string()));
    }
    Ok(statements)
}

/// What is expected of a look at the processor, at `name`.
pub(super) fn view(want_it: &ViewWant, name: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut add = |what: &str, got: &str, wanted: String| statements.push(want(name, what, got, &wanted));
    let bit = |on: bool| u8::from(on).to_string();
    if let Some(on) = want_it.masked {
        add("nmi.masked", "!!events.nmi.masked", bit(on));
    }
    if let Some(count) = want_it.pending {
        add("nmi.pending", "events.nmi.pending", count.to_string());
    }
    if let Some(on) = want_it.injected {
        add("nmi.injected", "!!events.nmi.injected", bit(on));
    }
    if let Some(shadow) = want_it.shadow {
        let (words, mask) = match shadow {
            Shadow::None | Shadow::Either => {
                ("interrupt.shadow", "(KVM_X86_SHADOW_INT_STI | KVM_X86_SHADOW_INT_MOV_SS)")
            }
            Shadow::Sti => ("interrupt.shadow of STI", "KVM_X86_SHADOW_INT_STI"),
            Shadow::MovSs => ("interrupt.shadow of MOV SS", "KVM_X86_SHADOW_INT_MOV_SS"),
        };
        add(words, &format!("!!(events.interrupt.shadow & {mask})"), bit(shadow != Shadow::None));
    }
    if let Some(on) = want_it.smm {
        add("smi.smm", "!!events.smi.smm", bit(on));
    }
    if let Some(on) = want_it.halted {
        add("halted", "activity.mp_state == KVM_MP_STATE_HALTED", bit(on));
    }
    statements
}
