//! Which forms of an instruction take the operands as written.

use iced_x86::{Code, MemorySize, Mnemonic, OpCodeInfo, OpCodeOperandKind as Kind, Register};

use super::forms;
use super::memory::Memory;
use super::operand::{Operand, OperandKind, Value};
use super::sizes::Reach;

/// Whether the form takes these operands, as far as can be told without values.
pub(super) fn takes(code: Code, operands: &[Operand]) -> bool {
    let info = code.op_code();
    let kinds = info.op_kinds();
    if kinds.len() == operands.len() {
        // XCHG of the accumulator with itself has no short form: opcode 90h is NOP, which does not clear the upper half.
        return kinds.iter().zip(operands).all(|(&kind, operand)| takes_one(info, kind, &operand.kind))
            && !swaps_accumulator(code, operands);
    }
    match written(code, operands.len()) {
        Some(kinds) => {
            kinds.iter().zip(operands).all(|(&at, operand)| takes_one(info, info.op_kind(at), &operand.kind))
        }
        None => false,
    }
}

fn swaps_accumulator(code: Code, operands: &[Operand]) -> bool {
    matches!(code, Code::Xchg_r16_AX | Code::Xchg_r32_EAX | Code::Xchg_r64_RAX)
        && matches!(operands, [Operand { kind: OperandKind::Register(one), .. }, Operand { kind: OperandKind::Register(other), .. }] if one == other)
}

/// Indices of the operands that are written, if `count` are: string instructions may leave out those that are always the same.
pub(super) fn written(code: Code, count: usize) -> Option<Vec<u32>> {
    let info = code.op_code();
    if info.op_kinds().len() < count {
        return None;
    }
    let all: Vec<u32> = (0..info.op_count()).collect();
    if all.len() == count {
        return Some(all);
    }
    if !forms::is_string(code) {
        return None;
    }
    let is_memory = |at: u32| implied_base(info.op_kind(at), 8).is_some();
    let is_register = |at: u32| fixed_register(info.op_kind(at)).is_some();
    let without = |left_out: &dyn Fn(u32) -> bool| -> Option<Vec<u32>> {
        let rest: Vec<u32> = all.iter().copied().filter(|&at| !left_out(at)).collect();
        (rest.len() == count).then_some(rest)
    };
    without(&is_register).or_else(|| without(&is_memory)).or_else(|| without(&|at| is_memory(at) || is_register(at)))
}

fn takes_one(info: &OpCodeInfo, kind: Kind, operand: &OperandKind) -> bool {
    match operand {
        OperandKind::Register(register) => takes_register(info, kind, *register),
        OperandKind::Memory(memory) => takes_memory(kind, memory) && size_agrees(info, memory),
        OperandKind::Value(value) => takes_value(kind, value),
        OperandKind::Pointer { size, .. } => match kind {
            Kind::farbr2_2 => matches!(size, None | Some(2)),
            Kind::farbr4_2 => matches!(size, None | Some(4)),
            _ => false,
        },
    }
}

fn takes_register(info: &OpCodeInfo, kind: Kind, register: Register) -> bool {
    match kind {
        Kind::r8_or_mem | Kind::r8_reg | Kind::r8_opcode => register.is_gpr8(),
        // Any width will do, in the shortest form.
        Kind::r16_or_mem | Kind::r32_or_mem | Kind::r64_or_mem if reads_word(info) => is_wide(register),
        Kind::r16_or_mem | Kind::r16_reg | Kind::r16_reg_mem | Kind::r16_rm | Kind::r16_opcode => register.is_gpr16(),
        Kind::r32_or_mem
        | Kind::r32_or_mem_mpx
        | Kind::r32_reg
        | Kind::r32_reg_mem
        | Kind::r32_rm
        | Kind::r32_opcode
        | Kind::r32_vvvv => register.is_gpr32(),
        Kind::r64_or_mem
        | Kind::r64_or_mem_mpx
        | Kind::r64_reg
        | Kind::r64_reg_mem
        | Kind::r64_rm
        | Kind::r64_opcode
        | Kind::r64_vvvv => register.is_gpr64(),
        Kind::mm_or_mem | Kind::mm_reg | Kind::mm_rm => register.is_mm(),
        Kind::xmm_or_mem
        | Kind::xmm_reg
        | Kind::xmm_rm
        | Kind::xmm_vvvv
        | Kind::xmmp3_vvvv
        | Kind::xmm_is4
        | Kind::xmm_is5 => register.is_xmm(),
        Kind::ymm_or_mem | Kind::ymm_reg | Kind::ymm_rm | Kind::ymm_vvvv | Kind::ymm_is4 | Kind::ymm_is5 => {
            register.is_ymm()
        }
        Kind::zmm_or_mem | Kind::zmm_reg | Kind::zmm_rm | Kind::zmm_vvvv | Kind::zmmp3_vvvv => register.is_zmm(),
        Kind::bnd_or_mem_mpx | Kind::bnd_reg => register.is_bnd(),
        Kind::k_or_mem | Kind::k_reg | Kind::kp1_reg | Kind::k_rm | Kind::k_vvvv => register.is_k(),
        Kind::tmm_reg | Kind::tmm_rm | Kind::tmm_vvvv => register.is_tmm(),
        Kind::seg_reg => register.is_segment_register(),
        Kind::cr_reg => register.is_cr(),
        Kind::dr_reg => register.is_dr(),
        Kind::tr_reg => register.is_tr(),
        Kind::sti_opcode => register.is_st(),
        _ => fixed_register(kind) == Some(register),
    }
}

/// The register an operand kind stands for, if it is always the same.
pub(super) fn fixed_register(kind: Kind) -> Option<Register> {
    Some(match kind {
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

/// Whether the form reads a selector or another 16-bit value, whatever the width of the register operand.
pub(super) fn reads_word(info: &OpCodeInfo) -> bool {
    info.op0_kind() == Kind::seg_reg
        || matches!(info.mnemonic(), Mnemonic::Lldt | Mnemonic::Ltr | Mnemonic::Lmsw | Mnemonic::Verr | Mnemonic::Verw)
}

fn is_wide(register: Register) -> bool {
    register.is_gpr16() || register.is_gpr32() || register.is_gpr64()
}

/// The registers of an address that string instructions and XLATB address memory by.
pub(super) fn implied_base(kind: Kind, address_bytes: u32) -> Option<Register> {
    let family = match kind {
        Kind::seg_rSI => [Register::SI, Register::ESI, Register::RSI],
        Kind::es_rDI | Kind::seg_rDI => [Register::DI, Register::EDI, Register::RDI],
        Kind::seg_rBX_al => [Register::BX, Register::EBX, Register::RBX],
        _ => return None,
    };
    Some(match address_bytes {
        2 => family[0],
        4 => family[1],
        _ => family[2],
    })
}

fn takes_memory(kind: Kind, memory: &Memory) -> bool {
    let absolute = memory.base == Register::None && memory.index == Register::None && !memory.relative;
    match kind {
        Kind::seg_rSI | Kind::es_rDI | Kind::seg_rDI | Kind::seg_rBX_al => {
            let plain = memory.index == Register::None && memory.displacement.is_none() && !memory.relative;
            let segment = kind != Kind::es_rDI || matches!(memory.segment, None | Some(Register::ES));
            plain && segment && [2, 4, 8].iter().any(|&bytes| implied_base(kind, bytes) == Some(memory.base))
        }
        Kind::mem_offs => absolute,
        Kind::mem_vsib32x | Kind::mem_vsib64x => memory.index.is_xmm(),
        Kind::mem_vsib32y | Kind::mem_vsib64y => memory.index.is_ymm(),
        Kind::mem_vsib32z | Kind::mem_vsib64z => memory.index.is_zmm(),
        Kind::mem
        | Kind::mem_mpx
        | Kind::mem_mib
        | Kind::sibmem
        | Kind::r8_or_mem
        | Kind::r16_or_mem
        | Kind::r32_or_mem
        | Kind::r32_or_mem_mpx
        | Kind::r64_or_mem
        | Kind::r64_or_mem_mpx
        | Kind::mm_or_mem
        | Kind::xmm_or_mem
        | Kind::ymm_or_mem
        | Kind::zmm_or_mem
        | Kind::bnd_or_mem_mpx
        | Kind::k_or_mem => !memory.index.is_vector_register(),
        _ => false,
    }
}

/// Whether the size word and `far` agree with what the form reads or writes.
///
/// The size of a far pointer is that of the pointer: m16:16 is a dword, m16:32 an fword, m16:64 a tbyte.
fn size_agrees(info: &OpCodeInfo, memory: &Memory) -> bool {
    let size = memory_bytes(info);
    let is_far = matches!(info.memory_size(), MemorySize::SegPtr16 | MemorySize::SegPtr32 | MemorySize::SegPtr64);
    let branches = matches!(info.mnemonic(), Mnemonic::Call | Mnemonic::Jmp);
    let far = memory.reach == Some(Reach::Far) || matches!(memory.size, Some(6 | 10));
    if (branches && is_far != far) || (!branches && memory.reach.is_some()) {
        return false;
    }
    // A pseudo-descriptor is an fword whatever the width of its base.
    let descriptor = info.memory_size() == MemorySize::Fword10;
    memory.size.is_none_or(|written| size == 0 || written == size || (descriptor && written == 6))
}

/// Bytes of memory the form accesses, 0 if that has no fixed answer.
pub(super) fn memory_bytes(info: &OpCodeInfo) -> u32 {
    u32::try_from(info.memory_size().size()).unwrap_or(0)
}

/// Whether the operand is a target that the encoding holds as a distance.
pub(super) fn is_target(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::br16_1
            | Kind::br32_1
            | Kind::br64_1
            | Kind::br16_2
            | Kind::br32_4
            | Kind::br64_4
            | Kind::xbegin_2
            | Kind::xbegin_4
    )
}

fn takes_value(kind: Kind, value: &Value) -> bool {
    let sizes: &[u32] = match kind {
        Kind::imm8 | Kind::imm8_const_1 | Kind::imm4_m2z => &[1],
        Kind::imm8sex16 => &[1, 2],
        Kind::imm8sex32 => &[1, 4],
        Kind::imm8sex64 => &[1, 8],
        Kind::imm16 => &[2],
        Kind::imm32 => &[4],
        Kind::imm32sex64 => &[4, 8],
        Kind::imm64 => &[8],
        _ => {
            let (target, short) = match kind {
                Kind::br16_1 => (2, true),
                Kind::br32_1 => (4, true),
                Kind::br64_1 => (8, true),
                Kind::br16_2 | Kind::xbegin_2 | Kind::brdisp_2 => (2, false),
                Kind::br32_4 | Kind::xbegin_4 | Kind::brdisp_4 => (4, false),
                Kind::br64_4 => (8, false),
                _ => return false,
            };
            let reach = match value.reach {
                None => true,
                Some(Reach::Short) => short,
                Some(Reach::Near) => !short,
                Some(Reach::Far) => false,
            };
            return reach && value.size.is_none_or(|size| size == target);
        }
    };
    value.reach.is_none() && value.size.is_none_or(|size| sizes.contains(&size))
}
