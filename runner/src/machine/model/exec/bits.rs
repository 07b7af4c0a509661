use iced_x86::{Instruction, Mnemonic, OpKind};
use x86::flags::{ARITHMETIC, CF, OF, ZF};

use super::super::cpu::{Core, Run};
use super::arithmetic::result_flags;
use super::operand::{extend, truncate};

fn flag(on: bool, bit: u64) -> u64 {
    if on { bit } else { 0 }
}

impl Core<'_> {
    /// SHL, SHR, SAR.
    pub(super) fn shift(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let bits = 8 * size as u32;
        let value = truncate(self.get(i, 0)?, size);
        let count = (self.get(i, 1)? & if size == 8 { 63 } else { 31 }) as u32;
        if count == 0 {
            return Ok(());
        }
        let top = |value: u64| value >> (bits - 1) & 1 != 0;
        let (result, carry, overflow) = match i.mnemonic() {
            Mnemonic::Shl | Mnemonic::Sal => {
                let wide = u128::from(value) << count;
                let result = truncate(wide as u64, size);
                let carry = wide >> bits & 1 != 0;
                (result, carry, top(result) != carry)
            }
            Mnemonic::Shr => {
                let carry = u128::from(value) << 1 >> count & 1 != 0;
                ((u128::from(value) >> count) as u64, carry, top(value))
            }
            _ => {
                let wide = i128::from(extend(value, size) as i64);
                (truncate((wide >> count) as u64, size), wide << 1 >> count & 1 != 0, false)
            }
        };
        self.put(i, 0, result)?;
        self.set_flags(ARITHMETIC, result_flags(result, size) | flag(carry, CF) | flag(overflow, OF));
        Ok(())
    }

    /// ROL, ROR, RCL, RCR.
    pub(super) fn rotate(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let bits = 8 * size as u32;
        let value = truncate(self.get(i, 0)?, size);
        let masked = (self.get(i, 1)? & if size == 8 { 63 } else { 31 }) as u32;
        if masked == 0 {
            return Ok(());
        }
        let carry_in = self.cpu.regs.flag(CF);
        let top = |value: u64, from: u32| value >> (bits - from) & 1 != 0;
        let (result, carry) = match i.mnemonic() {
            Mnemonic::Rol | Mnemonic::Ror => {
                let left = if i.mnemonic() == Mnemonic::Rol { masked % bits } else { (bits - masked % bits) % bits };
                let wide = u128::from(value) << left;
                let result = truncate((wide | wide >> bits) as u64, size);
                (result, if i.mnemonic() == Mnemonic::Rol { result & 1 != 0 } else { top(result, 1) })
            }
            mnemonic => {
                let width = bits + 1;
                let left = if mnemonic == Mnemonic::Rcl { masked % width } else { (width - masked % width) % width };
                let mut wide = u128::from(value) | u128::from(carry_in) << bits;
                for _ in 0..left {
                    wide = (wide << 1 | wide >> bits & 1) & ((1 << width) - 1);
                }
                (truncate(wide as u64, size), wide >> bits & 1 != 0)
            }
        };
        let overflow = match i.mnemonic() {
            Mnemonic::Rol | Mnemonic::Rcl => top(result, 1) != carry,
            _ => top(result, 1) != top(result, 2),
        };
        self.put(i, 0, result)?;
        self.set_flags(CF | OF, flag(carry, CF) | flag(overflow, OF));
        Ok(())
    }

    /// BT, BTS, BTR, BTC.
    pub(super) fn bit_test(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let bits = 8 * size as u64;
        let index = self.get(i, 1)?;
        let by_register = i.op1_kind() == OpKind::Register;
        let at = if i.op0_kind() == OpKind::Memory && by_register {
            // A register index reaches beyond the operand.
            let (segment, offset) = self.address(i);
            let signed = extend(index, size) as i64;
            Some((segment, offset.wrapping_add((signed.div_euclid(bits as i64) * size as i64) as u64)))
        } else {
            None
        };
        let value = match at {
            Some((segment, offset)) => self.read(segment, offset, size)?,
            None => self.get(i, 0)?,
        };
        let mask = 1u64 << (index & (bits - 1));
        let result = match i.mnemonic() {
            Mnemonic::Bts => value | mask,
            Mnemonic::Btr => value & !mask,
            Mnemonic::Btc => value ^ mask,
            _ => value,
        };
        if i.mnemonic() != Mnemonic::Bt {
            match at {
                Some((segment, offset)) => self.write(segment, offset, size, result)?,
                None => self.put(i, 0, result)?,
            }
        }
        self.set_flags(CF, flag(value & mask != 0, CF));
        Ok(())
    }

    /// BSF, BSR: the target stays as it is for a zero source.
    pub(super) fn bit_scan(&mut self, i: &Instruction) -> Run<()> {
        let size = self.size(i, 0);
        let value = truncate(self.get(i, 1)?, size);
        self.set_flags(ZF, flag(value == 0, ZF));
        if value != 0 {
            let index = if i.mnemonic() == Mnemonic::Bsf { value.trailing_zeros() } else { 63 - value.leading_zeros() };
            self.put(i, 0, index.into())?;
        }
        Ok(())
    }
}
