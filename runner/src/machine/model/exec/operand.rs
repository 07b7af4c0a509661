//! Operands of instructions: registers, immediates and memory, read and written.

use iced_x86::{Instruction, OpKind, Register};

use x86::register::{CS, DS, ES, FS, GS, SS};

use super::super::cpu::{Core, Run, mask};

/// Index of a segment register.
pub(super) fn segment_index(register: Register) -> usize {
    match register {
        Register::ES => ES,
        Register::CS => CS,
        Register::SS => SS,
        Register::FS => FS,
        Register::GS => GS,
        _ => DS,
    }
}

/// Bytes of the one slot that a push or pop moves.
pub(super) fn slot(i: &Instruction) -> usize {
    i.stack_pointer_increment().unsigned_abs() as usize
}

/// The low `size` bytes.
pub(super) fn truncate(value: u64, size: usize) -> u64 {
    value & mask(size)
}

fn is_high_byte(register: Register) -> bool {
    matches!(register, Register::AH | Register::CH | Register::DH | Register::BH)
}

impl Core<'_> {
    /// A general or segment register's value.
    pub(super) fn register(&self, register: Register) -> u64 {
        if register.is_segment_register() {
            return self.cpu.regs.segments[segment_index(register)].selector.into();
        }
        if !register.is_gpr() {
            return 0;
        }
        let whole = self.cpu.regs.general[register.full_register().number() & 15];
        if is_high_byte(register) { whole >> 8 & 0xff } else { truncate(whole, register.size()) }
    }

    /// Sets a general register; a 32-bit write clears the upper half.
    pub(super) fn set_register(&mut self, register: Register, value: u64) {
        if !register.is_gpr() {
            return;
        }
        let whole = &mut self.cpu.regs.general[register.full_register().number() & 15];
        *whole = match register.size() {
            1 if is_high_byte(register) => *whole & !0xff00 | (value & 0xff) << 8,
            1 => *whole & !0xff | value & 0xff,
            2 => *whole & !0xffff | value & 0xffff,
            4 => value & 0xffff_ffff,
            _ => value,
        };
    }

    /// Segment register and offset of the memory operand.
    pub(crate) fn address(&self, instruction: &Instruction) -> (usize, u64) {
        let (base, index) = (instruction.memory_base(), instruction.memory_index());
        let mut offset = instruction.memory_displacement64();
        if base.is_gpr() {
            offset = offset.wrapping_add(self.register(base));
        }
        if index.is_gpr() {
            let scaled = self.register(index).wrapping_mul(u64::from(instruction.memory_index_scale()));
            offset = offset.wrapping_add(scaled);
        }
        let size = if base != Register::None {
            base.size()
        } else if index != Register::None {
            index.size()
        } else {
            instruction.memory_displ_size() as usize
        };
        (segment_index(instruction.memory_segment()), truncate(offset, size))
    }

    /// Size of an operand in bytes.
    pub(super) fn size(&self, instruction: &Instruction, operand: u32) -> usize {
        match instruction.op_kind(operand) {
            OpKind::Register => instruction.op_register(operand).size(),
            OpKind::Memory => instruction.memory_size().size(),
            _ => self.size(instruction, 0),
        }
    }

    /// Reads an operand; immediates come sign-extended.
    pub(crate) fn get(&mut self, instruction: &Instruction, operand: u32) -> Run<u64> {
        match instruction.op_kind(operand) {
            OpKind::Register => Ok(self.register(instruction.op_register(operand))),
            OpKind::Memory => {
                let (segment, offset) = self.address(instruction);
                self.read(segment, offset, instruction.memory_size().size().min(8))
            }
            _ => Ok(instruction.try_immediate(operand).unwrap_or(0)),
        }
    }

    /// Writes an operand.
    pub(crate) fn put(&mut self, instruction: &Instruction, operand: u32, value: u64) -> Run<()> {
        match instruction.op_kind(operand) {
            OpKind::Memory => {
                let (segment, offset) = self.address(instruction);
                self.write(segment, offset, instruction.memory_size().size().min(8), value)
            }
            _ => {
                self.set_register(instruction.op_register(operand), value);
                Ok(())
            }
        }
    }
}
