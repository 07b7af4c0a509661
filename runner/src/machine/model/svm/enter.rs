//! VMRUN: its checks, and the state of L2 that it loads (AMD APM vol. 2, 15.5 "VMRUN Instruction").

use spec::context::{InjectionInto, Switch};
use spec::svm::Controls;
use spec::vnmi::VirtualNmi;
use x86::control::{Cr0, EFER_SVME};
use x86::flags::{FIXED, IF};
use x86::paging::PAGE;
use x86::register::{RAX, RSP};
use x86::segment::LEVEL;
use x86::svm::field;
use x86::svm::{Event, INTERRUPT_SHADOW, IntCtl, Intercept, event_type};

use super::super::cpu::{Core, Fault, Regs, Run};
use super::super::exec::Done;
use super::leave::Leave;
use super::state::Guest;
use super::vmcb::SEGMENTS;

impl Core<'_> {
    /// VMRUN, whose checks of the instruction itself have passed (AMD APM vol. 2, 15.5.1 "Basic Operation").
    pub(super) fn vmrun(&mut self) -> Run<Done> {
        let vmcb = self.cpu.regs.general[RAX];
        if !vmcb.is_multiple_of(PAGE) {
            return Err(Fault::protection(0).into());
        }
        let guest = self.guest_of(vmcb)?;
        let consistent = self.is_consistent(&guest)?;
        self.cpu.svm.guest = Some(Box::new(guest));
        if !consistent {
            self.leave_guest(Leave::INVALID)?;
            return Ok(Done::Entry);
        }
        self.load_guest(vmcb)?;
        let cpu = &mut *self.cpu;
        cpu.svm.gif |= cpu.rules.vmrun_sets_gif();
        cpu.nmi.blocked = cpu.rules.blocked_after_switch(cpu.nmi.blocked, Switch::Entry);
        Ok(Done::Entry)
    }

    /// What the VMCB's control area says.
    fn guest_of(&self, vmcb: u64) -> Run<Guest> {
        let control = IntCtl::from_bits(self.vmcb(vmcb, field::INT_CTL)? as u32);
        let virtual_nmis = self.cpu.rules.virtual_nmis_are_used(control.v_nmi_enable());
        let nmi = VirtualNmi { pending: control.v_nmi(), masked: control.v_nmi_mask() };
        let injected = Event::from_bits(self.vmcb(vmcb, field::EVENTINJ)?);
        Ok(Guest {
            vmcb,
            host: self.cpu.regs,
            exceptions: self.vmcb(vmcb, field::EXCEPTIONS)? as u32,
            intercepts: self.vmcb_intercepts(vmcb)?,
            control,
            vector: self.vmcb(vmcb, field::INT_VECTOR)? as u8,
            virtual_nmis,
            nmi: if virtual_nmis { self.cpu.rules.virtual_nmi_loaded(nmi) } else { VirtualNmi::default() },
            injected: injected.valid().then_some(injected),
            origin: None,
            fresh: true,
        })
    }

    fn is_consistent(&mut self, guest: &Guest) -> Run<bool> {
        let rules = &self.cpu.rules;
        let cr0 = Cr0::from_bits(self.vmcb(guest.vmcb, field::CR0)?);
        let controls = Controls {
            intercepts_vmrun: guest.intercepts(Intercept::VMRUN),
            asid: self.vmcb(guest.vmcb, field::ASID)? as u32,
            svme: self.vmcb(guest.vmcb, field::EFER)? & EFER_SVME != 0,
            not_write_through: cr0.not_write_through(),
            cache_disable: cr0.cache_disable(),
        };
        let intercepted = guest.intercepts(Intercept::NMI);
        let injects_nmi = guest.injected.is_some_and(|event| event.kind() == event_type::NMI);
        let while_masked = injects_nmi && guest.virtual_nmis && guest.nmi.masked;
        if while_masked && !self.choices.choose(rules.injection_while_masked_enters(), true) {
            return Ok(false);
        }
        Ok(rules.entry_is_consistent(&controls)
            && rules.virtual_nmis_are_consistent(guest.control.v_nmi_enable(), intercepted)
            && guest.injected.is_none_or(|event| rules.injection_is_valid(event.kind(), event.vector())))
    }

    /// Loads L2's registers.
    fn load_guest(&mut self, vmcb: u64) -> Run<()> {
        let mut regs = self.cpu.regs;
        for (register, offset) in SEGMENTS {
            regs.segments[register] = self.vmcb_segment(vmcb, offset)?;
        }
        regs.gdtr = self.vmcb_table(vmcb, field::GDT_BASE, field::GDT_LIMIT)?;
        regs.idtr = self.vmcb_table(vmcb, field::IDT_BASE, field::IDT_LIMIT)?;
        regs.cr0 = self.vmcb(vmcb, field::CR0)?;
        regs.cr2 = self.vmcb(vmcb, field::CR2)?;
        regs.cr3 = self.vmcb(vmcb, field::CR3)?;
        regs.cr4 = self.vmcb(vmcb, field::CR4)?;
        regs.efer = self.vmcb(vmcb, field::EFER)?;
        regs.dr[6] = self.vmcb(vmcb, field::DR6)?;
        regs.dr[7] = self.vmcb(vmcb, field::DR7)?;
        regs.rflags = self.vmcb(vmcb, field::RFLAGS)? | FIXED;
        regs.rip = self.vmcb(vmcb, field::RIP)?;
        regs.general[RSP] = self.vmcb(vmcb, field::RSP)?;
        regs.general[RAX] = self.vmcb(vmcb, field::RAX)?;
        regs.cpl = self.vmcb(vmcb, field::CPL)? as u8 & LEVEL;
        let shadow = self.vmcb(vmcb, field::SHADOW)? as u8 & INTERRUPT_SHADOW != 0;
        let rules = &self.cpu.rules;
        regs.shadow = rules.shadow_loaded(shadow, regs.shadow);
        regs.shadow_left = rules.shadow_length(regs.shadow);
        regs.between_iterations = false;
        self.cpu.regs = regs;
        self.cpu.trap = false;
        self.cpu.watched = 0;
        Ok(())
    }

    /// How L2 stands when an event is to be injected.
    pub(super) fn entry(&self, guest: &Guest) -> InjectionInto {
        let Regs { shadow, .. } = self.cpu.regs;
        let nmi_intercepted = guest.intercepts(Intercept::NMI);
        InjectionInto { interrupts_enabled: self.cpu.regs.flag(IF), shadow, nmi_intercepted }
    }
}
