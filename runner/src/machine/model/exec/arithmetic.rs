use iced_x86::{Instruction, Mnemonic, Register};
use x86::flags::{AF, ARITHMETIC, CF, OF, PF, SF, ZF};

use super::super::cpu::{Core, Fault, Run};
use super::operand::{extend, truncate};

fn sign(size: usize) -> u64 {
    1 << (8 * size as u32 - 1)
}

/// ZF, SF and PF of a result.
pub(super) fn result_flags(result: u64, size: usize) -> u64 {
    let result = truncate(result, size);
    let mut flags = 0;
    flags |= if result == 0 { ZF } else { 0 };
    flags |= if result & sign(size) != 0 { SF } else { 0 };
    flags | if (result as u8).count_ones().is_multiple_of(2) { PF } else { 0 }
}

fn bit(on: bool, flag: u64) -> u64 {
    if on { flag } else { 0 }
}

/// Sum and flags.
fn add(a: u64, b: u64, carry: u64, size: usize) -> (u64, u64) {
    let (a, b) = (truncate(a, size), truncate(b, size));
    let wide = u128::from(a) + u128::from(b) + u128::from(carry);
    let result = truncate(wide as u64, size);
    let flags = result_flags(result, size)
        | bit(wide >> (8 * size) != 0, CF)
        | bit((a ^ result) & (b ^ result) & sign(size) != 0, OF)
        | bit((a ^ b ^ result) & 0x10 != 0, AF);
    (result, flags)
}

/// Difference and flags.
pub(super) fn subtract(a: u64, b: u64, borrow: u64, size: usize) -> (u64, u64) {
    let (a, b) = (truncate(a, size), truncate(b, size));
    let result = truncate(a.wrapping_sub(b).wrapping_sub(borrow), size);
    let flags = result_flags(result, size)
        | bit(u128::from(a) < u128::from(b) + u128::from(borrow), CF)
        | bit((a ^ b) & (a ^ result) & sign(size) != 0, OF)
        | bit((a ^ b ^ result) & 0x10 != 0, AF);
    (result, flags)
}

impl Core<'_> {
    /// Replaces flags.
    pub(super) fn set_flags(&mut self, mask: u64, flags: u64) {
        let rflags = &mut self.cpu.regs.rflags;
        *rflags = *rflags & !mask | flags & mask;
    }

    /// ADD, ADC, SUB, SBB, CMP, AND, OR, XOR, TEST.
    pub(super) fn two_operands(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let (a, b) = (self.get(i, 0)?, self.get(i, 1)?);
        let carry = u64::from(self.cpu.regs.flag(CF));
        let (result, flags) = match i.mnemonic() {
            Mnemonic::Add => add(a, b, 0, size),
            Mnemonic::Adc => add(a, b, carry, size),
            Mnemonic::Sub | Mnemonic::Cmp => subtract(a, b, 0, size),
            Mnemonic::Sbb => subtract(a, b, carry, size),
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

    /// INC, DEC, NEG, NOT.
    pub(super) fn one_operand(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let value = self.get(i, 0)?;
        let (result, flags, mask) = match i.mnemonic() {
            Mnemonic::Inc => with_mask(add(value, 1, 0, size), ARITHMETIC & !CF),
            Mnemonic::Dec => with_mask(subtract(value, 1, 0, size), ARITHMETIC & !CF),
            Mnemonic::Neg => with_mask(subtract(0, value, 0, size), ARITHMETIC),
            _ => (truncate(!value, size), 0, 0),
        };
        self.put(i, 0, result)?;
        self.set_flags(mask, flags);
        Ok(())
    }

    /// XADD.
    pub(super) fn exchange_and_add(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let (a, b) = (self.get(i, 0)?, self.get(i, 1)?);
        let (sum, flags) = add(a, b, 0, size);
        self.set_register(i.op1_register(), a);
        self.put(i, 0, sum)?;
        self.set_flags(ARITHMETIC, flags);
        Ok(())
    }

    /// CMPXCHG.
    pub(super) fn compare_and_exchange(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let accumulator = accumulator(size);
        let (old, new) = (self.get(i, 0)?, self.get(i, 1)?);
        let (_, flags) = subtract(self.register(accumulator), old, 0, size);
        if flags & ZF != 0 {
            self.put(i, 0, new)?;
        } else {
            self.put(i, 0, old)?;
            self.set_register(accumulator, old);
        }
        self.set_flags(ARITHMETIC, flags);
        Ok(())
    }

    /// MUL, IMUL with one operand.
    pub(super) fn multiply_wide(&mut self, i: &Instruction, signed: bool) -> Run<()> {
        let size = self.size(i, 0);
        let bits = 8 * size as u32;
        let (a, b) = (self.register(accumulator(size)), self.get(i, 0)?);
        let product = if signed {
            (i128::from(extend(a, size) as i64) * i128::from(extend(b, size) as i64)) as u128
        } else {
            u128::from(truncate(a, size)) * u128::from(truncate(b, size))
        };
        let (low, high) = (truncate(product as u64, size), truncate((product >> bits) as u64, size));
        self.set_wide(size, low, high);
        let sign_extension = if signed && low & sign(size) != 0 { truncate(u64::MAX, size) } else { 0 };
        let overflow = bit(high != sign_extension, CF | OF);
        self.set_flags(ARITHMETIC, overflow | result_flags(low, size));
        Ok(())
    }

    /// IMUL with two or three operands.
    pub(super) fn multiply(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let (first, second) = if i.op_count() == 3 { (1, 2) } else { (0, 1) };
        let a = extend(self.get(i, first)?, size) as i64;
        let b = extend(self.get(i, second)?, size) as i64;
        let product = i128::from(a) * i128::from(b);
        let result = truncate(product as u64, size);
        self.put(i, 0, result)?;
        let overflow = bit(product != i128::from(extend(result, size) as i64), CF | OF);
        self.set_flags(ARITHMETIC, overflow | result_flags(result, size));
        Ok(())
    }

    /// DIV, IDIV: #DE if the quotient does not fit.
    pub(super) fn divide(&mut self, i: &Instruction, signed: bool) -> Run<()> {
        let size = self.size(i, 0);
        let bits = 8 * size as u32;
        let divisor = truncate(self.get(i, 0)?, size);
        if divisor == 0 {
            return Err(Fault::DIVIDE.into());
        }
        let low = u128::from(truncate(self.register(accumulator(size)), size));
        let high = match size {
            1 => u128::from(self.register(Register::AH)),
            _ => u128::from(truncate(self.cpu.regs.general[2], size)),
        };
        let dividend = high << bits | low;
        let (quotient, remainder) = if signed {
            let spare = 128 - 2 * bits;
            let dividend = (dividend << spare) as i128 >> spare;
            let divisor = i128::from(extend(divisor, size) as i64);
            let (Some(quotient), Some(remainder)) = (dividend.checked_div(divisor), dividend.checked_rem(divisor))
            else {
                return Err(Fault::DIVIDE.into());
            };
            if quotient != i128::from(extend(truncate(quotient as u64, size), size) as i64) {
                return Err(Fault::DIVIDE.into());
            }
            (quotient as u64, remainder as u64)
        } else {
            let (quotient, remainder) = (dividend / u128::from(divisor), dividend % u128::from(divisor));
            if quotient >> bits != 0 {
                return Err(Fault::DIVIDE.into());
            }
            (quotient as u64, remainder as u64)
        };
        self.set_wide(size, truncate(quotient, size), truncate(remainder, size));
        Ok(())
    }

    /// AX for bytes, else the pair (E/R)DX:(E/R)AX.
    fn set_wide(&mut self, size: usize, low: u64, high: u64) {
        if size == 1 {
            self.set_register(Register::AX, high << 8 | low);
        } else {
            self.set_register(accumulator(size), low);
            self.set_register(data_register(size), high);
        }
    }
}

fn with_mask((result, flags): (u64, u64), mask: u64) -> (u64, u64, u64) {
    (result, flags, mask)
}

/// AL, AX, EAX or RAX.
pub(super) fn accumulator(size: usize) -> Register {
    match size {
        1 => Register::AL,
        2 => Register::AX,
        4 => Register::EAX,
        _ => Register::RAX,
    }
}

/// DX, EDX or RDX.
pub(super) fn data_register(size: usize) -> Register {
    match size {
        2 => Register::DX,
        4 => Register::EDX,
        _ => Register::RDX,
    }
}
