//! Moves, the stack and the flags as a whole.

use iced_x86::{ConditionCode, Instruction, Register};
use x86::flags::{AC, CF, ID, IF, IOPL, OF, PF, RF, SF, VM, ZF};
use x86::register::SS;

use super::super::cpu::flags::LOADABLE;
use super::super::cpu::{Core, Fault, Run};
use super::Done;
use super::operand::{segment_index, slot};

impl Core<'_> {
    /// Whether a condition code holds.
    pub(super) fn holds(&self, condition: ConditionCode) -> bool {
        let regs = &self.cpu.regs;
        let less = regs.flag(SF) != regs.flag(OF);
        match condition {
            ConditionCode::None => true,
            ConditionCode::o => regs.flag(OF),
            ConditionCode::no => !regs.flag(OF),
            ConditionCode::b => regs.flag(CF),
            ConditionCode::ae => !regs.flag(CF),
            ConditionCode::e => regs.flag(ZF),
            ConditionCode::ne => !regs.flag(ZF),
            ConditionCode::be => regs.flag(CF) || regs.flag(ZF),
            ConditionCode::a => !regs.flag(CF) && !regs.flag(ZF),
            ConditionCode::s => regs.flag(SF),
            ConditionCode::ns => !regs.flag(SF),
            ConditionCode::p => regs.flag(PF),
            ConditionCode::np => !regs.flag(PF),
            ConditionCode::l => less,
            ConditionCode::ge => !less,
            ConditionCode::le => less || regs.flag(ZF),
            ConditionCode::g => !less && !regs.flag(ZF),
        }
    }

    /// MOV, of general, segment, control and debug registers.
    pub(super) fn mov(&mut self, i: &Instruction) -> Run<Done> {
        let (target, source) = (i.op0_register(), i.op1_register());
        if target.is_cr() || target.is_dr() || source.is_cr() || source.is_dr() {
            self.mov_control(target, source)?;
            return Ok(Done::Plain);
        }
        let value = self.get(i, 1)?;
        if target.is_segment_register() {
            if target == Register::CS {
                return Err(Fault::UNDEFINED.into());
            }
            self.load_segment(segment_index(target), value as u16)?;
            return Ok(if target == Register::SS { Done::SsLoad } else { Done::Plain });
        }
        self.put(i, 0, value)?;
        Ok(Done::Plain)
    }

    /// LEA.
    pub(super) fn lea(&mut self, i: &Instruction) -> Run<()> {
        let (_, offset) = self.address(i);
        self.put(i, 0, offset)
    }

    /// LSS.
    pub(super) fn load_stack_pointer(&mut self, i: &Instruction) -> Run<Done> {
        let size = i.op0_register().size();
        let (segment, offset) = self.address(i);
        let pointer = self.read(segment, offset, size)?;
        let selector = self.read(segment, offset.wrapping_add(size as u64), 2)? as u16;
        self.load_segment(SS, selector)?;
        self.set_register(i.op0_register(), pointer);
        Ok(Done::Lss)
    }

    /// PUSH.
    pub(super) fn push_operand(&mut self, i: &Instruction) -> Run<()> {
        let value = self.get(i, 0)?;
        self.push(slot(i), value)
    }

    /// POP, of a segment register too.
    pub(super) fn pop_operand(&mut self, i: &Instruction) -> Run<Done> {
        let value = self.pop(slot(i))?;
        let target = i.op0_register();
        if target.is_segment_register() {
            let index = segment_index(target);
            self.load_segment(index, value as u16)?;
            return Ok(if index == SS { Done::SsLoad } else { Done::Plain });
        }
        self.put(i, 0, value)?;
        Ok(Done::Plain)
    }

    /// PUSHF: VM and RF are pushed as zero.
    pub(super) fn push_flags(&mut self, size: usize) -> Run<()> {
        self.push(size, self.cpu.regs.rflags & !(RF | VM))
    }

    /// POPF: IF only if CPL <= IOPL, IOPL only at CPL 0.
    pub(super) fn pop_flags(&mut self, size: usize) -> Run<Done> {
        let value = self.pop(size)?;
        let regs = &mut self.cpu.regs;
        let mut mask = LOADABLE & !(IF | IOPL);
        if regs.cpl == 0 {
            mask |= IOPL;
        }
        if regs.cpl <= regs.iopl() || !regs.protected() {
            mask |= IF;
        }
        if size == 2 {
            mask &= !(AC | ID) & 0xffff;
        }
        regs.load_flags(value, mask);
        Ok(Done::Popf)
    }
}
