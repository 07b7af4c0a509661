//! Nothing of one trial reaches the next.

use std::sync::Arc;

use guests::{Mode, map};

use super::fixture::{drive, guest, machine, marks, to_snap};
use crate::machine::kvm::leftover::Leftover;
use crate::machine::kvm::open::Host;
use crate::machine::kvm::{KvmMachine, sys};
use crate::machine::{ExitKind, Machine};
use crate::terms::{EventsChange, Path};

/// Everything that can be read of the first processor and its virtual machine, in words, at the start of a trial.
fn everything(machine: &mut KvmMachine, path: Path) -> Vec<(String, String)> {
    let quiet = guest(Mode::Long, path, &[("main", "nop\ndone"), ("nmi", "iret")]);
    machine.load(&quiet, path).expect("load");
    machine.events().expect("events");
    let mut list: Vec<(String, String)> = Vec::new();
    let mut memory = vec![0; map::MEMORY_SIZE as usize];
    machine.read(0, &mut memory).expect("memory");
    let changed: Vec<usize> = (0..memory.len())
        .filter(|&at| memory.get(at).copied() != Some(quiet.memory.get(at).copied().unwrap_or_default()))
        .collect();
    list.push(("memory".into(), format!("{changed:x?}")));
    let msrs = {
        let unit = machine.unit().expect("unit");
        let fd = &unit.first.fd;
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
        let chips = unit.vm.save_chips().expect("chips");
        for pin in 0..24 {
            list.push((format!("ioapic pin {pin}"), format!("{:x}", sys::read_ioapic_entry(&chips[2], pin))));
        }
        unit.first.fresh_msrs()
    };
    let now = machine.readable_msrs();
    for entry in now.iter().filter(|entry| msrs.contains(&entry.index)) {
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
fn nothing_that_a_guest_leaves_behind_reaches_the_next_trial() {
    let Some(mut machine) = machine() else { return };
    let before = everything(&mut machine, Path::Ioctl);
    for &(what, main, end) in NASTY {
        let irq = "mov byte [rsp-100], 1\nud2";
        let nasty = guest(Mode::Long, Path::Ioctl, &[("main", main), ("irq", irq)]);
        assert_eq!(drive(&mut machine, &nasty, Path::Ioctl).1.kind, end, "{what}");
        compare(&before, &everything(&mut machine, Path::Ioctl), what);
    }
}

#[test]
fn no_translation_of_other_page_tables_is_used() {
    let Some(mut machine) = machine() else { return };
    let opens =
        guest(Mode::Long, Path::None, &[("main", "or dword [absent_pte], PTE_PRESENT\nmov byte [absent], 1\ndone")]);
    let touches = guest(Mode::Long, Path::None, &[("main", "mov byte [absent], 1\ndone")]);
    let plain = guest(Mode::Real, Path::None, &[("main", "done")]);
    for (guest, end) in [
        (&opens, ExitKind::Done),
        (&touches, ExitKind::Fault),
        (&opens, ExitKind::Done),
        (&plain, ExitKind::Done),
        (&touches, ExitKind::Fault),
    ] {
        assert_eq!(drive(&mut machine, guest, Path::None).1.kind, end);
    }
}

#[test]
fn nothing_that_the_host_leaves_behind_reaches_the_next_trial() {
    let Some(mut machine) = machine() else { return };
    let before = everything(&mut machine, Path::Ioctl);
    type Step = (&'static str, fn(&mut KvmMachine));
    let steps: &[Step] = &[
        ("pending NMIs", |machine| machine.raise(2).expect("raise")),
        ("blocking", |machine| {
            let change = EventsChange { masked: Some(true), pending: Some(1), ..EventsChange::default() };
            machine.set_events(change).expect("set");
        }),
        ("injection", |machine| {
            machine.set_events(EventsChange { injected: Some(true), ..EventsChange::default() }).expect("set");
        }),
        ("interrupt", |machine| machine.interrupt(0x40).expect("interrupt")),
        ("breakpoints", |machine| machine.set_breakpoints(&[0x2000, 0x2001]).expect("breakpoints")),
        ("arm", |machine| machine.arm().expect("arm")),
        ("migration", |machine| machine.migrate().expect("migrate")),
        ("memory", |machine| machine.write(0x3_0000, &[1, 2, 3]).expect("write")),
    ];
    let nasty = guest(Mode::Long, Path::Ioctl, &[("main", "snap a\ndone")]);
    for (what, step) in steps {
        machine.load(&nasty, Path::Ioctl).expect("load");
        to_snap(&mut machine);
        step(&mut machine);
        compare(&before, &everything(&mut machine, Path::Ioctl), what);
    }
    for path in [Path::IoApic, Path::Msi] {
        machine.load(&nasty, path).expect("load");
        to_snap(&mut machine);
        machine.raise(2).expect("raise");
        compare(&before, &everything(&mut machine, Path::Ioctl), path.name());
        // An alarm that never rang must not ring in the next trial.
        machine.load(&nasty, path).expect("load");
        to_snap(&mut machine);
        machine.arm().expect("arm");
        let quiet = guest(Mode::Long, Path::None, &[("main", "mark a\nhlt\nmark b\ndone"), ("nmi", "mark n\niret")]);
        assert_eq!(drive(&mut machine, &quiet, Path::None).1.kind, ExitKind::Halted);
        assert_eq!(marks(&machine, &quiet, 0), ["a"]);
    }
}

#[test]
fn processors_in_x2apic_mode_are_reset_too() {
    let Some(mut machine) = machine() else { return };
    if machine.lacks(crate::terms::Need::X2Apic).is_some() {
        return;
    }
    let before = everything(&mut machine, Path::X2Apic);
    // Back to xAPIC mode through "disabled", and a self-IPI left pending.
    let main =
        "mov ecx, 83Fh\nmov eax, 55h\nxor edx, edx\nwrmsr\nmov ecx, 1Bh\nrdmsr\nand eax, 0FFFFF3FFh\nwrmsr\ndone";
    let nasty = guest(Mode::Long, Path::X2Apic, &[("main", main)]);
    assert_eq!(drive(&mut machine, &nasty, Path::X2Apic).1.kind, ExitKind::Done);
    compare(&before, &everything(&mut machine, Path::X2Apic), "x2APIC mode");
}

#[test]
fn under_kvm_amd_a_trial_that_may_leave_a_single_step_is_washed_off() {
    let Some(mut machine) = machine() else { return };
    let mut host = Host::open().expect("it was opened before");
    host.kvm_amd = true;
    machine.host = Arc::new(host);
    let held = guest(Mode::Long, Path::Ioctl, &[("main", "raise\nnop\ndone"), ("nmi", "raise\nsnap held\ndone")]);
    let quiet = guest(Mode::Long, Path::Ioctl, &[("main", "snap a\ndone")]);
    for _ in 0..3 {
        assert_eq!(drive(&mut machine, &held, Path::Ioctl).1.kind, ExitKind::Done);
        assert_eq!(machine.leftover(), Leftover::Step);
        assert_eq!(drive(&mut machine, &quiet, Path::None).0, ["a"]);
        assert_eq!(machine.leftover(), Leftover::Nothing);
    }
}

#[test]
fn a_washed_virtual_machine_stays_and_starts_clean() {
    let Some(mut machine) = machine() else { return };
    let before = everything(&mut machine, Path::Ioctl);
    let held = guest(Mode::Long, Path::Ioctl, &[("main", "raise\nnop\ndone"), ("nmi", "raise\nsnap held\ndone")]);
    assert_eq!(drive(&mut machine, &held, Path::Ioctl).1.kind, ExitKind::Done);
    let config = machine.trial().expect("a trial").config;
    machine.clean(config, Leftover::Step);
    assert!(machine.pool.contains_key(&config), "the washing run did not end as it must");
    compare(&before, &everything(&mut machine, Path::Ioctl), "the washing run");
}
