//! The guest's own breakpoints (Intel SDM vol. 3, section 17.2 "Debug Registers"; AMD APM vol. 2, section 13.1).

use x86::debug::{BREAKPOINTS, Dr7, EXECUTION, READS_AND_WRITES, WRITES};
use x86::flags::RF;

use super::{Core, Cpu, Fault, Run};

impl Core<'_> {
    /// DR6 bits of the breakpoints that an access of `size` bytes touches.
    fn touched(&self, linear: u64, size: u64, accesses: &[u8]) -> u64 {
        let dr = &self.cpu.regs.dr;
        let control = Dr7::from_bits(dr[7]);
        let mut hit = 0;
        for index in (0..BREAKPOINTS).filter(|&index| control.is_enabled(index)) {
            let condition = control.condition(index);
            let first = dr[usize::from(index)] & !(condition.bytes() - 1);
            let overlaps = linear < first.wrapping_add(condition.bytes()) && first < linear.wrapping_add(size);
            if accesses.contains(&condition.access()) && overlaps {
                hit |= 1 << index;
            }
        }
        hit
    }

    fn has_breakpoints(&self) -> bool {
        let cpu = &*self.cpu;
        Dr7::from_bits(cpu.regs.dr[7]).enabled() != 0 && (cpu.svm.gif || !cpu.rules.gif_discards_breakpoints())
    }

    /// Notes an access to data: a hit traps after the instruction.
    pub(super) fn watch(&mut self, linear: u64, size: usize, write: bool) {
        if self.has_breakpoints() {
            let accesses: &[u8] = if write { &[WRITES, READS_AND_WRITES] } else { &[READS_AND_WRITES] };
            self.cpu.watched |= self.touched(linear, size as u64, accesses);
        }
    }

    /// Whether a breakpoint on the next instruction is ignored.
    pub(crate) fn ignores_instruction_breakpoints(&mut self) -> bool {
        let Cpu { regs, rules, .. } = &*self.cpu;
        rules.instruction_breakpoint_is_ignored(regs.flag(RF), regs.between_iterations)
            || self.choices.choose(rules.shadow_hides_instruction_breakpoints(regs.shadow), false)
    }

    /// The fault of a breakpoint on the next instruction, unless it is ignored.
    pub(crate) fn check_instruction_breakpoint(&mut self) -> Run<()> {
        if !self.has_breakpoints() || self.ignores_instruction_breakpoints() {
            return Ok(());
        }
        let hit = self.touched(self.cpu.regs.linear_rip(), 1, &[EXECUTION]);
        if hit == 0 {
            return Ok(());
        }
        self.cpu.breakpoint_hit = hit;
        Err(Fault::DEBUG.into())
    }
}
