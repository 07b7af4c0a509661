//! #VMEXIT: the state that it saves and loads, and the exit information in the VMCB (AMD APM vol. 2, 15.6 "#VMEXIT").

use spec::Rules;
use spec::context::Switch;
use x86::control::CR0_PE;
use x86::debug::{DR6_BS, DR7_RESET};
use x86::flags::{RF, TF};
use x86::register::{CS, DS, ES, RAX, RSP, SS};
use x86::svm::{Event as Told, Intercept, exit, field};

use super::super::cpu::{Abort, Core, Event, Run};
use super::super::vmx::VmExit;
use super::leave::Leave;
use super::state::Origin;
use super::vmcb::SEGMENTS;

/// An event as EXITINTINFO tells it (AMD APM vol. 2, 15.7.2 "Intercepts During IDT Interrupt Delivery").
fn told(rules: &dyn Rules, event: Event) -> Told {
    Told::new()
        .with_vector(event.vector)
        .with_kind(rules.exitintinfo_type(event.source, event.vector))
        .with_has_error_code(event.code.is_some())
        .with_error_code(event.code.unwrap_or(0))
        .with_valid(true)
}

impl Core<'_> {
    /// Handles an abort that is a #VMEXIT or a VM exit; returns any other (AMD APM vol. 2, 15.6 "#VMEXIT").
    pub(crate) fn exit_or(&mut self, abort: Abort) -> Run<()> {
        let intercepted = self.cpu.svm.intercepts(Intercept::SHUTDOWN);
        let shutdown = self.cpu.svm.guest.is_some() && self.cpu.rules.shutdown_exits(intercepted);
        let triple_fault = self.cpu.vmx.guest.is_some() && self.cpu.rules.triple_fault_exits();
        match abort {
            Abort::Exit(leave) => self.leave_guest(leave),
            Abort::VmExit(exit) => self.vm_exit(exit),
            Abort::Shutdown if triple_fault => self.vm_exit(VmExit::TRIPLE_FAULT),
            Abort::Shutdown if shutdown => self.leave_guest(Leave::event(Intercept::SHUTDOWN)),
            other => Err(other),
        }
    }

    /// #VMEXIT: saves L2's state in the VMCB; L1 continues after its VMRUN.
    pub(super) fn leave_guest(&mut self, leave: Leave) -> Run<()> {
        let consistent = leave.code != exit::INVALID;
        let delivering = self.cpu.delivering.take();
        self.end_broken_delivery();
        let Some(vmcb) = self.cpu.svm.guest.as_ref().map(|guest| guest.vmcb) else { return Ok(()) };
        let event = delivering.filter(|_| consistent).map_or(Told::new(), |event| told(&*self.cpu.rules, event));
        let event = event.with_valid(self.cpu.rules.delivery_is_told(event.valid()));
        if consistent {
            self.save_guest(vmcb, leave)?;
        }
        self.set_vmcb(vmcb, field::EXITCODE, leave.code)?;
        self.set_vmcb(vmcb, field::EXITINFO1, leave.info1)?;
        self.set_vmcb(vmcb, field::EXITINFO2, leave.info2)?;
        self.set_vmcb(vmcb, field::EXITINTINFO, event.into_bits())?;
        self.set_vmcb(vmcb, field::NRIP, leave.next)?;
        if self.cpu.rules.exit_clears_eventinj() {
            self.set_vmcb(vmcb, field::EVENTINJ, 0)?;
        }
        self.load_host();
        self.cpu.noted.left = Some(leave.code);
        let cpu = &mut *self.cpu;
        cpu.svm.gif &= !cpu.rules.exit_clears_gif(consistent);
        cpu.nmi.blocked = cpu.rules.blocked_after_switch(cpu.nmi.blocked, Switch::Exit);
        Ok(())
    }

    /// What an exit in the delivery of an injected or virtual NMI does to V_NMI_MASK.
    fn end_broken_delivery(&mut self) {
        let Core { cpu, choices, .. } = self;
        let Some(guest) = &mut cpu.svm.guest else { return };
        let Some(origin) = guest.origin.take().filter(|_| guest.virtual_nmis) else { return };
        let injected = origin == Origin::Injected;
        if choices.choose(cpu.rules.exit_in_delivery_unmasks(injected), true) {
            guest.nmi.masked = false;
        }
    }

    /// Saves L2's state.
    fn save_guest(&mut self, vmcb: u64, leave: Leave) -> Run<()> {
        let regs = self.cpu.regs;
        for (register, offset) in SEGMENTS {
            self.set_vmcb_segment(vmcb, offset, &regs.segments[register])?;
        }
        let hlt = leave.code == Intercept::HLT.exit_code() || leave.code == Intercept::IDLE_HLT.exit_code();
        let rip = if hlt { self.cpu.rules.rip_of_hlt_exit(regs.rip, leave.next) } else { regs.rip };
        for (field, value) in [
            (field::GDT_BASE, regs.gdtr.base),
            (field::GDT_LIMIT, regs.gdtr.limit.into()),
            (field::IDT_BASE, regs.idtr.base),
            (field::IDT_LIMIT, regs.idtr.limit.into()),
            (field::CR0, regs.cr0),
            (field::CR2, regs.cr2),
            (field::CR3, regs.cr3),
            (field::CR4, regs.cr4),
            (field::EFER, regs.efer),
            (field::DR6, regs.dr[6]),
            (field::DR7, regs.dr[7]),
            (field::RFLAGS, regs.rflags),
            (field::RIP, rip),
            (field::RSP, regs.general[RSP]),
            (field::RAX, regs.general[RAX]),
            (field::CPL, regs.cpl.into()),
            (field::SHADOW, self.cpu.rules.shadow_saved(regs.shadow).into()),
        ] {
            self.set_vmcb(vmcb, field, value)?;
        }
        let Some(guest) = &self.cpu.svm.guest else { return Ok(()) };
        let mut control = guest.control;
        if guest.virtual_nmis {
            let nmi = self.cpu.rules.virtual_nmi_saved(guest.nmi);
            control = control.with_v_nmi(nmi.pending).with_v_nmi_mask(nmi.masked);
        }
        self.set_vmcb(vmcb, field::INT_CTL, control.into_bits().into())
    }

    /// Loads the state of L1 that VMRUN saved.
    fn load_host(&mut self) {
        let cpu = &mut *self.cpu;
        let Some(guest) = cpu.svm.guest.take() else { return };
        let host = guest.host;
        let regs = &mut cpu.regs;
        (regs.general[RAX], regs.general[RSP], regs.rip) = (host.general[RAX], host.general[RSP], host.rip);
        (regs.rflags, regs.efer) = (host.rflags & !RF, host.efer);
        (regs.cr0, regs.cr3, regs.cr4) = (host.cr0 | CR0_PE, host.cr3, host.cr4);
        (regs.gdtr, regs.idtr) = (host.gdtr, host.idtr);
        for register in [ES, CS, SS, DS] {
            regs.segments[register] = host.segments[register];
        }
        regs.dr[7] = DR7_RESET;
        regs.cpl = 0;
        regs.shadow = cpu.rules.shadow_after_exit(regs.shadow);
        regs.shadow_left = cpu.rules.shadow_length(regs.shadow);
        regs.between_iterations = false;
        cpu.halted = false;
        cpu.trap = cpu.rules.vmrun_single_steps(host.flag(TF));
        cpu.watched = if cpu.trap { DR6_BS } else { 0 };
    }
}
