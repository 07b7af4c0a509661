//! Machine code of the few instructions that the suite patches into code in memory (Intel SDM vol. 2; AMD APM vol. 3).

/// Most bytes of one instruction, with its prefixes (Intel SDM vol. 2, 2.3.11 "AVX Instruction Length"; AMD APM vol. 3, 1.1
/// "Instruction Encoding Overview").
pub const LONGEST: usize = 15;
/// The bits of a shift's count that are used (Intel SDM vol. 2, "SAL/SAR/SHL/SHR-Shift"; AMD APM vol. 3, "SAL, SHL").
pub const SHIFT_COUNT: u64 = 0x1f;
/// The same with an operand of 64 bits.
pub const SHIFT_COUNT_64: u64 = 0x3f;
/// NOP of two bytes, the length of an OUT to a port of 8 bits ("NOP-No Operation": XCHG AX, AX in 32-bit and 64-bit code).
pub const NOP_2: [u8; 2] = [0x66, 0x90];
/// NOP.
pub const NOP: u8 = 0x90;
/// JMP to itself ("JMP-Jump", EB cb).
pub const JMP_SELF: [u8; 2] = [0xeb, 0xfe];
/// UD2 ("UD2-Undefined Instruction").
pub const UD2: [u8; 2] = [0x0f, 0x0b];
/// SYSCALL.
pub const SYSCALL: [u8; 2] = [0x0f, 0x05];
/// MOV AL, imm8 ("MOV-Move", B0+rb ib): the opcode.
pub const MOV_AL: u8 = 0xb0;
/// JMP rel16 in 16-bit code ("JMP-Jump", E9 cw): the opcode.
pub const JMP_NEAR: u8 = 0xe9;
/// The prefix that makes the operand size 16 bits in 32-bit code, and the other way round (Intel SDM vol. 2, 2.1.1 "Instruction
/// Prefixes").
pub const OPERAND_SIZE: u8 = 0x66;
