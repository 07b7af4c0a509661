//! Instructions of a given form, with a few choices of operands.

use iced_x86::{Code, Instruction, OpCodeOperandKind as Kind, OpKind, Register};

/// Where the instructions stand.
pub(crate) const IP: u64 = 0x2000;
const VARIANTS: u32 = 12;

/// A few instructions of the form; not all of them can be encoded.
pub(crate) fn instances(code: Code, bits: u32) -> Vec<Instruction> {
    (0..VARIANTS)
        .filter_map(|variant| {
            let mut instruction = Instruction::new();
            instruction.set_code(code);
            let maker = Maker { bits, variant };
            let kinds = code.op_code().op_kinds();
            (0..).zip(kinds).all(|(at, &kind)| maker.operand(&mut instruction, at, kind)).then_some(instruction)
        })
        .collect()
}

struct Maker {
    bits: u32,
    variant: u32,
}

impl Maker {
    /// Sets an operand, if the kind is known.
    fn operand(&self, to: &mut Instruction, at: u32, kind: Kind) -> bool {
        if let Some(register) = self.register(kind, at) {
            to.set_op_kind(at, OpKind::Register);
            to.set_op_register(at, register);
            return true;
        }
        self.value(to, at, kind) || self.memory(to, at, kind)
    }

    fn nth(&self, first: Register, at: u32) -> Register {
        // Other registers for other operands; the numbered ones in 64-bit code only.
        let numbers = [1 + at, 3, if self.bits == 64 { 9 + at } else { 6 }, 0];
        first + numbers[(self.variant % 4) as usize]
    }

    fn register(&self, kind: Kind, at: u32) -> Option<Register> {
        let or_mem = matches!(
            kind,
            Kind::r8_or_mem
                | Kind::r16_or_mem
                | Kind::r32_or_mem
                | Kind::r32_or_mem_mpx
                | Kind::r64_or_mem
                | Kind::r64_or_mem_mpx
                | Kind::mm_or_mem
                | Kind::xmm_or_mem
                | Kind::ymm_or_mem
                | Kind::bnd_or_mem_mpx
                | Kind::k_or_mem
        );
        if or_mem && self.variant >= 4 {
            return None;
        }
        let few = |first: Register| first + (self.variant + at) % 4;
        Some(match kind {
            Kind::r8_or_mem | Kind::r8_reg | Kind::r8_opcode => {
                [Register::CL, Register::BH, if self.bits == 64 { Register::R9L } else { Register::DL }, Register::AL]
                    [(self.variant % 4) as usize]
            }
            Kind::r16_or_mem | Kind::r16_reg | Kind::r16_reg_mem | Kind::r16_rm | Kind::r16_opcode => {
                self.nth(Register::AX, at)
            }
            Kind::r32_or_mem
            | Kind::r32_or_mem_mpx
            | Kind::r32_reg
            | Kind::r32_reg_mem
            | Kind::r32_rm
            | Kind::r32_opcode
            | Kind::r32_vvvv => self.nth(Register::EAX, at),
            Kind::r64_or_mem
            | Kind::r64_or_mem_mpx
            | Kind::r64_reg
            | Kind::r64_reg_mem
            | Kind::r64_rm
            | Kind::r64_opcode
            | Kind::r64_vvvv => self.nth(Register::RAX, at),
            Kind::seg_reg => [Register::DS, Register::SS, Register::GS, Register::ES][(self.variant % 4) as usize],
            Kind::cr_reg => [Register::CR0, Register::CR3, Register::CR4, Register::CR2][(self.variant % 4) as usize],
            Kind::dr_reg => few(Register::DR0),
            Kind::tr_reg => few(Register::TR3),
            Kind::bnd_or_mem_mpx | Kind::bnd_reg => few(Register::BND0),
            Kind::k_or_mem | Kind::k_reg | Kind::k_rm | Kind::k_vvvv | Kind::kp1_reg => few(Register::K1),
            Kind::mm_or_mem | Kind::mm_reg | Kind::mm_rm => few(Register::MM1),
            Kind::xmm_or_mem
            | Kind::xmm_reg
            | Kind::xmm_rm
            | Kind::xmm_vvvv
            | Kind::xmm_is4
            | Kind::xmm_is5
            | Kind::xmmp3_vvvv => few(Register::XMM1),
            Kind::ymm_or_mem | Kind::ymm_reg | Kind::ymm_rm | Kind::ymm_vvvv | Kind::ymm_is4 | Kind::ymm_is5 => {
                few(Register::YMM1)
            }
            Kind::tmm_reg | Kind::tmm_rm | Kind::tmm_vvvv => few(Register::TMM1),
            Kind::sti_opcode => few(Register::ST0) + 1,
            Kind::es => Register::ES,
            Kind::cs => Register::CS,
            Kind::ss => Register::SS,
            Kind::ds => Register::DS,
            Kind::fs => Register::FS,
            Kind::gs => Register::GS,
            Kind::al => Register::AL,
            Kind::cl => Register::CL,
            Kind::ax => Register::AX,
            Kind::dx => Register::DX,
            Kind::eax => Register::EAX,
            Kind::rax => Register::RAX,
            Kind::st0 => Register::ST0,
            _ => return None,
        })
    }

    fn value(&self, to: &mut Instruction, at: u32, kind: Kind) -> bool {
        let odd = self.variant % 2 == 1;
        let second = at > 0 && matches!(to.op_kind(at - 1), OpKind::Immediate8 | OpKind::Immediate16);
        // Wide values, so that no shorter form can hold them.
        match kind {
            Kind::imm8 | Kind::imm4_m2z if second => {
                to.set_op_kind(at, OpKind::Immediate8_2nd);
                to.set_immediate8_2nd(if odd { 3 } else { 0x12 });
            }
            Kind::imm8 | Kind::imm4_m2z => {
                to.set_op_kind(at, OpKind::Immediate8);
                to.set_immediate8(if kind == Kind::imm4_m2z {
                    3
                } else if odd {
                    0x85
                } else {
                    0x12
                });
            }
            Kind::imm8_const_1 => {
                to.set_op_kind(at, OpKind::Immediate8);
                to.set_immediate8(1);
            }
            Kind::imm8sex16 => {
                to.set_op_kind(at, OpKind::Immediate8to16);
                to.set_immediate8to16(if odd { -5 } else { 0x12 });
            }
            Kind::imm8sex32 => {
                to.set_op_kind(at, OpKind::Immediate8to32);
                to.set_immediate8to32(if odd { -5 } else { 0x12 });
            }
            Kind::imm8sex64 => {
                to.set_op_kind(at, OpKind::Immediate8to64);
                to.set_immediate8to64(if odd { -5 } else { 0x12 });
            }
            Kind::imm16 => {
                to.set_op_kind(at, OpKind::Immediate16);
                to.set_immediate16(if odd { 0xfedc } else { 0x1234 });
            }
            Kind::imm32 => {
                to.set_op_kind(at, OpKind::Immediate32);
                to.set_immediate32(if odd { 0xfedc_ba98 } else { 0x1234_5678 });
            }
            Kind::imm32sex64 => {
                to.set_op_kind(at, OpKind::Immediate32to64);
                to.set_immediate32to64(if odd { -0x1234_5678 } else { 0x1234_5678 });
            }
            Kind::imm64 => {
                to.set_op_kind(at, OpKind::Immediate64);
                to.set_immediate64(if odd { 0xfedc_ba98_7654_3210 } else { 0x1234_5678_9abc_def0 });
            }
            Kind::farbr2_2 => {
                to.set_op_kind(at, OpKind::FarBranch16);
                to.set_far_branch16(0x1234);
                to.set_far_branch_selector(8);
            }
            Kind::farbr4_2 => {
                to.set_op_kind(at, OpKind::FarBranch32);
                to.set_far_branch32(0x1234_5678);
                to.set_far_branch_selector(8);
            }
            _ => return self.target(to, at, kind),
        }
        true
    }

    fn target(&self, to: &mut Instruction, at: u32, kind: Kind) -> bool {
        let (near, far) = (0x2010, 0x2400);
        match kind {
            Kind::br16_1 | Kind::br16_2 | Kind::brdisp_2 => {
                to.set_op_kind(at, OpKind::NearBranch16);
                to.set_near_branch16(if kind == Kind::br16_1 { near } else { far });
            }
            Kind::br32_1 | Kind::br32_4 | Kind::brdisp_4 => {
                to.set_op_kind(at, OpKind::NearBranch32);
                to.set_near_branch32(if kind == Kind::br32_1 { near } else { far }.into());
            }
            Kind::xbegin_2 | Kind::xbegin_4 if self.bits != 64 => {
                to.set_op_kind(at, OpKind::NearBranch32);
                to.set_near_branch32(far.into());
            }
            Kind::br64_1 | Kind::br64_4 | Kind::xbegin_2 | Kind::xbegin_4 => {
                to.set_op_kind(at, OpKind::NearBranch64);
                to.set_near_branch64(if kind == Kind::br64_1 { near } else { far }.into());
            }
            _ => return false,
        }
        true
    }

    fn memory(&self, to: &mut Instruction, at: u32, kind: Kind) -> bool {
        let other = self.variant % 2 == 1;
        let width = match (self.bits, other) {
            (16, false) | (32, true) => 0,
            (32, false) | (16 | 64, true) => 1,
            _ => 2,
        };
        let implied = match kind {
            Kind::seg_rSI => Some([OpKind::MemorySegSI, OpKind::MemorySegESI, OpKind::MemorySegRSI]),
            Kind::es_rDI => Some([OpKind::MemoryESDI, OpKind::MemoryESEDI, OpKind::MemoryESRDI]),
            Kind::seg_rDI => Some([OpKind::MemorySegDI, OpKind::MemorySegEDI, OpKind::MemorySegRDI]),
            _ => None,
        };
        if let Some(kinds) = implied {
            to.set_op_kind(at, kinds[width]);
            if self.variant >= 8 && kind == Kind::seg_rSI {
                to.set_segment_prefix(Register::FS);
            }
            return true;
        }
        to.set_op_kind(at, OpKind::Memory);
        match kind {
            Kind::seg_rBX_al => {
                to.set_memory_base([Register::BX, Register::EBX, Register::RBX][width]);
                to.set_memory_index(Register::AL);
            }
            Kind::mem_offs => {
                to.set_memory_displ_size([2, 4, 8][width]);
                to.set_memory_displacement64([0x1234, 0x1234_5678, 0x1234_5678_9abc_def0][width]);
            }
            Kind::mem_vsib32x | Kind::mem_vsib64x => self.address(to, Register::XMM5),
            Kind::mem_vsib32y | Kind::mem_vsib64y => self.address(to, Register::YMM5),
            _ => self.address(to, Register::None),
        }
        true
    }

    /// An address of one of several shapes.
    fn address(&self, to: &mut Instruction, vector: Register) {
        let (base, index, scale, size, displacement, segment) = match (self.bits, self.variant % 8) {
            (16, 0) => (Register::BX, Register::None, 1, 0, 0, Register::None),
            (16, 1) => (Register::BP, Register::DI, 1, 1, 0x12, Register::None),
            (16, 2) => (Register::None, Register::None, 1, 2, 0x1234, Register::FS),
            (16, 3) | (32, 0) => (Register::EBX, Register::None, 1, 0, 0, Register::None),
            (16, 4) | (32, 1) => (Register::EBP, Register::ESI, 4, 1, 0x12, Register::None),
            (16, 5) | (32, 2) => (Register::None, Register::None, 1, 4, 0x1234_5678, Register::FS),
            (16, 6) | (32, 4) => (Register::ESP, Register::None, 1, 4, 0x8765_4321, Register::GS),
            (32, 3) => (Register::BX, Register::SI, 1, 2, 0x1234, Register::None),
            (32, 5) => (Register::None, Register::ECX, 8, 4, 0x12, Register::None),
            (32, 6) => (Register::SI, Register::None, 1, 1, 0x70, Register::GS),
            (64, 0) => (Register::RBX, Register::None, 1, 0, 0, Register::None),
            (64, 1) => (Register::R13, Register::R14, 8, 1, 0x12, Register::None),
            (64, 2) => (Register::None, Register::None, 1, 8, 0x1234_5678, Register::FS),
            (64, 3) => (Register::RIP, Register::None, 1, 8, 0x1234_5678, Register::None),
            (64, 4) => (Register::RSP, Register::RAX, 1, 8, u64::MAX - 0x1234, Register::GS),
            (64, 5) => (Register::ECX, Register::EDX, 2, 1, 8, Register::None),
            (64, 6) => (Register::None, Register::RCX, 4, 8, 0x12, Register::None),
            _ => (Register::DI + if self.bits == 16 { 0 } else { 16 }, Register::None, 1, 1, 0x7f, Register::None),
        };
        to.set_memory_base(base);
        to.set_memory_index(if vector == Register::None { index } else { vector });
        to.set_memory_index_scale(scale);
        to.set_memory_displ_size(size);
        to.set_memory_displacement64(displacement);
        to.set_segment_prefix(segment);
    }
}
