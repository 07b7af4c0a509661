use iced_x86::{ConditionCode, Instruction, Mnemonic, Register};
use x86::flags::{AC, CF, ID, IF, IOPL, OF, PF, RF, SF, VM, ZF};

use super::super::cpu::flags::LOADABLE;
use super::super::cpu::{Core, Fault, RSP, Run, SS};
use super::Done;
use super::operand::{extend, segment_index, truncate};

/// Bytes of the one slot that a push or pop moves.
fn slot(i: &Instruction) -> usize {
    i.stack_pointer_increment().unsigned_abs() as usize
}

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

    /// MOVZX, MOVSX, MOVSXD.
    pub(super) fn mov_extended(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 1);
        let value = self.get(i, 1)?;
        let value = if i.mnemonic() == Mnemonic::Movzx { truncate(value, size) } else { extend(value, size) };
        self.put(i, 0, value)
    }

    /// CMOVcc: reads its source in any case.
    pub(super) fn mov_if(&mut self, i: &Instruction) -> Run<()> {
        let value = self.get(i, 1)?;
        let value = if self.holds(i.condition_code()) { value } else { self.get(i, 0)? };
        self.put(i, 0, value)
    }

    /// LEA.
    pub(super) fn lea(&mut self, i: &Instruction) -> Run<()> {
        let (_, offset) = self.address(i);
        self.put(i, 0, offset)
    }

    /// XCHG.
    pub(super) fn exchange(&mut self, i: &Instruction) -> Run<()> {
        let (a, b) = (self.get(i, 0)?, self.get(i, 1)?);
        self.put(i, 0, b)?;
        self.put(i, 1, a)
    }

    /// XLAT.
    pub(super) fn translate_byte(&mut self, i: &Instruction) -> Run<()> {
        let (base, segment) = (i.memory_base(), segment_index(i.memory_segment()));
        let al = self.register(Register::AL);
        let offset = truncate(self.register(base).wrapping_add(al), base.size());
        let value = self.read(segment, offset, 1)?;
        self.set_register(Register::AL, value);
        Ok(())
    }

    /// BSWAP.
    pub(super) fn byte_swap(&mut self, i: &Instruction) -> Run<()> {
        let value = self.get(i, 0)?;
        let swapped = if self.size(i, 0) == 8 { value.swap_bytes() } else { u64::from((value as u32).swap_bytes()) };
        self.put(i, 0, swapped)
    }

    /// CBW, CWDE, CDQE, CWD, CDQ, CQO.
    pub(super) fn widen(&mut self, mnemonic: Mnemonic) {
        let rax = self.cpu.regs.general[0];
        let high = |size: usize| if extend(rax, size) >> 63 != 0 { u64::MAX } else { 0 };
        match mnemonic {
            Mnemonic::Cbw => self.set_register(Register::AX, extend(rax, 1)),
            Mnemonic::Cwde => self.set_register(Register::EAX, extend(rax, 2)),
            Mnemonic::Cdqe => self.set_register(Register::RAX, extend(rax, 4)),
            Mnemonic::Cwd => self.set_register(Register::DX, high(2)),
            Mnemonic::Cdq => self.set_register(Register::EDX, high(4)),
            _ => self.set_register(Register::RDX, high(8)),
        }
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

    /// PUSHA, PUSHAD.
    pub(super) fn push_all(&mut self, size: usize) -> Run<()> {
        let general = self.cpu.regs.general;
        let mut stack = self.stack();
        for value in general.iter().take(8) {
            self.push_on(&mut stack, size, *value)?;
        }
        self.commit(&stack);
        Ok(())
    }

    /// POPA, POPAD: the slot of (E)SP is skipped.
    pub(super) fn pop_all(&mut self, size: usize) -> Run<()> {
        let mut stack = self.stack();
        let mut general = self.cpu.regs.general;
        for (index, register) in general.iter_mut().enumerate().take(8).rev() {
            let value = self.pop_from(&mut stack, size)?;
            if index != RSP {
                *register = if size == 2 { *register & !0xffff | value } else { value };
            }
        }
        self.cpu.regs.general = general;
        self.commit(&stack);
        Ok(())
    }

    /// PUSHF: VM and RF are pushed as zero.
    pub(super) fn push_flags(&mut self, size: usize) -> Run<()> {
        self.push(size, self.cpu.regs.rflags & !(RF | VM))
    }

    /// POPF: IF only if CPL <= IOPL, IOPL only at CPL 0.
    pub(super) fn pop_flags(&mut self, size: usize) -> Run<()> {
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
        Ok(())
    }

    /// ENTER with nesting level 0; deeper ones are rare enough to be unknown.
    pub(super) fn enter_frame(&mut self, i: &Instruction, size: usize) -> Run<()> {
        let room = i.try_immediate(0).unwrap_or(0);
        if i.try_immediate(1).unwrap_or(0) & 31 != 0 {
            return Err(self.unknown(i));
        }
        let mut stack = self.stack();
        self.push_on(&mut stack, size, self.cpu.regs.general[5])?;
        let frame = stack.pointer;
        self.set_base_pointer(size, frame);
        stack.pointer = stack.pointer.wrapping_sub(room) & stack.mask;
        self.commit(&stack);
        Ok(())
    }

    /// LEAVE.
    pub(super) fn leave_frame(&mut self, size: usize) -> Run<()> {
        let mut stack = self.stack();
        stack.pointer = self.cpu.regs.general[5] & stack.mask;
        let frame = self.pop_from(&mut stack, size)?;
        self.commit(&stack);
        self.set_base_pointer(size, frame);
        Ok(())
    }

    fn set_base_pointer(&mut self, size: usize, value: u64) {
        self.set_register(
            match size {
                2 => Register::BP,
                4 => Register::EBP,
                _ => Register::RBP,
            },
            value,
        );
    }

    /// LDS, LES, LFS, LGS, LSS.
    pub(super) fn load_far_pointer(&mut self, i: &Instruction) -> Run<()> {
        let size = i.op0_register().size();
        let (segment, offset) = self.address(i);
        let pointer = self.read(segment, offset, size)?;
        let selector = self.read(segment, offset.wrapping_add(size as u64), 2)? as u16;
        let target = match i.mnemonic() {
            Mnemonic::Lds => Register::DS,
            Mnemonic::Les => Register::ES,
            Mnemonic::Lfs => Register::FS,
            Mnemonic::Lgs => Register::GS,
            _ => Register::SS,
        };
        self.load_segment(segment_index(target), selector)?;
        self.set_register(i.op0_register(), pointer);
        Ok(())
    }

    /// BOUND: #BR if the index lies outside.
    pub(super) fn bound(&mut self, i: &Instruction) -> Run<()> {
        let size = i.op0_register().size();
        let (segment, offset) = self.address(i);
        let index = extend(self.get(i, 0)?, size) as i64;
        let low = extend(self.read(segment, offset, size)?, size) as i64;
        let high = extend(self.read(segment, offset.wrapping_add(size as u64), size)?, size) as i64;
        if index < low || index > high { Err(Fault::BOUND.into()) } else { Ok(()) }
    }
}
