//! Arithmetic, logic and their flags.

use iced_x86::{Instruction, Mnemonic};
use x86::code::{SHIFT_COUNT, SHIFT_COUNT_64};
use x86::flags::{AF, AF_CARRY, ARITHMETIC, CF, OF, PF, SF, ZF};

use super::super::cpu::{Core, Run};
use super::operand::truncate;

fn sign(size: usize) -> u64 {
    1 << (8 * size as u32 - 1)
}

/// ZF, SF and PF of a result.
fn result_flags(result: u64, size: usize) -> u64 {
    let result = truncate(result, size);
    bit(result == 0, ZF) | bit(result & sign(size) != 0, SF) | bit((result as u8).count_ones().is_multiple_of(2), PF)
}

fn bit(on: bool, flag: u64) -> u64 {
    if on { flag } else { 0 }
}

/// Sum and flags.
fn add(a: u64, b: u64, size: usize) -> (u64, u64) {
    let (a, b) = (truncate(a, size), truncate(b, size));
    let wide = u128::from(a) + u128::from(b);
    let result = truncate(wide as u64, size);
    let flags = result_flags(result, size)
        | bit(wide >> (8 * size) != 0, CF)
        | bit((a ^ result) & (b ^ result) & sign(size) != 0, OF)
        | bit((a ^ b ^ result) & AF_CARRY != 0, AF);
    (result, flags)
}

/// Difference and flags.
fn subtract(a: u64, b: u64, size: usize) -> (u64, u64) {
    let (a, b) = (truncate(a, size), truncate(b, size));
    let result = truncate(a.wrapping_sub(b), size);
    let flags = result_flags(result, size)
        | bit(a < b, CF)
        | bit((a ^ b) & (a ^ result) & sign(size) != 0, OF)
        | bit((a ^ b ^ result) & AF_CARRY != 0, AF);
    (result, flags)
}

impl Core<'_> {
    /// Replaces flags.
    pub(super) fn set_flags(&mut self, mask: u64, flags: u64) {
        let rflags = &mut self.cpu.regs.rflags;
        *rflags = *rflags & !mask | flags & mask;
    }

    /// ADD, SUB, CMP, AND, OR, XOR, TEST.
    pub(super) fn two_operands(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let (a, b) = (self.get(i, 0)?, self.get(i, 1)?);
        let (result, flags) = match i.mnemonic() {
            Mnemonic::Add => add(a, b, size),
            Mnemonic::Sub | Mnemonic::Cmp => subtract(a, b, size),
            mnemonic => {
                let result = match mnemonic {
                    Mnemonic::Or => a | b,
                    Mnemonic::Xor => a ^ b,
                    _ => a & b,
                };
                (truncate(result, size), result_flags(result, size))
            }
        };
        if !matches!(i.mnemonic(), Mnemonic::Cmp | Mnemonic::Test) {
            self.put(i, 0, result)?;
        }
        self.set_flags(ARITHMETIC, flags);
        Ok(())
    }

    /// INC, DEC, NOT.
    pub(super) fn one_operand(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let value = self.get(i, 0)?;
        let ((result, flags), mask) = match i.mnemonic() {
            Mnemonic::Inc => (add(value, 1, size), ARITHMETIC & !CF),
            Mnemonic::Dec => (subtract(value, 1, size), ARITHMETIC & !CF),
            _ => ((truncate(!value, size), 0), 0),
        };
        self.put(i, 0, result)?;
        self.set_flags(mask, flags);
        Ok(())
    }

    /// SHL.
    pub(super) fn shift_left(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let value = truncate(self.get(i, 0)?, size);
        let count = self.get(i, 1)? & if size == 8 { SHIFT_COUNT_64 } else { SHIFT_COUNT };
        if count == 0 {
            // Flags stay, but a 32-bit result is written, and so zero-extended, like any other.
            return self.put(i, 0, value);
        }
        let wide = u128::from(value) << count;
        let result = truncate(wide as u64, size);
        let carry = wide >> (8 * size) & 1 != 0;
        let overflow = (result & sign(size) != 0) != carry;
        self.put(i, 0, result)?;
        self.set_flags(ARITHMETIC, result_flags(result, size) | bit(carry, CF) | bit(overflow, OF));
        Ok(())
    }

    /// XADD.
    pub(super) fn exchange_and_add(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let (a, b) = (self.get(i, 0)?, self.get(i, 1)?);
        let (sum, flags) = add(a, b, size);
        self.set_register(i.op1_register(), a);
        self.put(i, 0, sum)?;
        self.set_flags(ARITHMETIC, flags);
        Ok(())
    }
}
