//! IRET in every mode, and what it does to NMI blocking.

use guests::Segment;
use spec::context::Iret;
use x86::flags::{AC, ARITHMETIC, DF, ID, IF, IOPL, NT, RF, TF, VM};
use x86::paging::is_canonical;
use x86::register::{CS, RSP, SS};
use x86::segment::{OFFSET_16, Selector, real_base, system};

use super::descriptor::{code_of, is_code, is_conforming};
use super::flags::LOADABLE;
use super::{Abort, Core, Fault, Run};
use crate::machine::UnmodelledMode;

impl Core<'_> {
    /// IRET, IRETD or IRETQ (Intel SDM vol. 2, "IRET/IRETD - Interrupt Return"; AMD APM vol. 3, "IRET - Return from
    /// Interrupt"), with what it does to NMI blocking.
    pub(crate) fn iret(&mut self, size: usize) -> Run<()> {
        self.vmx_iret_begins();
        let returned = if self.cpu.regs.protected() { self.iret_protected(size) } else { self.iret_real(size) };
        let ended = matches!(returned, Ok(()) | Err(Abort::Fault(_)));
        if ended {
            self.guest_iret(returned.is_ok());
        }
        let vmx_allows = !ended || self.vmx_iret_ends(returned.is_ok());
        let ends_blocking = self.iret_may_unblock();
        let cpu = &mut *self.cpu;
        let unblocks = match &returned {
            Ok(()) => {
                cpu.noted.returned = true;
                cpu.rules.iret_unblocks(&Iret {
                    to_cpl: cpu.regs.cpl,
                    in_smm: cpu.smm.is_some(),
                    blocked: cpu.nmi.blocked,
                    nmi_waits: cpu.nmi.pending > 0 || cpu.queue.queued > 0,
                })
            }
            Err(Abort::Fault(_)) => cpu.rules.faulting_iret_unblocks(cpu.vendor),
            Err(_) => false,
        };
        if unblocks && ends_blocking && vmx_allows {
            cpu.nmi.blocked = false;
        }
        returned
    }

    fn iret_real(&mut self, size: usize) -> Run<()> {
        let mut stack = self.stack();
        let rip = self.pop_from(&mut stack, size)?;
        let cs = self.pop_from(&mut stack, size)? as u16;
        let image = self.pop_from(&mut stack, size)?;
        if rip > u64::from(self.cpu.regs.segments[CS].limit) {
            return Err(Fault::protection(0).into());
        }
        self.commit(&stack);
        let regs = &mut self.cpu.regs;
        regs.segments[CS].selector = cs;
        regs.segments[CS].base = real_base(cs);
        regs.rip = rip;
        regs.load_flags(image, if size == 2 { LOADABLE & 0xffff } else { LOADABLE });
        regs.set_flag(RF, size > 2 && image & RF != 0);
        Ok(())
    }

    fn iret_protected(&mut self, size: usize) -> Run<()> {
        if self.cpu.regs.flag(NT) {
            return self.iret_from_nested_task();
        }
        let old_cpl = self.cpu.regs.cpl;
        let mut stack = self.stack();
        let rip = self.pop_from(&mut stack, size)?;
        let selector = self.pop_from(&mut stack, size)? as u16;
        let image = self.pop_from(&mut stack, size)?;
        if !self.cpu.regs.long() && size > 2 && image & VM != 0 && old_cpl == 0 {
            return Err(UnmodelledMode::Virtual8086.into());
        }
        let code = self.return_code_segment(selector)?;
        let outer = if self.cpu.regs.code64() || Selector::from_bits(selector).rpl() > old_cpl {
            let pointer = self.pop_from(&mut stack, size)?;
            let stack_selector = self.pop_from(&mut stack, size)? as u16;
            Some((stack_selector, pointer))
        } else {
            self.commit(&stack);
            None
        };
        self.finish_return(code, rip, outer)?;

        let mut mask = ARITHMETIC | TF | DF | NT;
        if size > 2 {
            mask |= AC | ID;
        }
        if old_cpl <= self.cpu.regs.iopl() {
            mask |= IF;
        }
        if old_cpl == 0 {
            mask |= IOPL;
        }
        self.cpu.regs.load_flags(image, mask);
        self.cpu.regs.set_flag(RF, size > 2 && image & RF != 0);
        Ok(())
    }

    /// IRET with NT = 1: #GP in IA-32e mode, otherwise a task return through the link of the current task, of which this model
    /// only makes the checks.
    fn iret_from_nested_task(&mut self) -> Run<()> {
        if self.cpu.regs.long() {
            return Err(Fault::protection(0).into());
        }
        let link = self.read_system(self.cpu.regs.tr.base, 2)? as u16;
        let bad = Fault::task(code_of(link));
        if Selector::from_bits(link).local() {
            return Err(bad.into());
        }
        let busy = |kind| matches!(kind, system::BUSY_TASK_16 | system::BUSY_TASK);
        let task = self.descriptor(link)?.filter(|task| !task.code_or_data && busy(task.kind));
        if Selector::from_bits(link).is_null() || task.is_none() {
            return Err(bad.into());
        }
        Err(UnmodelledMode::NestedTask.into())
    }

    /// The code segment that IRET or RETF returns to, after its checks.
    pub(super) fn return_code_segment(&mut self, selector: u16) -> Run<Segment> {
        if Selector::from_bits(selector).is_null() {
            return Err(Fault::protection(0).into());
        }
        let bad = Fault::protection(code_of(selector));
        let segment = self.descriptor(selector)?.ok_or(bad)?;
        let rpl = Selector::from_bits(selector).rpl();
        let wrong_level = if is_conforming(&segment) { segment.dpl > rpl } else { segment.dpl != rpl };
        let wrong_width = self.cpu.regs.long() && segment.long && segment.big;
        if !is_code(&segment) || rpl < self.cpu.regs.cpl || wrong_level || wrong_width {
            return Err(bad.into());
        }
        if !segment.present {
            return Err(Fault::not_present(code_of(selector)).into());
        }
        Ok(segment)
    }

    /// Loads CS, RIP and, if the return pops them, SS and RSP.
    pub(super) fn finish_return(&mut self, code: Segment, rip: u64, outer: Option<(u16, u64)>) -> Run<()> {
        let to64 = self.cpu.regs.long() && code.long;
        let inside = if to64 { is_canonical(rip) } else { rip <= u64::from(code.limit) };
        let cpl = Selector::from_bits(code.selector).rpl();
        let old_cpl = self.cpu.regs.cpl;
        let stack = match outer {
            Some((selector, pointer)) => Some((self.stack_segment(selector, cpl, to64)?, pointer)),
            None => None,
        };
        if !inside {
            return Err(Fault::protection(0).into());
        }
        let regs = &mut self.cpu.regs;
        regs.segments[CS] = code;
        regs.rip = rip;
        regs.cpl = cpl;
        if let Some((segment, pointer)) = stack {
            regs.segments[SS] = segment;
            let mask = regs.stack_mask();
            let rsp = &mut regs.general[RSP];
            *rsp = if mask == OFFSET_16 { *rsp & !mask | pointer & mask } else { pointer & mask };
        }
        if cpl > old_cpl {
            self.drop_inner_segments();
        }
        Ok(())
    }
}
