//! VMLAUNCH and VMRESUME: loading L2, and failures (Intel SDM vol. 3, chapter 26 "VM Entries").

use x86::control::{EFER_LMA, EFER_LME};
use x86::debug::DR6_BS;
use x86::flags::FIXED;
use x86::register::{RSP, SS};
use x86::vmcs;
use x86::vmx::{Interruptibility, Pin, Processor, activity, error, pending_debug, reason};

use super::super::cpu::{Core, Run};
use super::super::exec::Done;
use super::fields::{LDTR, SEGMENTS, TR};
use super::state::VmxGuest;
use super::vm_exit::VmExit;

impl Core<'_> {
    /// VMLAUNCH or VMRESUME, whose checks of the instruction itself have passed (Intel SDM vol. 3, chapter 26 "VM Entries").
    pub(super) fn enter_l2(&mut self, launch: bool) -> Run<Done> {
        let Some(launched) = self.cpu.vmx.current.as_ref().map(|current| current.launched) else {
            self.fail_invalid();
            return Ok(Done::Plain);
        };
        let refusal = match launched {
            _ if self.cpu.rules.shadow_refuses_entry(self.cpu.regs.shadow) => Some(error::BLOCKED_BY_MOV_SS),
            true if launch => Some(error::NOT_CLEAR),
            false if !launch => Some(error::NOT_LAUNCHED),
            _ => self.refusal()?,
        };
        if let Some(number) = refusal {
            self.fail(number);
            self.cpu.nmi.blocked = self.cpu.rules.blocked_after_vmfail(self.cpu.nmi.blocked);
            if !self.cpu.rules.vmfail_keeps_injection() {
                self.set_field(vmcs::INJECT, 0);
            }
            return Ok(Done::Plain);
        }
        if let Some(qualification) = self.failure()? {
            self.fail_entry(qualification)?;
            return Ok(Done::Entry);
        }
        let guest = self.guest_of_vmcs()?;
        self.load_l2()?;
        let Core { cpu, .. } = self;
        cpu.nmi.blocked = cpu.rules.blocked_after_entry(guest.controls, guest.entered_blocked, cpu.nmi.blocked);
        cpu.vmx.guest = Some(Box::new(guest));
        if let Some(current) = &mut cpu.vmx.current {
            current.launched = true;
        }
        Ok(Done::Entry)
    }

    /// A failure for the state of L2: as an exit, but nothing of L2 is saved (26.7 "VM-Entry Failures During or After Loading
    /// Guest State").
    fn fail_entry(&mut self, qualification: u64) -> Run<()> {
        let field = Interruptibility::from_bits(self.field32(vmcs::INTERRUPTIBILITY)?).nmi();
        let exit = VmExit { qualification, ..VmExit::of(reason::INVALID_GUEST_STATE) };
        self.set_field(vmcs::REASON, u64::from(exit.reason) | u64::from(reason::ENTRY_FAILURE));
        self.set_field(vmcs::QUALIFICATION, exit.qualification);
        if !self.cpu.rules.entry_failure_keeps_injection() {
            self.set_field(vmcs::INJECT, 0);
        }
        self.load_l1()?;
        let cpu = &mut *self.cpu;
        cpu.noted.left = Some(exit.reason.into());
        cpu.nmi.blocked = cpu.rules.blocked_after_entry_failure(cpu.nmi.blocked, field);
        Ok(())
    }

    /// The controls of L2 and its state other than registers.
    fn guest_of_vmcs(&self) -> Run<VmxGuest> {
        let entered_blocked = Interruptibility::from_bits(self.field32(vmcs::INTERRUPTIBILITY)?).nmi();
        let controls = self.nmi_controls()?;
        let virtual_blocking = self.cpu.rules.virtual_blocking_after_entry(controls, entered_blocked);
        Ok(VmxGuest {
            controls,
            pin: Pin::from_bits(self.field32(vmcs::PIN)?),
            processor: Processor::from_bits(self.field32(vmcs::PROCESSOR)?),
            exceptions: self.field32(vmcs::EXCEPTIONS)?,
            virtual_blocking,
            entered_blocked,
            entered_halted: self.field32(vmcs::ACTIVITY)? == activity::HLT,
            injected: self.event_to_inject()?,
            injecting: false,
            iret: None,
        })
    }

    /// Loads the registers of L2 (26.3.2 "Loading Guest State").
    fn load_l2(&mut self) -> Run<()> {
        let mut regs = self.cpu.regs;
        for (register, fields) in SEGMENTS {
            regs.segments[register] = self.segment_field(fields)?;
        }
        regs.ldtr = self.segment_field(LDTR)?;
        regs.tr = self.segment_field(TR)?;
        regs.gdtr = self.table_field(vmcs::GUEST_GDT_BASE, vmcs::GUEST_GDT_LIMIT)?;
        regs.idtr = self.table_field(vmcs::GUEST_IDT_BASE, vmcs::GUEST_IDT_LIMIT)?;
        regs.cr0 = self.field(vmcs::GUEST_CR0)?;
        regs.cr3 = self.field(vmcs::GUEST_CR3)?;
        regs.cr4 = self.field(vmcs::GUEST_CR4)?;
        regs.efer |= EFER_LMA | EFER_LME;
        regs.sysenter = [
            self.field(vmcs::GUEST_SYSENTER_CS)?,
            self.field(vmcs::GUEST_SYSENTER_ESP)?,
            self.field(vmcs::GUEST_SYSENTER_EIP)?,
        ];
        regs.rflags = self.field(vmcs::GUEST_RFLAGS)? | FIXED;
        regs.rip = self.field(vmcs::GUEST_RIP)?;
        regs.general[RSP] = self.field(vmcs::GUEST_RSP)?;
        regs.cpl = regs.segments[SS].dpl;
        let state = Interruptibility::from_bits(self.field32(vmcs::INTERRUPTIBILITY)?);
        regs.shadow = self.cpu.rules.vmx_shadow_loaded(state, regs.shadow);
        regs.shadow_left = self.cpu.rules.shadow_length(regs.shadow);
        regs.between_iterations = false;
        self.cpu.halted = self.cpu.rules.halted_after_entry(self.field32(vmcs::ACTIVITY)?);
        // The address of the HLT is not known.
        self.cpu.hlt = regs.rip;
        self.cpu.regs = regs;
        self.load_pending_debug()
    }

    /// Debug exceptions that were pending (26.6.3 "Delivery of Pending Debug Exceptions after VM Entry").
    fn load_pending_debug(&mut self) -> Run<()> {
        let injects = self.event_to_inject()?.is_some();
        let pending = self.field(vmcs::PENDING_DEBUG)? & pending_debug::SINGLE_STEP != 0;
        let cpu = &mut *self.cpu;
        let pending = pending && !(injects && cpu.rules.injected_event_drops_pending_debug());
        cpu.watched = if pending { DR6_BS } else { 0 };
        cpu.trap = pending && cpu.rules.pending_debug_is_delivered(cpu.regs.shadow);
        Ok(())
    }
}
