//! String instructions.

use iced_x86::{Instruction, Mnemonic, OpKind, Register};
use x86::flags::DF;
use x86::register::ES;

use super::super::cpu::{Core, Run};
use super::Done;
use super::operand::segment_index;

/// The registers of source, target and count, by the width of addresses.
fn pointers(i: &Instruction) -> [Register; 3] {
    let kinds = [i.op0_kind(), i.op1_kind()];
    let has = |wanted: [OpKind; 2]| kinds.iter().any(|kind| wanted.contains(kind));
    if has([OpKind::MemorySegSI, OpKind::MemoryESDI]) {
        [Register::SI, Register::DI, Register::CX]
    } else if has([OpKind::MemorySegESI, OpKind::MemoryESEDI]) {
        [Register::ESI, Register::EDI, Register::ECX]
    } else {
        [Register::RSI, Register::RDI, Register::RCX]
    }
}

impl Core<'_> {
    /// STOSB, LODSB, OUTSB: one iteration, after which a repeated one can be interrupted.
    pub(super) fn string(&mut self, i: &Instruction) -> Run<Done> {
        let [source, target, counter] = pointers(i);
        if !i.has_rep_prefix() && !i.has_repne_prefix() {
            self.iterate(i, source, target)?;
            return Ok(Done::Plain);
        }
        loop {
            if self.register(counter) == 0 {
                return Ok(Done::Plain);
            }
            self.iterate(i, source, target)?;
            self.set_register(counter, self.register(counter).wrapping_sub(1));
            if self.register(counter) == 0 {
                return Ok(Done::Plain);
            }
            if self.cpu.rules.repetition_is_interruptible() || self.bus.output.is_some() {
                self.cpu.regs.rip = i.ip();
                return Ok(Done::Iteration);
            }
        }
    }

    fn iterate(&mut self, i: &Instruction, source: Register, target: Register) -> Run<()> {
        let segment = segment_index(i.memory_segment());
        match i.mnemonic() {
            Mnemonic::Stosb => {
                self.write(ES, self.register(target), 1, self.register(Register::AL))?;
                self.advance(target);
            }
            Mnemonic::Lodsb => {
                let value = self.read(segment, self.register(source), 1)?;
                self.set_register(Register::AL, value);
                self.advance(source);
            }
            _ => {
                let port = self.register(Register::DX) as u16;
                let value = self.read(segment, self.register(source), 1)?;
                self.output(port, 1, value)?;
                self.advance(source);
            }
        }
        Ok(())
    }

    fn advance(&mut self, register: Register) {
        let value = self.register(register);
        let moved = if self.cpu.regs.flag(DF) { value.wrapping_sub(1) } else { value.wrapping_add(1) };
        self.set_register(register, moved);
    }
}
