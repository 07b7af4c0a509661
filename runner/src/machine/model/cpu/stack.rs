//! Pushes and pops, also on a stack that is not yet loaded into the registers, since a delivery or a return can still fail.

use guests::Segment;

use x86::register::{RSP, SS};
use x86::segment::{OFFSET_32, USER};

use super::access::mask;
use super::{Core, Run};

/// A stack for pushes and pops whose pointer is not yet committed to RSP.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stack {
    pub segment: Segment,
    pub pointer: u64,
    /// Which bits of RSP the pointer is.
    pub mask: u64,
    /// Accesses have the rights of CPL 3.
    pub user: bool,
}

impl Core<'_> {
    /// The current stack.
    pub(crate) fn stack(&self) -> Stack {
        let regs = &self.cpu.regs;
        let mask = regs.stack_mask();
        Stack { segment: regs.segments[SS], pointer: regs.general[RSP] & mask, mask, user: regs.cpl == USER }
    }

    /// Makes a stack's pointer the stack pointer.
    pub(crate) fn commit(&mut self, stack: &Stack) {
        let rsp = &mut self.cpu.regs.general[RSP];
        *rsp = *rsp & !stack.mask | stack.pointer & stack.mask;
        if stack.mask == OFFSET_32 {
            *rsp &= stack.mask;
        }
    }

    /// Pushes `size` bytes.
    pub(crate) fn push_on(&mut self, stack: &mut Stack, size: usize, value: u64) -> Run<()> {
        let pointer = stack.pointer.wrapping_sub(size as u64) & stack.mask;
        let linear = self.linear_in(&stack.segment, SS, pointer, size, true)?;
        self.watch(linear, size, true);
        self.write_as(linear, size, value & mask(size), stack.user)?;
        stack.pointer = pointer;
        Ok(())
    }

    /// Pops `size` bytes.
    pub(crate) fn pop_from(&mut self, stack: &mut Stack, size: usize) -> Run<u64> {
        let linear = self.linear_in(&stack.segment, SS, stack.pointer, size, false)?;
        let value = self.read_linear(linear, size)?;
        stack.pointer = stack.pointer.wrapping_add(size as u64) & stack.mask;
        Ok(value)
    }

    /// PUSH of one slot.
    pub(crate) fn push(&mut self, size: usize, value: u64) -> Run<()> {
        let mut stack = self.stack();
        self.push_on(&mut stack, size, value)?;
        self.commit(&stack);
        Ok(())
    }

    /// POP of one slot.
    pub(crate) fn pop(&mut self, size: usize) -> Run<u64> {
        let mut stack = self.stack();
        let value = self.pop_from(&mut stack, size)?;
        self.commit(&stack);
        Ok(value)
    }
}
