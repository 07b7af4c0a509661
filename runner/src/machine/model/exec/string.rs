use iced_x86::{Instruction, Mnemonic, OpKind, Register};
use x86::flags::{ARITHMETIC, DF, ZF};

use super::super::cpu::{Core, ES, Run};
use super::Done;
use super::arithmetic::{accumulator, subtract};
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
    /// MOVS, STOS, LODS, CMPS, SCAS, INS, OUTS: one iteration, after which a repeated one can be interrupted.
    pub(super) fn string(&mut self, i: &Instruction, size: usize) -> Run<Done> {
        let pointers = Pointers::of(i);
        let repeated = i.has_rep_prefix() || i.has_repne_prefix();
        if !repeated {
            self.iterate(i, size, &pointers)?;
            return Ok(Done::Plain);
        }
        let counter = pointers.count();
        loop {
            if truncate(self.register(counter), pointers.size) == 0 {
                return Ok(Done::Plain);
            }
            self.iterate(i, size, &pointers)?;
            let left = self.register(counter).wrapping_sub(1);
            self.set_register(counter, left);
            let compares = matches!(
                i.mnemonic(),
                Mnemonic::Cmpsb
                    | Mnemonic::Cmpsw
                    | Mnemonic::Cmpsd
                    | Mnemonic::Cmpsq
                    | Mnemonic::Scasb
                    | Mnemonic::Scasw
                    | Mnemonic::Scasd
                    | Mnemonic::Scasq
            );
            let goes_on = !compares || self.cpu.regs.flag(ZF) != i.has_repne_prefix();
            if truncate(left, pointers.size) == 0 || !goes_on {
                return Ok(Done::Plain);
            }
            if self.cpu.rules.repetition_is_interruptible() || self.bus.output.is_some() {
                self.cpu.regs.rip = i.ip();
                return Ok(Done::Iteration);
            }
        }
    }

    fn iterate(&mut self, i: &Instruction, size: usize, pointers: &Pointers) -> Run<()> {
        let (source, target) = (pointers.source(), pointers.target());
        let segment = segment_index(i.memory_segment());
        match i.mnemonic() {
            Mnemonic::Movsb | Mnemonic::Movsw | Mnemonic::Movsd | Mnemonic::Movsq => {
                let value = self.read(segment, self.register(source), size)?;
                self.write(ES, self.register(target), size, value)?;
                self.advance(source, size);
                self.advance(target, size);
            }
            Mnemonic::Stosb | Mnemonic::Stosw | Mnemonic::Stosd | Mnemonic::Stosq => {
                let value = self.register(accumulator(size));
                self.write(ES, self.register(target), size, value)?;
                self.advance(target, size);
            }
            Mnemonic::Lodsb | Mnemonic::Lodsw | Mnemonic::Lodsd | Mnemonic::Lodsq => {
                let value = self.read(segment, self.register(source), size)?;
                self.set_register(accumulator(size), value);
                self.advance(source, size);
            }
            Mnemonic::Scasb | Mnemonic::Scasw | Mnemonic::Scasd | Mnemonic::Scasq => {
                let value = self.read(ES, self.register(target), size)?;
                let (_, flags) = subtract(self.register(accumulator(size)), value, 0, size);
                self.advance(target, size);
                self.set_flags(ARITHMETIC, flags);
            }
            Mnemonic::Insb | Mnemonic::Insw | Mnemonic::Insd => {
                let port = self.register(Register::DX) as u16;
                let value = self.input(port, size)?;
                self.write(ES, self.register(target), size, value)?;
                self.advance(target, size);
            }
            Mnemonic::Outsb | Mnemonic::Outsw | Mnemonic::Outsd => {
                let port = self.register(Register::DX) as u16;
                let value = self.read(segment, self.register(source), size)?;
                self.output(port, size, value)?;
                self.advance(source, size);
            }
            _ => {
                let first = self.read(segment, self.register(source), size)?;
                let second = self.read(ES, self.register(target), size)?;
                let (_, flags) = subtract(first, second, 0, size);
                self.advance(source, size);
                self.advance(target, size);
                self.set_flags(ARITHMETIC, flags);
            }
        }
        Ok(())
    }

    fn advance(&mut self, register: Register, size: usize) {
        let value = self.register(register);
        let step = size as u64;
        let moved = if self.cpu.regs.flag(DF) { value.wrapping_sub(step) } else { value.wrapping_add(step) };
        self.set_register(register, moved);
    }
}
