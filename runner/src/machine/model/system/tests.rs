//! What the modelled machine does with its host: exits, raises, breakpoints, migration.

use std::sync::Arc;

use guests::{Boot, Mode, PageFlaw, Program, RaiseBy, Section, SectionName, Wiring, build, map};

use super::super::testing::run_to_its_end;
use super::ModelMachine;
use crate::machine::mutants::Mutant;
use crate::machine::{ExitKind, Machine};
use crate::terms::{EventsChange, Path, Shadow, Vendor};

/// Builds and runs a guest to an exit that the host's program would not settle; what its marks were, and that exit.
fn run(machine: &mut ModelMachine, mode: Mode, sections: &[(&str, &str)], boot: Boot) -> (Vec<String>, ExitKind) {
    let (guest, records, kind) = run_to_its_end(machine, mode, sections, boot);
    let names = records.iter().filter_map(|record| guest.marks.get(usize::from(record.mark)).cloned());
    (names.collect(), kind)
}

const HELD: [(&str, &str); 3] = [
    ("main", "mark start\nraise\nmark after\ndone"),
    ("nmi", "mark nmi\ndec byte [again]\njnz leave\nraise\nsnap held\nleave:\niret"),
    ("data", "again: db 1"),
];

#[test]
fn a_second_nmi_waits_for_iret_in_every_mode_and_across_migration() {
    for vendor in [Vendor::Amd, Vendor::Intel] {
        for mode in Mode::ALL {
            let (marks, end) = run(&mut ModelMachine::new(vendor, None), mode, &HELD, Boot::default());
            assert_eq!(marks, ["start", "nmi", "held", "nmi", "after"], "{vendor} {mode}");
            assert_eq!(end, ExitKind::Done);
        }
    }
}

#[test]
fn a_mutant_that_loses_pending_nmis_in_migration_is_detected() {
    let mut machine = ModelMachine::new(Vendor::Amd, Mutant::named("migrate-loses-pending"));
    let (marks, _) = run(&mut machine, Mode::Long, &HELD, Boot::default());
    assert_eq!(marks, ["start", "nmi", "held", "after"]);
}

/// An IRET that faults with an NMI held: in the #GP handler Intel has unblocked already, AMD unblocks at its IRET.
const FAULTING: [(&str, &str); 4] = [
    ("main", "mark start\nraise\nmark after\ndone"),
    (
        "nmi",
        "dec byte [again]\njnz second\nraise\npushfq\nor qword [rsp], 4000h\npopfq\niret\nsecond:\nmark second\niret",
    ),
    (
        "gp",
        "mark gp\nadd rsp, 8\nand qword [rsp+16], 0FFFFFFFFFFFFBFFFh\npush back\npop qword [rsp]\niret\nback:\niret",
    ),
    ("data", "again: db 1"),
];

#[test]
fn a_faulting_iret_unblocks_on_intel_only() {
    let order = |vendor| run(&mut ModelMachine::new(vendor, None), Mode::Long, &FAULTING, Boot::default()).0;
    assert_eq!(order(Vendor::Intel), ["start", "second", "gp", "after"]);
    assert_eq!(order(Vendor::Amd), ["start", "gp", "second", "after"]);
}

#[test]
fn a_fault_in_every_delivery_ends_in_shutdown() {
    let boot = Boot { idt_limit: Some(15), ..Boot::default() };
    for mode in [Mode::Protected, Mode::Long] {
        let sections = [("main", "raise\nmark after\ndone")];
        let (marks, end) = run(&mut ModelMachine::new(Vendor::Amd, None), mode, &sections, boot.clone());
        assert_eq!((marks, end), (vec![], ExitKind::Shutdown));
    }
}

#[test]
fn a_gate_on_an_absent_page_becomes_a_page_fault_or_worse() {
    let mut boot = Boot::default();
    boot.pages.insert(map::GATE_PAGE.start, PageFlaw::NotPresent);
    let sections = [("main", "raise\nmark after\ndone"), ("pf", "mark pf\ndone")];
    let (marks, end) = run(&mut ModelMachine::new(Vendor::Intel, None), Mode::Long, &sections, boot);
    assert_eq!((marks, end), (vec!["pf".to_owned()], ExitKind::Done));
}

#[test]
fn an_nmi_ends_hlt_and_a_blocked_one_does_not() {
    let sections = [("main", "arm\nhlt\nmark woken\ndone"), ("nmi", "mark nmi\niret")];
    let (marks, _) = run(&mut ModelMachine::new(Vendor::Amd, None), Mode::Real, &sections, Boot::default());
    assert_eq!(marks, ["nmi", "woken"]);

    let sections = [("main", "raise\ndone"), ("nmi", "mark nmi\narm\nhlt\nmark woken\niret")];
    let (marks, end) = run(&mut ModelMachine::new(Vendor::Amd, None), Mode::Real, &sections, Boot::default());
    assert_eq!((marks, end), (vec!["nmi".to_owned()], ExitKind::Halted));
}

#[test]
fn a_guest_that_never_ends_hangs() {
    let sections = [("main", "again: jmp again")];
    let (_, end) = run(&mut ModelMachine::new(Vendor::Amd, None), Mode::Long, &sections, Boot::default());
    assert_eq!(end, ExitKind::Hang);
}

#[test]
fn user_code_may_not_halt_and_returns_to_its_own_stack() {
    let boot = Boot { user: true, ..Boot::default() };
    let sections = [("main", "mark start\nraise\nmark after\nhlt"), ("nmi", "mark nmi\niret"), ("gp", "mark gp\ndone")];
    for mode in [Mode::Protected, Mode::Long] {
        let (marks, _) = run(&mut ModelMachine::new(Vendor::Intel, None), mode, &sections, boot.clone());
        assert_eq!(marks, ["start", "nmi", "after", "gp"], "{mode}");
    }
}

#[test]
fn an_unknown_instruction_is_trouble_that_names_it() {
    let sections = [Section { name: SectionName::Main, text: "movups xmm0, xmm1".to_owned() }];
    let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: Default::default() };
    let program = Program { sections: sections.into(), boot: Boot::default() };
    let guest = Arc::new(build(&program, Mode::Long, &wiring).expect("the test's guest builds"));
    let mut machine = ModelMachine::new(Vendor::Amd, None);
    let mut session = machine.load(&guest, Path::None).expect("it loads");
    let trouble = session.run().unwrap_err();
    assert!(trouble.what().starts_with("the instruction `movups xmm0,xmm1` at 0x"), "{trouble}");
}

/// A machine, and a guest for it in long mode.
fn with_guest(vendor: Vendor, main: &str) -> (ModelMachine, Arc<guests::Guest>) {
    let sections = [Section { name: SectionName::Main, text: main.to_owned() }];
    let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: Default::default() };
    let program = Program { sections: sections.into(), boot: Boot::default() };
    let guest = Arc::new(build(&program, Mode::Long, &wiring).expect("the test's guest builds"));
    (ModelMachine::new(vendor, None), guest)
}

#[test]
fn a_host_breakpoint_is_not_hit_after_a_load_of_ss_nor_with_the_resume_flag_set() {
    let resume = "mov rbp, rsp\nmov eax, ss\npush rax\npush rbp\npush 10002h\nmov eax, cs\npush rax\nmov rax, hidden\npush rax\niretq";
    for before in ["mov ax, ss\nmov ss, ax", resume] {
        for vendor in [Vendor::Amd, Vendor::Intel] {
            let (mut machine, guest) = with_guest(vendor, &format!("{before}\nhidden:\nnop\nseen:\nnop\ndone"));
            let mut session = machine.load(&guest, Path::Ioctl).expect("it loads");
            session.set_breakpoints(&[guest.symbols["hidden"], guest.symbols["seen"]]).expect("two are few enough");
            assert_eq!(
                session.run().expect("no trouble").kind,
                ExitKind::Breakpoint(guest.symbols["seen"]),
                "{before}"
            );
        }
    }
}

#[test]
fn events_that_a_vm_entry_refuses_are_trouble_on_intel_alone() {
    let sti = EventsChange { shadow: Some(Shadow::Sti), ..EventsChange::default() };
    let injected = EventsChange { injected: Some(true), masked: Some(true), ..EventsChange::default() };
    for (change, what) in [
        (sti, "the VM entry with the shadow of STI with RFLAGS.IF clear"),
        (injected, "the VM entry with an injected NMI while NMIs are blocked"),
    ] {
        let (mut machine, guest) = with_guest(Vendor::Intel, "done");
        let mut intel = machine.load(&guest, Path::Ioctl).expect("it loads");
        intel.set_events(change).expect("KVM takes them");
        assert_eq!(intel.run().unwrap_err().what(), what);
        let (mut machine, guest) = with_guest(Vendor::Amd, "done");
        let mut amd = machine.load(&guest, Path::Ioctl).expect("it loads");
        amd.set_events(change).expect("KVM takes them");
        assert!(amd.run().is_ok(), "{what}");
    }
}
