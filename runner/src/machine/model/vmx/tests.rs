//! Guest hypervisors on Intel's model: what each exit and each refused entry reports, with and without a mutant.

use guests::abi::FrameKind;
use guests::{Boot, Gate, L2Boot, Mode};

use crate::machine::model::ModelMachine;
use crate::machine::model::testing::{Level1, guest_of, run_to_its_end};
use crate::machine::{ExitKind, Machine};
use crate::terms::{Path, Vendor};

/// Of each exit its reason, the event that was being delivered, and the interruptibility and the activity state; or the error of a
/// VMfail.
const VMX: Level1 = Level1 {
    vendor: Vendor::Intel,
    exit: FrameKind::VmcsExit,
    told: |record| {
        let [reason, _, state, events, _, entry] = record.stack;
        if reason >> 32 != 0 {
            return format!("vmfail {}", entry >> 32);
        }
        let event = if events >> 63 == 0 { "-".to_owned() } else { format!("{:x}", events >> 32 & 0x7ff) };
        format!("{:x} {event} {:x}{:x}", reason as u32, state as u32, state >> 32)
    },
};

const L2: (&str, &str) = ("l2", "mark l2\nraise\nmark l2-after\nvmcall");
const L2_NMI: (&str, &str) = ("l2-nmi", "mark l2-nmi\niret");
const NMI: (&str, &str) = ("nmi", "mark nmi\niret");

#[test]
fn an_nmi_without_exiting_is_delivered_in_l2() {
    let sections = [("main", "vmlaunch\nmark out, exit\ndone"), NMI, L2, L2_NMI];
    assert_eq!(VMX.run(&sections), ["l2", "l2-nmi", "l2-after", "out 12 - 00"]);
    VMX.differs("vmx-nmi-always-exits", &sections);
}

#[test]
fn an_nmi_that_exits_is_consumed_and_blocks() {
    let main = "vmcs pin +NMI_EXITING\nvmlaunch\nmark out, exit\nraise\nmark held\nvmresume\nmark again, exit\n\
                vmresume\nmark end, exit\ndone";
    let sections = [("main", main), NMI, L2, L2_NMI];
    // The entry unblocks NMIs, so that the held one exits at once.
    assert_eq!(VMX.run(&sections), ["l2", "out 0 - 00", "held", "again 0 - 00", "l2-after", "end 12 - 00"]);
    for mutant in ["nmi-exit-stays-pending", "nmi-exit-does-not-block", "entry-keeps-blocking", "nmi-exiting-ignored"] {
        VMX.differs(mutant, &sections);
    }
}

#[test]
fn an_entry_that_is_refused_says_why_and_l1_continues() {
    let main = "vmresume\nmark clear, exit\nvmcs pin +VIRTUAL_NMIS\nvmlaunch\nmark control, exit\nvmcs pin -VIRTUAL_NMIS\n\
                vmcs host_cs = 9\nvmlaunch\nmark host, exit\nvmcs host_cs = KERNEL_CS\nvmlaunch\nmark out, exit\nvmlaunch\n\
                mark launched, exit\ndone";
    let sections = [("main", main), ("l2", "vmcall")];
    let refused = ["clear vmfail 5", "control vmfail 7", "host vmfail 8", "out 12 - 00", "launched vmfail 4"];
    assert_eq!(VMX.run(&sections), refused);
    VMX.differs("virtual-nmis-need-nothing", &sections);
}

#[test]
fn an_entry_that_fails_is_an_exit_that_saves_nothing() {
    let main = "vmcs interruptibility = 20h\nvmlaunch\nmark failed, exit\nvmcs interruptibility = 0\nvmlaunch\nmark out, exit\ndone";
    let sections = [("main", main), ("l2", "vmcall")];
    assert_eq!(VMX.run(&sections), ["failed 80000021 - 200", "out 12 - 00"]);
    VMX.differs("interruptibility-is-not-checked", &sections);
}

#[test]
fn a_single_step_that_is_pending_agrees_with_tf_in_a_shadow_and_comes_first() {
    let main = "vmcs exceptions +DB\nvmcs rflags = 302h\nvmcs interruptibility = STI\nvmlaunch\nmark failed, exit\n\
                vmcs pending_debug = BS\nvmlaunch\nmark out, exit\nvmcs inject = NMI\nvmcs pending_debug = BS\nvmresume\n\
                mark again, exit\ndone";
    let sections = [("main", main), ("l2", "mark l2\nvmcall"), L2_NMI];
    assert_eq!(VMX.run(&sections)[..2], ["failed 80000021 - 10", "out 0 - 10"]);
    for mutant in ["single-step-need-not-be-pending", "pending-debug-is-lost", "injected-nmi-leaves-pending-debug"] {
        VMX.differs(mutant, &sections);
    }
}

#[test]
fn a_fault_in_an_injection_exits_and_reports_the_nmi() {
    let mut boot = Boot { l2: L2Boot::default(), ..Boot::default() };
    boot.l2.gates.insert(2, Gate::NotPresent);
    let main =
        "vmcs pin +NMI_EXITING +VIRTUAL_NMIS\nvmcs exceptions +NP\nvmcs inject = NMI\nvmlaunch\nmark out, exit\ndone";
    let sections = [("main", main), ("l2", "mark l2\nvmcall"), ("l2-np", "mark l2-np\nvmcall")];
    assert_eq!(VMX.run_with(None, boot.clone(), &sections), ["out 0 202 80"]);
    assert_eq!(VMX.run_with(Some("vectoring-is-not-told"), boot.clone(), &sections), ["out 0 - 80"]);
    assert_eq!(VMX.run_with(Some("exit-in-injection-unblocks"), boot.clone(), &sections), ["out 0 202 00"]);
    assert_eq!(VMX.run_with(Some("vmx-fault-in-injection-stays"), boot, &sections), ["l2-np", "out 12 - 80"]);
}

#[test]
fn a_window_exits_once_virtual_nmis_are_open() {
    let main = "vmcs pin +NMI_EXITING +VIRTUAL_NMIS\nvmcs processor +NMI_WINDOW\nvmcs inject = NMI\nvmlaunch\nmark out, exit\ndone";
    let sections = [("main", main), ("l2", "mark l2\nvmcall"), L2_NMI];
    assert_eq!(VMX.run(&sections), ["l2-nmi", "out 8 - 00"]);
    for mutant in ["window-never-opens", "window-ignores-blocking", "injected-nmi-leaves-virtual"] {
        VMX.differs(mutant, &sections);
    }
}

#[test]
fn halts_and_shutdowns_of_l2_exit() {
    let main = "vmcs pin +NMI_EXITING\nvmlaunch\nmark out, exit\ndone";
    let sections = [("main", main), ("l2", "arm\nhlt\nmark not-behind\nvmcall")];
    assert_eq!(VMX.run(&sections), ["out 0 - 01"]);
    VMX.differs("halt-is-not-saved", &sections);

    let main = "vmcs processor +HLT_EXITING\nvmlaunch\nmark out, exit\ndone";
    assert_eq!(VMX.run(&[("main", main), ("l2", "hlt\nvmcall")]), ["out c - 00"]);

    let boot = Boot { l2: L2Boot { idt_limit: Some(0), ..L2Boot::default() }, ..Boot::default() };
    let sections = [("main", "vmlaunch\nmark out, exit\ndone"), ("l2", "ud2")];
    assert_eq!(VMX.run_with(None, boot, &sections), ["out 2 - 00"]);
}

#[test]
fn what_must_always_exit_exits() {
    let main = "vmlaunch\nmark out, exit\nvmcs rip = breakpoint\nvmcs exceptions +BP\nvmresume\nmark again, exit\n\
                vmcs processor -MSR_BITMAPS\nvmcs rip = reads\nvmresume\nmark third, exit\ndone";
    let sections = [("main", main), ("l2", "cpuid\nbreakpoint: int3\nreads: mov ecx, 10h\nrdmsr\nvmcall")];
    assert_eq!(VMX.run(&sections), ["out a - 00", "again 0 - 00", "third 1f - 00"]);
}

/// What the model says of a guest that it cannot run.
fn trouble(main: &str) -> String {
    let guest = guest_of(Mode::Long, &[("main", main), ("l2", "vmcall")], Boot::default());
    let mut machine = ModelMachine::new(Vendor::Intel, None);
    let mut session = machine.load(&guest, Path::Ioctl).expect("it loads");
    session.run().expect_err("the model does not know it").what()
}

#[test]
fn what_the_model_does_not_know_is_named() {
    assert_eq!(trouble("mov eax, 2010h\nvmwrite rax, rcx\nvmlaunch\ndone"), "the field `2010h` of the VMCS");
    assert_eq!(trouble("vmcs pin +PREEMPTION_TIMER\nvmlaunch\ndone"), "the VMCS with `pin` 0x56");
    assert_eq!(trouble("vmcs cr3_targets = 1\nvmlaunch\ndone"), "the VMCS with `cr3_targets` 0x1");
    assert_eq!(trouble("vmcs activity = WAIT_FOR_SIPI\nvmlaunch\ndone"), "the VMCS with `activity` 0x3");
    assert_eq!(trouble("vmcs pending_debug = 1000h\nvmlaunch\ndone"), "the VMCS with `pending_debug` 0x1000");
    assert_eq!(trouble("vmcs inject = SOFTWARE | 40h\nvmlaunch\ndone"), "the VMCS with `inject` 0x80000440");
    assert!(trouble("vmlaunch\nvmcall\ndone").starts_with("the instruction `vmcall`"));
}

#[test]
fn an_smi_in_vmx_operation_is_trouble() {
    let sections = [("main", "vmlaunch\nsnap out, exit\ndone"), ("l2", "vmcall")];
    let guest = guest_of(Mode::Long, &sections, Boot::default());
    let mut machine = ModelMachine::new(Vendor::Intel, None);
    let mut session = machine.load(&guest, Path::Ioctl).expect("it loads");
    assert_eq!(session.run().expect("no trouble").kind, ExitKind::Snap);
    assert_eq!(session.smi().unwrap_err().what(), "an SMI in VMX operation");
}

#[test]
fn vmx_is_undefined_on_amds_processors() {
    let sections = [("main", "vmlaunch\ndone"), ("l2", "vmcall"), ("gp", "mark gp\ndone")];
    let mut machine = ModelMachine::new(Vendor::Amd, None);
    // IA32_FEATURE_CONTROL is not there.
    let (guest, records, end) = run_to_its_end(&mut machine, Mode::Long, &sections, Boot::default());
    let names: Vec<_> = records.iter().map(|record| guest.marks[usize::from(record.mark)].as_str()).collect();
    assert_eq!((names, end), (vec!["gp"], ExitKind::Done));
}
