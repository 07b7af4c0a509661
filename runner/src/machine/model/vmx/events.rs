//! Events of L2: VM exits for them, and delivery of those that L1 injects.

use iced_x86::{Instruction, Mnemonic};
use x86::vector;
use x86::vmx::{activity, interruption, reason};

use super::super::cpu::{Abort, Core, Event, Fault, Run, Source};
use super::vm_exit::VmExit;

impl Core<'_> {
    /// A VM exit for an event of L2; it consumes an NMI.
    pub(crate) fn take_vm_exit(&mut self, exit: VmExit) -> Run<()> {
        let cpu = &mut *self.cpu;
        if exit.is_for_nmi() && cpu.rules.nmi_exit_consumes() {
            cpu.nmi.pending = cpu.nmi.pending.saturating_sub(1);
            cpu.counter_nmi = false;
        }
        if exit.reason == reason::EXTERNAL_INTERRUPT
            && !cpu.rules.interrupt_exit_stays_pending()
            && let Some(vector) = cpu.lapic.ready()
        {
            cpu.lapic.take(vector);
        }
        cpu.delivering = None;
        Err(Abort::VmExit(exit))
    }

    /// An exception exits if the exception bitmap has it; the exit for a fault of IRET says whether NMIs were blocked before.
    pub(crate) fn vmx_intercept_fault(&mut self, fault: Fault) -> Run<()> {
        let Core { cpu, choices, .. } = self;
        let Some(guest) = &cpu.vmx.guest else { return Ok(()) };
        let delivering = cpu.delivering.is_some();
        let caught = guest.catches(fault.vector);
        let exits = if delivering {
            cpu.rules.vmx_fault_of_delivery_exits(caught, guest.injecting)
        } else {
            cpu.rules.exception_exits_vmx(caught, fault.vector)
        };
        if !exits {
            return Ok(());
        }
        let mut exit = VmExit::exception(fault);
        let undefined = delivering || fault.vector == vector::DF;
        let physical = !guest.controls.virtual_nmis && cpu.nmi.blocked;
        let blocked = guest.iret.unwrap_or(guest.virtual_blocking || physical);
        let told = cpu.rules.unblocking_is_told(guest.controls, undefined, guest.iret.is_some(), blocked);
        exit.interruption.set_unblocking(choices.choose(told, false));
        Err(Abort::VmExit(exit))
    }

    /// Delivers what L1 injects (Intel SDM vol. 3, 26.5.1 "Vectored-Event Injection").
    pub(crate) fn inject_into_l2(&mut self) -> Run<()> {
        let cpu = &mut *self.cpu;
        let Some(guest) = &mut cpu.vmx.guest else { return Ok(()) };
        let Some((injected, error)) = guest.injected.take() else { return Ok(()) };
        guest.injecting = true;
        let code = injected.has_error_code().then_some(error);
        let source = cpu.rules.vmx_source_injected(injected.kind(), injected.vector());
        let event = match source {
            Source::Nmi => {
                let (controls, field) = (guest.controls, guest.entered_blocked);
                guest.virtual_blocking |= cpu.rules.injected_nmi_blocks_virtual(controls);
                cpu.nmi.blocked = cpu.rules.blocked_after_injected_nmi(controls, field, cpu.nmi.blocked);
                cpu.noted.nmi = true;
                Event { code: cpu.rules.nmi_error_code(), ..Event::new(cpu.rules.nmi_vector(), source) }
            }
            _ => Event { code, ..Event::new(injected.vector(), source) },
        };
        let halted = guest.entered_halted;
        let delivered = self.deliver(event);
        if delivered.is_ok() {
            let cpu = &mut *self.cpu;
            let state = if halted { activity::HLT } else { activity::ACTIVE };
            cpu.halted = cpu.rules.activity_after_injection(state) == activity::HLT;
            cpu.regs.shadow = cpu.rules.shadow_after_injection();
            cpu.regs.shadow_left = cpu.rules.shadow_length(cpu.regs.shadow);
            if let Some(guest) = &mut cpu.vmx.guest {
                guest.injecting = false;
            }
        }
        delivered
    }

    /// INT3, which the exception bitmap may have.
    pub(crate) fn vmx_software_exception(&mut self, i: &Instruction) -> Run<()> {
        let Some(guest) = &self.cpu.vmx.guest else { return Ok(()) };
        let int3 = i.mnemonic() == Mnemonic::Int3;
        if int3 && self.cpu.rules.exception_exits_vmx(guest.catches(vector::BP), vector::BP) {
            return Err(Abort::VmExit(VmExit::event(interruption::SOFTWARE_EXCEPTION, vector::BP)));
        }
        Ok(())
    }

    /// INT 2 of L2 entered its handler.
    pub(crate) fn vmx_int_2(&mut self) {
        let cpu = &mut *self.cpu;
        if let Some(guest) = &mut cpu.vmx.guest {
            guest.virtual_blocking |= cpu.rules.int_2_blocks_virtual(guest.controls);
        }
    }

    /// An IRET of L2 begins.
    pub(crate) fn vmx_iret_begins(&mut self) {
        let cpu = &mut *self.cpu;
        if let Some(guest) = &mut cpu.vmx.guest {
            guest.iret = Some(if guest.controls.virtual_nmis { guest.virtual_blocking } else { cpu.nmi.blocked });
        }
    }

    /// What an IRET of L2 does to blocking of virtual NMIs; returns whether it can unblock physical ones.
    pub(crate) fn vmx_iret_ends(&mut self, completes: bool) -> bool {
        let cpu = &mut *self.cpu;
        let Some(guest) = &mut cpu.vmx.guest else { return true };
        guest.virtual_blocking = guest.virtual_blocking && cpu.rules.virtual_blocking_after_iret(completes);
        cpu.rules.guest_iret_unblocks(guest.controls)
    }
}
