//! Fetches and decodes the next instruction.

use iced_x86::{Decoder, DecoderError, DecoderOptions, Instruction, Mnemonic};

use x86::code::LONGEST;
use x86::register::CS;

use super::super::cpu::{Core, Fault, Run};

impl Core<'_> {
    /// Fetches and decodes the next instruction, and moves RIP past it.
    pub(crate) fn fetch(&mut self) -> Run<Instruction> {
        let instruction = self.peek()?;
        let wide = if self.cpu.regs.code64() { u64::MAX } else { 0xffff_ffff };
        self.cpu.regs.rip = instruction.next_ip() & wide;
        Ok(instruction)
    }

    /// Whether the next instruction is an IRET.
    pub(super) fn next_is_iret(&mut self) -> bool {
        self.peek().is_ok_and(|next| matches!(next.mnemonic(), Mnemonic::Iret | Mnemonic::Iretd | Mnemonic::Iretq))
    }

    fn peek(&mut self) -> Run<Instruction> {
        let regs = &self.cpu.regs;
        let (rip, bits) = (regs.rip, regs.bits());
        if bits != 64 && rip > u64::from(regs.segments[CS].limit) {
            return Err(Fault::protection(0).into());
        }
        let linear = regs.linear_rip();
        let address = self.translate_code(linear)?;
        if let Some(known) = self.bus.decoded(address, bits, rip) {
            return Ok(*known);
        }
        let in_page = self.bus.code_bytes(address);
        let mut bytes = [0; LONGEST];
        let mut length = in_page.len();
        bytes[..length].copy_from_slice(in_page);
        let mut instruction = decode(bits, &bytes[..length], rip);
        let crosses = instruction.1 == DecoderError::NoMoreBytes && length < LONGEST;
        if crosses {
            let next = self.translate_code(linear.wrapping_add(length as u64))?;
            let more = self.bus.code_bytes(next);
            let take = more.len().min(LONGEST - length);
            bytes[length..length + take].copy_from_slice(&more[..take]);
            length += take;
            instruction = decode(bits, &bytes[..length], rip);
        }
        let (instruction, error) = instruction;
        if error != DecoderError::None {
            return Err(Fault::UNDEFINED.into());
        }
        let last = rip.wrapping_add(instruction.len() as u64 - 1);
        if bits != 64 && last > u64::from(self.cpu.regs.segments[CS].limit) {
            return Err(Fault::protection(0).into());
        }
        if !crosses {
            self.bus.remember(address, bits, instruction);
        }
        Ok(instruction)
    }
}

fn decode(bits: u32, bytes: &[u8], rip: u64) -> (Instruction, DecoderError) {
    let mut decoder = Decoder::with_ip(bits, bytes, rip, DecoderOptions::NONE);
    let instruction = decoder.decode();
    (instruction, decoder.last_error())
}
