//! String instructions.

use iced_x86::{Instruction, Mnemonic, OpKind, Register};
use x86::flags::DF;
use x86::register::ES;

use super::super::cpu::{Core, Run};
use super::Done;
use super::operand::{segment_index, truncate};

/// Index, counter and width of addresses.
struct Pointers {
    size: usize,
}

impl Pointers {
    fn of(i: &Instruction) -> Self {
        let kinds = [i.op0_kind(), i.op1_kind()];
        let has = |wanted: &[OpKind]| kinds.iter().any(|kind| wanted.contains(kind));
        let size = if has(&[OpKind::MemorySegSI, OpKind::MemoryESDI]) {
            2
        } else if has(&[OpKind::MemorySegESI, OpKind::MemoryESEDI]) {
            4
        } else {
            8
        };
        Self { size }
    }

    fn register(&self, words: [Register; 3]) -> Register {
        match self.size {
            2 => words[0],
            4 => words[1],
            _ => words[2],
        }
    }

    fn source(&self) -> Register {
        self.register([Register::SI, Register::ESI, Register::RSI])
    }

    fn target(&self) -> Register {
        self.register([Register::DI, Register::EDI, Register::RDI])
    }

    fn count(&self) -> Register {
        self.register([Register::CX, Register::ECX, Register::RCX])
    }
}

impl Core<'_> {
    /// STOSB, LODSB, OUTSB: one iteration, after which a repeated one can be interrupted.
    pub(super) fn string(&mut self, i: &Instruction) -> Run<Done> {
        let pointers = Pointers::of(i);
        if !i.has_rep_prefix() && !i.has_repne_prefix() {
            self.iterate(i, &pointers)?;
            return Ok(Done::Plain);
        }
        let counter = pointers.count();
        loop {
            if truncate(self.register(counter), pointers.size) == 0 {
                return Ok(Done::Plain);
            }
            self.iterate(i, &pointers)?;
            let left = self.register(counter).wrapping_sub(1);
            self.set_register(counter, left);
            if truncate(left, pointers.size) == 0 {
                return Ok(Done::Plain);
            }
            if self.cpu.rules.repetition_is_interruptible() || self.bus.output.is_some() {
                self.cpu.regs.rip = i.ip();
                return Ok(Done::Iteration);
            }
        }
    }

    fn iterate(&mut self, i: &Instruction, pointers: &Pointers) -> Run<()> {
        let (source, target) = (pointers.source(), pointers.target());
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
