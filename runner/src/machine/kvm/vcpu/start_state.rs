//! From a guest's start state to KVM's structures.

use guests::{Segment, StartState, Table};
use kvm_bindings::{kvm_dtable, kvm_regs, kvm_segment, kvm_sregs};

/// Special registers at the start; what a start state does not say (APIC base, CR8) stays as it was created.
pub(crate) fn special(fresh: &kvm_sregs, start: &StartState) -> kvm_sregs {
    kvm_sregs {
        cs: segment(start.cs),
        ds: segment(start.ds),
        es: segment(start.es),
        fs: segment(start.fs),
        gs: segment(start.gs),
        ss: segment(start.ss),
        tr: segment(start.tr),
        ldt: segment(start.ldt),
        gdt: table(start.gdt),
        idt: table(start.idt),
        cr0: start.cr0,
        cr3: start.cr3,
        cr4: start.cr4,
        efer: start.efer,
        ..*fresh
    }
}

/// General registers at the start: all zero but RIP, RSP and RFLAGS.
pub(crate) fn general(start: &StartState) -> kvm_regs {
    kvm_regs { rip: start.rip, rsp: start.rsp, rflags: start.rflags, ..kvm_regs::default() }
}

fn segment(from: Segment) -> kvm_segment {
    kvm_segment {
        base: from.base,
        limit: from.limit,
        selector: from.selector,
        type_: from.kind,
        present: from.present.into(),
        dpl: from.dpl,
        db: from.big.into(),
        s: from.code_or_data.into(),
        l: from.long.into(),
        g: from.granular.into(),
        avl: 0,
        unusable: from.unusable.into(),
        padding: 0,
    }
}

fn table(from: Table) -> kvm_dtable {
    kvm_dtable { base: from.base, limit: from.limit, padding: [0; 3] }
}
