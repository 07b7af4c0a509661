//! Nothing of one trial reaches the next.

use std::sync::Arc;

use guests::{Mode, map};

use super::fixture::{end, guest, load, machine, run_to_end, to_snap};
use crate::machine::kvm::capabilities::Host;
use crate::machine::kvm::session::KvmSession;
use crate::machine::kvm::vcpu::readable;
use crate::machine::kvm::vm_pool::{Remains, finish_single_step};
use crate::machine::kvm::watch::{Timing, Watch};
use crate::machine::kvm::{KvmMachine, syscalls};
use crate::machine::{ExitKind, Machine, Session};
use crate::terms::{EventsChange, Need, Path};

/// MSRs that count time: HV_X64_MSR_VP_RUNTIME and HV_X64_MSR_TIME_REF_COUNT, which real processors' KVMs have.
const CLOCKS: [u32; 2] = [0x4000_0010, 0x4000_0020];

/// Everything that can be read of the first processor and its virtual machine, in words, at the start of a trial.
fn everything(machine: &mut KvmMachine, path: Path) -> Vec<(String, String)> {
    let quiet = guest(Mode::Long, path, &[("main", "nop\ndone"), ("nmi", "iret")]);
    let host = Arc::clone(&machine.host);
    let mut session = load(machine, &quiet, path);
    session.events().expect("events");
    let mut list: Vec<(String, String)> = Vec::new();
    let mut memory = vec![0; map::MEMORY_SIZE as usize];
    session.read(0, &mut memory).expect("memory");
    let changed: Vec<usize> = (0..memory.len())
        .filter(|&at| memory.get(at).copied() != Some(quiet.memory.get(at).copied().unwrap_or_default()))
        .collect();
    list.push(("memory".into(), format!("{changed:x?}")));
    let vm = session.vm();
    let fd = &vm.first.fd;
    list.push(("events".into(), format!("{:?}", fd.get_vcpu_events().expect("events"))));
    list.push(("activity".into(), format!("{:?}", fd.get_mp_state().expect("activity"))));
    list.push(("regs".into(), format!("{:?}", fd.get_regs().expect("regs"))));
    list.push(("sregs".into(), format!("{:?}", fd.get_sregs().expect("sregs"))));
    list.push(("debug".into(), format!("{:?}", fd.get_debug_regs().expect("debug"))));
    list.push(("fpu".into(), format!("{:?}", fd.get_fpu().expect("fpu"))));
    let lapic = fd.get_lapic().expect("lapic");
    for (number, register) in lapic.regs.chunks(16).enumerate() {
        // 390h is the timer's current count, which depends on when one looks.
        if number != 0x39 {
            list.push((format!("lapic {:x}", number * 16), format!("{register:?}")));
        }
    }
    let chips = vm.platform.save_chips().expect("chips");
    for pin in 0..24 {
        list.push((format!("ioapic pin {pin}"), format!("{:x}", syscalls::read_ioapic_entry(&chips[2], pin))));
    }
    let msrs = vm.first.reset_state.msrs();
    let now = readable(&host, fd).expect("msrs");
    for entry in now.iter().filter(|entry| msrs.contains(&entry.index) && !CLOCKS.contains(&entry.index)) {
        list.push((format!("msr {:x}", entry.index), format!("{:x}", entry.data)));
    }
    list
}

fn compare(before: &[(String, String)], after: &[(String, String)], what: &str) {
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(after) {
        assert_eq!(before, after, "left over by {what}");
    }
}

/// Guests that leave as much behind as they can; each ends in its own way.
const NASTY: &[(&str, &str, ExitKind)] = &[
    (
        "MSRs",
        "mov ecx, 174h\nmov eax, 1234h\nxor edx, edx\nwrmsr\nmov ecx, 175h\nwrmsr\nmov ecx, 176h\nwrmsr\n\
         mov ecx, 0C0000081h\nmov edx, 100008h\nwrmsr\nmov ecx, 0C0000102h\nmov edx, 8\nwrmsr\nmov ecx, 277h\nmov eax, 6060606h\n\
         mov edx, eax\nwrmsr\nmov ecx, 3Bh\nxor eax, eax\nmov edx, 1\nwrmsr\nswapgs\ndone",
        ExitKind::Done,
    ),
    (
        "local APIC",
        "mov ebx, APIC\nmov dword [rbx+320h], 20050h\nmov dword [rbx+3E0h], 0\nmov dword [rbx+380h], 10000\n\
         mov dword [rbx+350h], 41h\nmov dword [rbx+80h], 20h\nmov dword [rbx+0D0h], 5000000h\n\
         mov dword [rbx+310h], 0\nmov dword [rbx+300h], 4055h\nmov dword [rbx+300h], 4065h\nmov dword [rbx+0F0h], 1FEh\n\
         mov rax, 0Fh\nmov cr8, rax\ndone",
        ExitKind::Done,
    ),
    ("interrupt in service", "irq\nsti\nnop\nsnap s\nnop\nnop\nnop\nud2", ExitKind::Fault),
    (
        "debug registers",
        "mov rax, 5000h\nmov dr0, rax\nmov dr3, rax\nmov rax, 0D0403h\nmov dr7, rax\ndone",
        ExitKind::Done,
    ),
    (
        "I/O APIC",
        "mov ebx, 0FEC00000h\nmov dword [rbx], 12h\nmov dword [rbx+10h], 0A050h\nmov dword [rbx], 38h\nmov dword [rbx+10h], 431h\ndone",
        ExitKind::Done,
    ),
    (
        "memory",
        "mov byte [3FFFFh], 1\nmov dword [1000h], 5\nmov byte [0], 9\nmov byte [18000h], 7\nmov byte [16000h], 7\ndone",
        ExitKind::Done,
    ),
    (
        "control registers",
        "mov rax, cr4\nor eax, 200h\nmov cr4, rax\nmov rax, 1000h\nmov cr2, rax\nmov ax, 23h\nmov ds, ax\nstd\ndone",
        ExitKind::Done,
    ),
    ("x87", "mov rax, cr4\nor rax, 200h\nmov cr4, rax\nfninit\nmovups xmm3, [2000h]\ndone", ExitKind::Done),
    ("halt", "sti\nhlt\ndone", ExitKind::Halted),
    ("shutdown", "lidt [none]\nud2\nnone: dw 0\ndq 0", ExitKind::Shutdown),
];

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn nothing_that_a_guest_leaves_behind_reaches_the_next_trial() {
    let mut machine = machine();
    let before = everything(&mut machine, Path::Ioctl);
    for &(what, main, how) in NASTY {
        let irq = "mov byte [rsp-100], 1\nud2";
        let nasty = guest(Mode::Long, Path::Ioctl, &[("main", main), ("irq", irq)]);
        assert_eq!(end(&mut machine, &nasty, Path::Ioctl), how, "{what}");
        compare(&before, &everything(&mut machine, Path::Ioctl), what);
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn no_translation_of_other_page_tables_is_used() {
    let mut machine = machine();
    let opens =
        guest(Mode::Long, Path::None, &[("main", "or dword [absent_pte], PTE_PRESENT\nmov byte [absent], 1\ndone")]);
    let touches = guest(Mode::Long, Path::None, &[("main", "mov byte [absent], 1\ndone")]);
    let plain = guest(Mode::Real, Path::None, &[("main", "done")]);
    for (guest, how) in [
        (&opens, ExitKind::Done),
        (&touches, ExitKind::Fault),
        (&opens, ExitKind::Done),
        (&plain, ExitKind::Done),
        (&touches, ExitKind::Fault),
    ] {
        assert_eq!(end(&mut machine, guest, Path::None), how);
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn nothing_that_the_host_leaves_behind_reaches_the_next_trial() {
    let mut machine = machine();
    let before = everything(&mut machine, Path::Ioctl);
    type Step = (&'static str, fn(&mut KvmSession<'_>));
    let steps: &[Step] = &[
        ("pending NMIs", |session| session.raise(2).expect("raise")),
        ("blocking", |session| {
            let change = EventsChange { masked: Some(true), pending: Some(1), ..EventsChange::default() };
            session.set_events(change).expect("set");
        }),
        ("injection", |session| {
            session.set_events(EventsChange { injected: Some(true), ..EventsChange::default() }).expect("set");
        }),
        ("interrupt", |session| session.interrupt(0x40).expect("interrupt")),
        ("breakpoints", |session| session.set_breakpoints(&[0x2000, 0x2001]).expect("breakpoints")),
        ("arm", |session| session.arm().expect("arm")),
        ("migration", |session| session.migrate().expect("migrate")),
        ("memory", |session| session.write(0x3_0000, &[1, 2, 3]).expect("write")),
    ];
    let nasty = guest(Mode::Long, Path::Ioctl, &[("main", "snap a\ndone")]);
    for (what, step) in steps {
        let mut session = load(&mut machine, &nasty, Path::Ioctl);
        to_snap(&mut session);
        step(&mut session);
        drop(session);
        compare(&before, &everything(&mut machine, Path::Ioctl), what);
    }
    for path in [Path::IoApic, Path::Msi] {
        let mut session = load(&mut machine, &nasty, path);
        to_snap(&mut session);
        session.raise(2).expect("raise");
        drop(session);
        compare(&before, &everything(&mut machine, Path::Ioctl), path.name());
        // An NMI that waits for a halt that never comes must not come in the next trial.
        let mut session = load(&mut machine, &nasty, path);
        to_snap(&mut session);
        session.arm().expect("arm");
        drop(session);
        let quiet = guest(Mode::Long, Path::None, &[("main", "mark a\nhlt\nmark b\ndone"), ("nmi", "mark n\niret")]);
        let (_, marks, exit) = run_to_end(&mut machine, &quiet, Path::None);
        assert_eq!((marks.join(" "), exit.kind), ("a".to_owned(), ExitKind::Halted));
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn processors_in_x2apic_mode_are_reset_too() {
    let mut machine = machine();
    assert_eq!(machine.lacks(Need::X2Apic), None, "KVM emulates it on every processor");
    let before = everything(&mut machine, Path::X2Apic);
    // Back to xAPIC mode through "disabled", and a self-IPI left pending.
    let main =
        "mov ecx, 83Fh\nmov eax, 55h\nxor edx, edx\nwrmsr\nmov ecx, 1Bh\nrdmsr\nand eax, 0FFFFF3FFh\nwrmsr\ndone";
    let nasty = guest(Mode::Long, Path::X2Apic, &[("main", main)]);
    assert_eq!(end(&mut machine, &nasty, Path::X2Apic), ExitKind::Done);
    compare(&before, &everything(&mut machine, Path::X2Apic), "x2APIC mode");
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn under_kvm_amd_a_trial_that_may_leave_a_single_step_is_led_out_of_it() {
    let mut machine = machine();
    let mut host = Host::open().expect("it was opened before");
    host.kvm_amd = true;
    machine.host = Arc::new(host);
    let before = everything(&mut machine, Path::Ioctl);
    let held = guest(Mode::Long, Path::Ioctl, &[("main", "raise\nnop\ndone"), ("nmi", "raise\nsnap held\ndone")]);
    let quiet = guest(Mode::Long, Path::Ioctl, &[("main", "snap a\ndone")]);
    for _ in 0..3 {
        let (mut session, _, exit) = run_to_end(&mut machine, &held, Path::Ioctl);
        assert_eq!((exit.kind, session.remains()), (ExitKind::Done, Remains::SingleStep));
        drop(session);
        let (mut session, marks, _) = run_to_end(&mut machine, &quiet, Path::None);
        assert_eq!((marks, session.remains()), (vec!["a".to_owned()], Remains::Nothing));
    }
    compare(&before, &everything(&mut machine, Path::Ioctl), "the way out of the single step");
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_virtual_machine_that_was_led_out_of_a_single_step_stays() {
    let mut machine = machine();
    let watch = Watch::start(Timing::default()).expect("a thread");
    let held = guest(Mode::Long, Path::Ioctl, &[("main", "raise\nnop\ndone"), ("nmi", "raise\nsnap held\ndone")]);
    let (mut session, _, exit) = run_to_end(&mut machine, &held, Path::Ioctl);
    assert_eq!(exit.kind, ExitKind::Done);
    assert!(finish_single_step(session.vm(), &watch), "the program did not end as it must");
}

/// Guest hypervisors that leave as much behind as they can: of L2, of GIF and of NMIs. Their marks are not checked.
const HYPERVISORS: &[(&str, &[(&str, &str)])] = &[
    ("GIF clear", &[("main", "vmrun\ndone"), ("l2", "vmmcall")]),
    (
        "NMIs blocked by L2's handler",
        &[("main", "vmrun\nstgi\ndone"), ("l2", "raise\nvmmcall"), ("l2-nmi", "vmmcall\niret")],
    ),
    (
        "NMIs blocked by L2's handler, and L1's NMI taken",
        &[
            ("main", "vmrun\nstgi\nraise\nnop\ndone"),
            ("nmi", "iret"),
            ("l2", "raise\nvmmcall"),
            ("l2-nmi", "vmmcall\niret"),
        ],
    ),
    ("an NMI held by GIF", &[("main", "vmrun\nraise\ndone"), ("l2", "vmmcall")]),
    ("L2 running", &[("main", "vmrun\ndone"), ("l2", "nop\ndone")]),
    ("L2 in its handler", &[("main", "vmrun\ndone"), ("l2", "raise\nnop\ndone"), ("l2-nmi", "done")]),
    ("L2 halted", &[("main", "vmrun\ndone"), ("l2", "hlt\ndone")]),
    ("an injection that was refused", &[("main", "vmcb eventinj = 0x80000100\nvmrun\ndone"), ("l2", "vmmcall")]),
];

/// Whether L2 can take two NMIs, what L1 blocks stays blocked, and GIF is set at the start.
const SOUND: &[(&str, &str)] = &[
    ("main", "raise\nmark begun\nvmrun\nmark left\nstgi\nmark open\ndone"),
    ("nmi", "mark nmi\niret"),
    ("l2", "raise\nmark first\nraise\nmark second\nvmmcall"),
    ("l2-nmi", "mark l2-nmi\niret"),
];

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
#[cfg_attr(without_svm, ignore = "guests had no SVM here when this was built")]
fn nothing_that_a_guests_guest_leaves_behind_reaches_the_next_trial() {
    let mut machine = machine();
    assert_eq!(machine.lacks(Need::Svm), None, "it was there when this was built");
    let sound = guest(Mode::Long, Path::Ioctl, SOUND);
    let want = ["nmi", "begun", "l2-nmi", "first", "l2-nmi", "second", "left", "open"];
    let before = everything(&mut machine, Path::Ioctl);
    for &(what, sections) in HYPERVISORS {
        let nasty = guest(Mode::Long, Path::Ioctl, sections);
        end(&mut machine, &nasty, Path::Ioctl);
        let (session, marks, exit) = run_to_end(&mut machine, &sound, Path::Ioctl);
        assert_eq!((marks.as_slice(), exit.kind), (want.map(str::to_owned).as_slice(), ExitKind::Done), "{what}");
        drop(session);
        end(&mut machine, &nasty, Path::Ioctl);
        compare(&before, &everything(&mut machine, Path::Ioctl), what);
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
#[cfg_attr(without_svm, ignore = "guests had no SVM here when this was built")]
fn the_virtual_machine_of_a_guest_hypervisor_stays_if_nothing_of_its_guest_does() {
    let mut machine = machine();
    assert_eq!(machine.lacks(Need::Svm), None, "it was there when this was built");
    let quiet = guest(Mode::Long, Path::None, &[("main", "vmrun\nstgi\ndone"), ("l2", "vmmcall")]);
    let (mut session, _, exit) = run_to_end(&mut machine, &quiet, Path::None);
    assert_eq!((exit.kind, session.remains()), (ExitKind::Done, Remains::Nothing));
    drop(session);
    let inside = guest(Mode::Long, Path::None, &[("main", "vmrun\ndone"), ("l2", "nop\ndone")]);
    let (mut session, _, exit) = run_to_end(&mut machine, &inside, Path::None);
    assert_eq!((exit.kind, session.remains()), (ExitKind::Done, Remains::Anything));
}
