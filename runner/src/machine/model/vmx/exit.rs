//! VM exits: the state that they save and load, and the exit information in the VMCS (Intel SDM vol. 3, chapter 27 "VM Exits").

use guests::{Segment, Table};
use spec::Rules;
use x86::debug::{DR6_BREAKPOINTS, DR7_RESET};
use x86::flags::{FIXED, TF};
use x86::register::{CS, DS, ES, FS, GS, RSP, SS};
use x86::segment::system;
use x86::vmcs;
use x86::vmx::{Interruption, TABLE_LIMIT_AFTER_EXIT, TASK_LIMIT_AFTER_EXIT, reason};

use super::super::cpu::{Core, Event, Run, Source, flat};
use super::fields::{LDTR, SEGMENTS, TR};
use super::vm_exit::VmExit;

/// An event as IDT-vectoring information tells it (Intel SDM vol. 3, 24.9.3 "Information for VM Exits That Occur During Event
/// Delivery").
fn told(rules: &dyn Rules, event: Event) -> Interruption {
    Interruption::new()
        .with_vector(event.vector)
        .with_kind(rules.vectoring_type(event.source, event.vector))
        .with_has_error_code(event.code.is_some())
        .with_valid(true)
}

impl Core<'_> {
    /// A VM exit: saves the state of L2 in the VMCS and loads that of L1 from it (Intel SDM vol. 3, chapter 27 "VM Exits").
    pub(crate) fn vm_exit(&mut self, exit: VmExit) -> Run<()> {
        let delivering = self.cpu.delivering.take();
        let ended = exit.reason == reason::TRIPLE_FAULT
            || exit.interruption.valid() && exit.interruption.vector() == x86::vector::DF;
        let valid = self.cpu.rules.vectoring_is_told(delivering.is_some(), ended);
        let delivering = delivering.filter(|_| !ended);
        self.end_vmx_delivery(delivering.is_some_and(|event| event.source == Source::Nmi));
        self.save_l2(exit)?;
        let vectoring = delivering.map_or(Interruption::new(), |event| told(&*self.cpu.rules, event));
        let vectoring_error = delivering.and_then(|event| event.code).unwrap_or(0);
        for (field, value) in [
            (vmcs::REASON, exit.reason.into()),
            (vmcs::QUALIFICATION, exit.qualification),
            (vmcs::EXIT_INTERRUPTION, exit.interruption.into_bits().into()),
            (vmcs::EXIT_ERROR, exit.error.into()),
            (vmcs::IDT_VECTORING, vectoring.with_valid(valid).into_bits().into()),
            (vmcs::IDT_VECTORING_ERROR, vectoring_error.into()),
        ] {
            self.set_field(field, value);
        }
        if self.cpu.rules.exit_clears_injection() {
            let event = Interruption::from_bits(self.field32(vmcs::INJECT)?).with_valid(false);
            self.set_field(vmcs::INJECT, event.into_bits().into());
        }
        self.load_l1()?;
        let cpu = &mut *self.cpu;
        cpu.halted = cpu.rules.halted_after_vm_exit(exit.halted);
        cpu.noted.left = Some(exit.reason.into());
        cpu.nmi.blocked = cpu.rules.blocked_after_exit(exit.is_for_nmi(), cpu.nmi.blocked);
        Ok(())
    }

    /// What an exit in the delivery of an NMI does to blocking.
    fn end_vmx_delivery(&mut self, of_nmi: bool) {
        let Core { cpu, choices, .. } = self;
        let Some(guest) = &mut cpu.vmx.guest else { return };
        let injecting = std::mem::take(&mut guest.injecting);
        if !of_nmi {
            return;
        }
        if !injecting {
            cpu.nmi.blocked &= cpu.rules.delivery_that_exits_blocks();
        } else if guest.controls.virtual_nmis {
            guest.virtual_blocking = choices.choose(cpu.rules.injection_that_exits_blocks(guest.controls), true);
        } else if !cpu.nmi.blocked {
            cpu.nmi.blocked = choices.choose(cpu.rules.injection_that_exits_blocks(guest.controls), true);
        }
    }

    /// Saves the state of L2 (27.3 "Saving Guest State").
    fn save_l2(&mut self, exit: VmExit) -> Run<()> {
        let regs = self.cpu.regs;
        for (register, fields) in SEGMENTS {
            self.set_segment_field(fields, &regs.segments[register]);
        }
        self.set_segment_field(LDTR, &regs.ldtr);
        self.set_segment_field(TR, &regs.tr);
        let Some((controls, virtual_blocking)) =
            self.cpu.vmx.guest.as_ref().map(|guest| (guest.controls, guest.virtual_blocking))
        else {
            return Ok(());
        };
        let rules = &self.cpu.rules;
        let blocked = rules.blocking_saved(controls, self.cpu.nmi.blocked, virtual_blocking);
        let state = rules.vmx_shadow_saved(regs.shadow).with_nmi(blocked);
        let active = rules.activity_saved(exit.halted);
        let pending = rules.pending_debug_saved(regs.shadow, regs.flag(TF), self.cpu.watched & DR6_BREAKPOINTS);
        for (field, value) in [
            (vmcs::GUEST_GDT_BASE, regs.gdtr.base),
            (vmcs::GUEST_GDT_LIMIT, regs.gdtr.limit.into()),
            (vmcs::GUEST_IDT_BASE, regs.idtr.base),
            (vmcs::GUEST_IDT_LIMIT, regs.idtr.limit.into()),
            (vmcs::GUEST_CR0, regs.cr0),
            (vmcs::GUEST_CR3, regs.cr3),
            (vmcs::GUEST_CR4, regs.cr4),
            (vmcs::GUEST_SYSENTER_CS, regs.sysenter[0]),
            (vmcs::GUEST_SYSENTER_ESP, regs.sysenter[1]),
            (vmcs::GUEST_SYSENTER_EIP, regs.sysenter[2]),
            (vmcs::GUEST_RFLAGS, regs.rflags),
            (vmcs::GUEST_RIP, regs.rip),
            (vmcs::GUEST_RSP, regs.general[RSP]),
            (vmcs::INTERRUPTIBILITY, state.into_bits().into()),
            (vmcs::ACTIVITY, active.into()),
            (vmcs::PENDING_DEBUG, pending),
        ] {
            self.set_field(field, value);
        }
        Ok(())
    }

    /// Loads the state of L1 (27.5 "Loading Host State").
    pub(super) fn load_l1(&mut self) -> Run<()> {
        let selector = |core: &Self, field| core.field(field).map(|selector| selector as u16);
        let mut regs = self.cpu.regs;
        for (register, field) in [
            (ES, vmcs::HOST_ES),
            (CS, vmcs::HOST_CS),
            (SS, vmcs::HOST_SS),
            (DS, vmcs::HOST_DS),
            (FS, vmcs::HOST_FS),
            (GS, vmcs::HOST_GS),
        ] {
            let selector = selector(self, field)?;
            let segment = flat(selector, 0, register == CS);
            let unusable = selector == 0 && register != CS;
            regs.segments[register] = Segment { long: register == CS, big: register != CS, unusable, ..segment };
        }
        regs.segments[FS].base = self.field(vmcs::HOST_FS_BASE)?;
        regs.segments[GS].base = self.field(vmcs::HOST_GS_BASE)?;
        regs.tr = Segment {
            selector: selector(self, vmcs::HOST_TR)?,
            base: self.field(vmcs::HOST_TR_BASE)?,
            limit: TASK_LIMIT_AFTER_EXIT,
            kind: system::BUSY_TASK,
            present: true,
            ..Segment::default()
        };
        regs.ldtr = Segment { unusable: true, ..Segment::default() };
        regs.gdtr = Table { base: self.field(vmcs::HOST_GDT_BASE)?, limit: TABLE_LIMIT_AFTER_EXIT };
        regs.idtr = Table { base: self.field(vmcs::HOST_IDT_BASE)?, limit: TABLE_LIMIT_AFTER_EXIT };
        regs.cr0 = self.field(vmcs::HOST_CR0)?;
        regs.cr3 = self.field(vmcs::HOST_CR3)?;
        regs.cr4 = self.field(vmcs::HOST_CR4)?;
        regs.sysenter = [
            self.field(vmcs::HOST_SYSENTER_CS)?,
            self.field(vmcs::HOST_SYSENTER_ESP)?,
            self.field(vmcs::HOST_SYSENTER_EIP)?,
        ];
        regs.dr[7] = DR7_RESET;
        regs.rflags = FIXED;
        regs.rip = self.field(vmcs::HOST_RIP)?;
        regs.general[RSP] = self.field(vmcs::HOST_RSP)?;
        regs.cpl = 0;
        let cpu = &mut *self.cpu;
        regs.shadow = cpu.rules.shadow_after_vm_exit(regs.shadow);
        regs.shadow_left = cpu.rules.shadow_length(regs.shadow);
        regs.between_iterations = false;
        cpu.regs = regs;
        cpu.vmx.guest = None;
        cpu.halted = false;
        cpu.trap = false;
        cpu.watched = 0;
        Ok(())
    }
}
