//! Machine code and register numbers, as a disassembler that is not ours reads them.

use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};
use x86::{code, register};

/// The one instruction that these bytes are.
fn decoded(bits: u32, bytes: &[u8]) -> Instruction {
    let instruction = Decoder::with_ip(bits, bytes, 0x1000, DecoderOptions::NONE).decode();
    assert_eq!(instruction.len(), bytes.len(), "{bytes:02x?}");
    instruction
}

#[test]
fn instructions_are_what_their_names_say() {
    for bits in [32, 64] {
        assert_eq!(decoded(bits, &[code::NOP]).mnemonic(), Mnemonic::Nop);
        assert_eq!(decoded(bits, &code::NOP_2).mnemonic(), Mnemonic::Nop);
        let jump = decoded(bits, &code::JMP_SELF);
        assert_eq!((jump.mnemonic(), jump.near_branch_target()), (Mnemonic::Jmp, 0x1000));
        assert_eq!(decoded(bits, &code::UD2).mnemonic(), Mnemonic::Ud2);
        let mov = decoded(bits, &[code::MOV_AL, 0x12]);
        assert_eq!((mov.mnemonic(), mov.op0_register(), mov.immediate8()), (Mnemonic::Mov, Register::AL, 0x12));
    }
    assert_eq!(decoded(64, &code::SYSCALL).mnemonic(), Mnemonic::Syscall);
    let near = decoded(16, &[code::JMP_NEAR, 0x10, 0x00]);
    assert_eq!((near.mnemonic(), near.near_branch_target()), (Mnemonic::Jmp, 0x1013));
}

#[test]
fn no_instruction_is_longer_than_the_limit() {
    let mut bytes = [code::OPERAND_SIZE; code::LONGEST + 1];
    bytes[code::LONGEST - 1] = code::NOP;
    assert_eq!(decoded(64, &bytes[..code::LONGEST]).mnemonic(), Mnemonic::Nop);
    bytes = [code::OPERAND_SIZE; code::LONGEST + 1];
    bytes[code::LONGEST] = code::NOP;
    assert!(Decoder::new(64, &bytes, DecoderOptions::NONE).decode().is_invalid());
}

#[test]
fn counts_of_shifts_have_five_bits_and_six() {
    assert_eq!((code::SHIFT_COUNT, code::SHIFT_COUNT_64), (31, 63));
}

#[test]
fn the_prefix_switches_the_operand_size() {
    let sizes = [(32, OpKind::Immediate16), (16, OpKind::Immediate32)];
    for (bits, kind) in sizes {
        // MOV eAX, imm: B8 and the immediate value, of the operand's size.
        let immediate = [code::OPERAND_SIZE, 0xb8, 1, 0, 0, 0];
        let length = if bits == 32 { 4 } else { 6 };
        assert_eq!(decoded(bits, &immediate[..length]).op_kind(1), kind);
    }
}

#[test]
fn registers_have_the_numbers_of_their_encoding() {
    let general = [
        (register::RAX, Register::RAX),
        (register::RCX, Register::RCX),
        (register::RDX, Register::RDX),
        (register::RBX, Register::RBX),
        (register::RSP, Register::RSP),
        (register::R11, Register::R11),
    ];
    for (number, want) in general {
        // MOV r64, RAX: REX.W (REX.B with bit 3 of the number), 89, ModRM.
        let bytes = [0x48 | (number as u8 >> 3), 0x89, 0xc0 | (number as u8 & 7)];
        assert_eq!(decoded(64, &bytes).op0_register(), want);
    }
    let segments = [
        (register::ES, Register::ES),
        (register::CS, Register::CS),
        (register::SS, Register::SS),
        (register::DS, Register::DS),
        (register::FS, Register::FS),
        (register::GS, Register::GS),
    ];
    for (number, want) in segments {
        // MOV EAX, Sreg: 8C, ModRM.
        assert_eq!(decoded(64, &[0x8c, 0xc0 | (number as u8) << 3]).op1_register(), want);
    }
}
