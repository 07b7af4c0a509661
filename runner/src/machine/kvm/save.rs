//! Saving all state of a virtual machine and restoring it into a fresh one.

use guests::map;
use kvm_bindings::{
    kvm_debugregs, kvm_irqchip, kvm_lapic_state, kvm_mp_state, kvm_msr_entry, kvm_regs, kvm_sregs, kvm_vcpu_events,
    kvm_xcrs, kvm_xsave,
};
use kvm_ioctls::Cap;

use super::causes::failed;
use super::cpu::Cpu;
use super::open::Host;
use super::vm::Vm;
use super::{msrs, sys};
use crate::machine::Trouble;

/// What the virtual machine holds apart from its processors.
pub(super) struct SavedVm<'a> {
    memory: &'a [u8],
    chips: [kvm_irqchip; 3],
}

impl<'a> SavedVm<'a> {
    /// Memory and interrupt controllers. No PIT is ever made, and no guest uses KVM's clock.
    ///
    /// The memory goes into `memory`, which is kept from one time to the next: its pages cost more than the copy.
    pub(super) fn save(vm: &Vm, memory: &'a mut Vec<u8>) -> Result<Self, Trouble> {
        memory.resize(map::MEMORY_SIZE as usize, 0);
        vm.read(0, memory)?;
        Ok(Self { memory, chips: vm.save_chips()? })
    }

    /// Before the processors: the I/O APIC may deliver into local APICs, which are restored over that.
    pub(super) fn restore(&self, vm: &Vm) -> Result<(), Trouble> {
        vm.fill(self.memory)?;
        vm.restore_chips(&self.chips)
    }
}

/// What one processor holds.
pub(super) struct SavedCpu {
    activity: kvm_mp_state,
    events: kvm_vcpu_events,
    regs: kvm_regs,
    sregs: kvm_sregs,
    lapic: kvm_lapic_state,
    msrs: Vec<kvm_msr_entry>,
    xsave: Option<Box<kvm_xsave>>,
    xcrs: Option<kvm_xcrs>,
    debug: kvm_debugregs,
}

impl SavedCpu {
    /// Saves a processor whose I/O is completed.
    ///
    /// The activity state first: reading it takes pending INIT and SIPI into account. Events next: reading them counts
    /// raised NMIs and turns pending exceptions into their final form, which can touch CR2 and DR6.
    pub(super) fn save(host: &Host, cpu: &Cpu) -> Result<Self, Trouble> {
        let fd = &cpu.fd;
        Ok(Self {
            activity: fd.get_mp_state().map_err(|errno| failed("KVM_GET_MP_STATE", errno))?,
            events: cpu.raw_events()?,
            regs: fd.get_regs().map_err(|errno| failed("KVM_GET_REGS", errno))?,
            sregs: fd.get_sregs().map_err(|errno| failed("KVM_GET_SREGS", errno))?,
            lapic: fd.get_lapic().map_err(|errno| failed("KVM_GET_LAPIC", errno))?,
            msrs: msrs::readable(host, fd)?,
            xsave: host
                .kvm
                .check_extension(Cap::Xsave)
                .then(|| fd.get_xsave().map(Box::new).map_err(|errno| failed("KVM_GET_XSAVE", errno)))
                .transpose()?,
            xcrs: host
                .kvm
                .check_extension(Cap::Xcrs)
                .then(|| fd.get_xcrs().map_err(|errno| failed("KVM_GET_XCRS", errno)))
                .transpose()?,
            debug: fd.get_debug_regs().map_err(|errno| failed("KVM_GET_DEBUGREGS", errno))?,
        })
    }

    /// Restores into a fresh processor, whose CPUID is set already (it decides which bits and MSRs exist).
    ///
    /// 1. SREGS: modes, paging, and the APIC's mode, on which the layout of its registers depends. May queue an
    ///    interrupt, which EVENTS overrides.
    /// 2. XCRS, XSAVE: XCR0 says which components there are.
    /// 3. REGS: drops pending exceptions, so before EVENTS.
    /// 4. LAPIC, then MSRS: IA32_TSC_DEADLINE is kept only in the timer mode that the APIC's registers say.
    /// 5. DEBUGREGS.
    /// 6. EVENTS: replaces every NMI, interrupt, exception and shadow that the steps before may have left.
    /// 7. MP_STATE: last, since the other steps may wake a halted processor.
    pub(super) fn restore(&self, cpu: &mut Cpu) -> Result<(), Trouble> {
        cpu.fd.set_sregs(&self.sregs).map_err(|errno| failed("KVM_SET_SREGS", errno))?;
        if let Some(xcrs) = &self.xcrs {
            cpu.fd.set_xcrs(xcrs).map_err(|errno| failed("KVM_SET_XCRS", errno))?;
        }
        if let Some(xsave) = &self.xsave {
            sys::set_xsave(&cpu.fd, xsave)?;
        }
        cpu.fd.set_regs(&self.regs).map_err(|errno| failed("KVM_SET_REGS", errno))?;
        cpu.fd.set_lapic(&self.lapic).map_err(|errno| failed("KVM_SET_LAPIC", errno))?;
        msrs::set_possible(&cpu.fd, &self.msrs)?;
        cpu.fd.set_debug_regs(&self.debug).map_err(|errno| failed("KVM_SET_DEBUGREGS", errno))?;
        cpu.set_raw_events(&self.events)?;
        cpu.set_activity(self.activity.mp_state)
    }
}
