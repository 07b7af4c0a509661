//! The guest's own breakpoints (Intel SDM vol. 3, section 17.2 "Debug Registers"; AMD APM vol. 2, section 13.1).

use super::flags::RF;
use super::{Core, Fault, Run};

/// Execution of the instruction at the address.
const EXECUTE: u64 = 0;
/// Writes.
const WRITE: u64 = 1;
/// Reads and writes.
const ACCESS: u64 = 3;

impl Core<'_> {
    /// DR6 bits of the breakpoints that an access of `size` bytes touches.
    fn touched(&self, linear: u64, size: u64, kinds: &[u64]) -> u64 {
        let dr = &self.cpu.regs.dr;
        let mut hit = 0;
        for index in 0..4 {
            let control = dr[7] >> (16 + 4 * index);
            let length = match control >> 2 & 3 {
                0 => 1,
                1 => 2,
                2 => 8,
                _ => 4,
            };
            let first = dr[index] & !(length - 1);
            let overlaps = linear < first.wrapping_add(length) && first < linear.wrapping_add(size);
            if dr[7] >> (2 * index) & 3 != 0 && kinds.contains(&(control & 3)) && overlaps {
                hit |= 1 << index;
            }
        }
        hit
    }

    /// An access to data: a hit traps after the instruction.
    pub(super) fn watch(&mut self, linear: u64, size: usize, write: bool) {
        if self.cpu.regs.dr[7] & 0xff != 0 {
            let kinds: &[u64] = if write { &[WRITE, ACCESS] } else { &[ACCESS] };
            self.cpu.watched |= self.touched(linear, size as u64, kinds);
        }
    }

    /// Whether a breakpoint on the next instruction passes unnoticed: RF is set, or a load of SS stands before it.
    pub(crate) fn ignores_instruction_breakpoints(&self) -> bool {
        self.cpu.regs.flag(RF) || self.rules.shadow_hides_breakpoints(self.cpu.regs.shadow)
    }

    /// A breakpoint on the next instruction is a fault before it, unless it passes unnoticed.
    pub(crate) fn check_instruction_breakpoint(&mut self) -> Run<()> {
        if self.cpu.regs.dr[7] & 0xff == 0 || self.ignores_instruction_breakpoints() {
            return Ok(());
        }
        let hit = self.touched(self.cpu.regs.linear_rip(), 1, &[EXECUTE]);
        if hit == 0 {
            return Ok(());
        }
        self.cpu.breakpoint_hit = hit;
        Err(Fault::DEBUG.into())
    }
}
