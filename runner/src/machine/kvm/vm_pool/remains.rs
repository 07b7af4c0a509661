//! State that a trial leaves in KVM and that no reset reaches, and how to clear it.
//!
//! To find the end of an NMI handler, kvm_amd without NMI virtualization single-steps past IRETs and shadows
//! (`nmi_singlestep`, `awaiting_iret_completion` in svm.c). No ioctl shows or clears that. It is over when the step is; a trial
//! that ends first, or whose IRET faults, keeps it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use guests::{Boot, Guest, Mode, Program, RaiseBy, Section, SectionName, Wiring, map, vector};
use kvm_bindings::{KVM_GUESTDBG_ENABLE, KVM_GUESTDBG_SINGLESTEP, kvm_guest_debug};

use super::super::syscalls;
use super::super::vcpu::{Touched, Vmcb};
use super::super::vm::Vm;
use super::super::watch::{Waker, Watch};
use crate::machine::{Returned, Trouble};

/// What a trial leaves behind that no reset reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remains {
    /// The reset clears all that the trial left.
    Nothing,
    /// kvm_amd may be single-stepping the first processor to the end of an NMI handler.
    SingleStep,
    /// NMIs may be blocked in the guest of a guest hypervisor, which kvm_amd with NMI virtualization keeps (`nmi_masked` in
    /// svm.c) and shows only while that guest runs.
    BlockedGuest,
    /// The trial may have left anything; the virtual machine must go.
    Anything,
}

/// A program that ends kvm_amd's search for the end of an NMI handler.
///
/// The search is over with the first intercepted #DB (`nmi_singlestep`) and the first exit at another RIP than the
/// IRET's (`awaiting_iret_completion`). So the program is single-stepped once, and exits at two RIPs. An NMI that only the
/// VMCB knows of (V_NMI_PENDING) is delivered first, since the reset unblocked NMIs.
static PROGRAM: LazyLock<Option<Guest>> = LazyLock::new(|| {
    let section = |name, text: &str| Section { name, text: text.to_owned() };
    let main = section(SectionName::Main, "nop\nnop\nnop\ndone");
    let nmi = section(SectionName::Handler(vector::NMI), "iret");
    let program = Program { sections: vec![main, nmi], boot: Boot::default() };
    let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: BTreeMap::new() };
    guests::build(&program, Mode::Real, &wiring).ok()
});

/// Ends the single step in which kvm_amd may hold the first processor. Returns whether nothing remains.
pub(crate) fn finish_single_step(vm: &mut Vm, watch: &Watch) -> bool {
    PROGRAM.as_ref().is_some_and(|program| run(program, vm, watch).unwrap_or(false))
}

/// Unblocks NMIs in the guest of the guest hypervisor that ran last. Returns whether nothing remains.
///
/// That guest does not run for it: KVM_SET_NESTED_STATE enters it, KVM_SET_VCPU_EVENTS unblocks NMIs, and the next reset leaves
/// it.
pub(crate) fn unblock_guest(vm: &Vm, guest: &Guest) -> bool {
    let at = map::VMCB as usize;
    let vmcb = guest.memory.get(at..).and_then(<[u8]>::first_chunk::<{ size_of::<Vmcb>() }>);
    vmcb.is_some_and(|vmcb| vm.first.unblock_guests_guest(vmcb).unwrap_or(false))
}

fn run(program: &Guest, vm: &mut Vm, watch: &Watch) -> Result<bool, Trouble> {
    vm.reset(program, Touched::ALL, None)?;
    vm.first.apply()?;
    let control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
    vm.first.set_guest_debug(&kvm_guest_debug { control, ..kvm_guest_debug::default() })?;
    if !matches!(until_exit(vm, watch)?, Returned::Debug { .. }) {
        return Ok(false);
    }
    vm.first.set_guest_debug(&kvm_guest_debug::default())?;
    if !matches!(until_exit(vm, watch)?, Returned::Out { port, .. } if port == u16::from(map::port::DONE)) {
        return Ok(false);
    }
    Ok(vm.first.is_idle())
}

/// Runs to the next VM exit not caused by the watching thread's signal, or until the run is decided: it is a dozen
/// instructions.
fn until_exit(vm: &mut Vm, watch: &Watch) -> Result<Returned, Trouble> {
    syscalls::take_interruption();
    watch.first().set_waker(Waker::Nobody);
    let run = watch.first().begin(None);
    loop {
        match vm.first.run()? {
            Returned::Signal if run.decision().is_none() => {
                syscalls::take_interruption();
            }
            returned => return Ok(returned),
        }
    }
}
