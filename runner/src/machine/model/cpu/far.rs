//! Far JMP, CALL and RET.

use guests::Segment;
use x86::paging::is_canonical;
use x86::register::CS;
use x86::segment::{Selector, real_base};

use super::access::mask;
use super::descriptor::{code_of, is_code, is_conforming};
use super::{Core, Fault, Run};
use crate::machine::UnmodelledMode;

impl Core<'_> {
    /// The code segment of a far JMP or CALL, after its checks (Intel SDM vol. 2, "JMP - Jump" and "CALL - Call
    /// Procedure"). The model has no call gates and tasks.
    fn far_target(&mut self, selector: u16) -> Run<Segment> {
        if !self.cpu.regs.protected() {
            let base = real_base(selector);
            return Ok(Segment { selector, base, ..self.cpu.regs.segments[CS] });
        }
        if Selector::from_bits(selector).is_null() {
            return Err(Fault::protection(0).into());
        }
        let bad = Fault::protection(code_of(selector));
        let segment = self.descriptor(selector)?.ok_or(bad)?;
        if !segment.code_or_data && segment.kind != 0 {
            return Err(UnmodelledMode::Gate.into());
        }
        let cpl = self.cpu.regs.cpl;
        let wrong_level = if is_conforming(&segment) {
            segment.dpl > cpl
        } else {
            Selector::from_bits(selector).rpl() > cpl || segment.dpl != cpl
        };
        if !is_code(&segment) || wrong_level || (self.cpu.regs.long() && segment.long && segment.big) {
            return Err(bad.into());
        }
        if !segment.present {
            return Err(Fault::not_present(code_of(selector)).into());
        }
        Ok(Segment { selector: Selector::from_bits(selector).with_rpl(cpl).into_bits(), ..segment })
    }

    fn jump_into(&mut self, segment: Segment, offset: u64) -> Run<()> {
        let to64 = self.cpu.regs.long() && segment.long;
        if !(if to64 { is_canonical(offset) } else { offset <= u64::from(segment.limit) }) {
            return Err(Fault::protection(0).into());
        }
        self.cpu.regs.segments[CS] = segment;
        self.cpu.regs.rip = offset;
        Ok(())
    }

    /// Far JMP.
    pub(crate) fn jump_far(&mut self, selector: u16, offset: u64) -> Run<()> {
        let target = self.far_target(selector)?;
        self.jump_into(target, offset)
    }

    /// Far CALL with slots of `size` bytes.
    pub(crate) fn call_far(&mut self, selector: u16, offset: u64, size: usize) -> Run<()> {
        let target = self.far_target(selector)?;
        let mut stack = self.stack();
        self.push_on(&mut stack, size, self.cpu.regs.segments[CS].selector.into())?;
        self.push_on(&mut stack, size, self.cpu.regs.rip)?;
        self.jump_into(target, offset)?;
        self.commit(&stack);
        Ok(())
    }

    /// RETF, releasing `release` bytes of parameters (Intel SDM vol. 2, "RET - Return from Procedure").
    pub(crate) fn return_far(&mut self, size: usize, release: u64) -> Run<()> {
        let mut stack = self.stack();
        let rip = self.pop_from(&mut stack, size)? & mask(size);
        let selector = self.pop_from(&mut stack, size)? as u16;
        stack.pointer = stack.pointer.wrapping_add(release) & stack.mask;
        if !self.cpu.regs.protected() {
            if rip > u64::from(self.cpu.regs.segments[CS].limit) {
                return Err(Fault::protection(0).into());
            }
            self.commit(&stack);
            let regs = &mut self.cpu.regs;
            regs.segments[CS].selector = selector;
            regs.segments[CS].base = real_base(selector);
            regs.rip = rip;
            return Ok(());
        }
        let code = self.return_code_segment(selector)?;
        let outer = if Selector::from_bits(selector).rpl() > self.cpu.regs.cpl {
            let pointer = self.pop_from(&mut stack, size)?;
            let stack_selector = self.pop_from(&mut stack, size)? as u16;
            Some((stack_selector, pointer.wrapping_add(release)))
        } else {
            self.commit(&stack);
            None
        };
        self.finish_return(code, rip, outer)
    }
}
