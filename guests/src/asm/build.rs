//! Builds an iced instruction from a form and operands that have values.

use iced_x86::{Code, Instruction, OpCodeOperandKind as Kind, OpKind, Register};

use super::expr::{self, Env, Expr};
use super::matching;
use super::memory::Memory;
use super::operand::{Operand, OperandKind};
use super::prefixes::Prefixes;
use super::problem::{Problem, Span};

/// Why a form cannot hold the values.
pub(super) struct Failure {
    pub(super) problem: Problem,
    /// How many bits the form has for the value: the error of the widest form is reported.
    pub(super) bits: u32,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { problem, bits: u32::MAX }
    }
}

/// What an instruction is built for.
pub(super) struct Site<'a> {
    pub(super) bits: u32,
    pub(super) env: &'a Env<'a>,
    /// Bytes of an address that has no registers.
    pub(super) address_bytes: u32,
}

/// Builds the instruction; `next` is the address behind it, for distances from RIP.
pub(super) fn build(
    code: Code,
    operands: &[Operand],
    prefixes: &Prefixes,
    site: &Site<'_>,
    next: i128,
) -> Result<Instruction, Failure> {
    let mut instruction = Instruction::new();
    instruction.set_code(code);
    let info = code.op_code();
    let written = matching::written(code, operands.len()).unwrap_or_default();
    for (at, &kind) in (0_u32..).zip(info.op_kinds()) {
        let Some(operand) = written.iter().position(|&place| place == at).and_then(|place| operands.get(place)) else {
            implied(&mut instruction, at, kind, site.address_bytes);
            continue;
        };
        match &operand.kind {
            OperandKind::Register(register) => {
                let register = if matching::reads_word(info) { resized(*register, kind) } else { *register };
                instruction.set_op_kind(at, OpKind::Register);
                instruction.set_op_register(at, register);
            }
            OperandKind::Value(value) => {
                let value = value.expr.value(site.env)?;
                set_value(&mut instruction, at, kind, value, operand.span, site.bits)?;
            }
            OperandKind::Pointer { selector, offset, .. } => {
                set_pointer(&mut instruction, at, kind, (selector, offset), operand.span, site.env)?;
            }
            OperandKind::Memory(memory) => {
                set_memory(&mut instruction, (at, kind), (memory, operand.span), prefixes, site, next)?;
            }
        }
    }
    prefixes.apply(&mut instruction);
    Ok(instruction)
}

/// An operand that is not written: what a string instruction always uses.
fn implied(instruction: &mut Instruction, at: u32, kind: Kind, address_bytes: u32) {
    if let Some(register) = matching::fixed_register(kind) {
        instruction.set_op_kind(at, OpKind::Register);
        instruction.set_op_register(at, register);
    } else {
        set_implied_memory(instruction, at, kind, address_bytes);
    }
}

fn set_implied_memory(instruction: &mut Instruction, at: u32, kind: Kind, address_bytes: u32) {
    let kinds = match kind {
        Kind::seg_rSI => [OpKind::MemorySegSI, OpKind::MemorySegESI, OpKind::MemorySegRSI],
        Kind::es_rDI => [OpKind::MemoryESDI, OpKind::MemoryESEDI, OpKind::MemoryESRDI],
        Kind::seg_rDI => [OpKind::MemorySegDI, OpKind::MemorySegEDI, OpKind::MemorySegRDI],
        _ => {
            instruction.set_op_kind(at, OpKind::Memory);
            instruction.set_memory_base(matching::implied_base(kind, address_bytes).unwrap_or_default());
            instruction.set_memory_index(Register::AL);
            return;
        }
    };
    instruction.set_op_kind(
        at,
        match address_bytes {
            2 => kinds[0],
            4 => kinds[1],
            _ => kinds[2],
        },
    );
}

/// The register of the width the form wants, with the same number.
fn resized(register: Register, kind: Kind) -> Register {
    let first = match kind {
        Kind::r16_or_mem => Register::AX,
        Kind::r32_or_mem => Register::EAX,
        Kind::r64_or_mem => Register::RAX,
        _ => return register,
    };
    first + u32::try_from(register.number()).unwrap_or(0)
}

/// `value` as `bits` bits, signed or unsigned.
fn fit(value: i128, bits: u32, span: Span) -> Result<u64, Failure> {
    expr::fit(value, bits, span).map_err(|problem| Failure { problem, bits })
}

/// `value` as `bits` bits that sign-extend to `wide` bits.
fn fit_extended(value: i128, bits: u32, wide: u32, span: Span) -> Result<i64, Failure> {
    let truncated = fit(value, wide, span)?;
    let extended = (truncated << (64 - wide)) as i64 >> (64 - wide);
    if extended < -(1 << (bits - 1)) || extended >= 1 << (bits - 1) {
        let problem = expr::misfit(value, &format!("{bits} bits that sign-extend to {wide}"), span);
        return Err(Failure { problem, bits });
    }
    Ok(extended)
}

fn set_value(
    instruction: &mut Instruction,
    at: u32,
    kind: Kind,
    value: i128,
    span: Span,
    bits: u32,
) -> Result<(), Failure> {
    let second = at > 0 && matches!(instruction.op_kind(at - 1), OpKind::Immediate8 | OpKind::Immediate16);
    let op_kind = match kind {
        Kind::imm8_const_1 if value != 1 => {
            return Err(Failure { problem: Problem::new(span, "only 1 fits here"), bits: 0 });
        }
        Kind::imm8 | Kind::imm4_m2z if second => OpKind::Immediate8_2nd,
        Kind::imm8 | Kind::imm8_const_1 | Kind::imm4_m2z => OpKind::Immediate8,
        Kind::imm8sex16 => OpKind::Immediate8to16,
        Kind::imm8sex32 => OpKind::Immediate8to32,
        Kind::imm8sex64 => OpKind::Immediate8to64,
        Kind::imm16 => OpKind::Immediate16,
        Kind::imm32 => OpKind::Immediate32,
        Kind::imm32sex64 => OpKind::Immediate32to64,
        Kind::imm64 => OpKind::Immediate64,
        Kind::br16_1 | Kind::br16_2 | Kind::brdisp_2 => OpKind::NearBranch16,
        Kind::br32_1 | Kind::br32_4 | Kind::brdisp_4 => OpKind::NearBranch32,
        Kind::xbegin_2 | Kind::xbegin_4 if bits != 64 => OpKind::NearBranch32,
        _ => OpKind::NearBranch64,
    };
    instruction.set_op_kind(at, op_kind);
    match op_kind {
        OpKind::Immediate8 => instruction.set_immediate8(fit(value, 8, span)? as u8),
        OpKind::Immediate8_2nd => instruction.set_immediate8_2nd(fit(value, 8, span)? as u8),
        OpKind::Immediate8to16 => instruction.set_immediate8to16(fit_extended(value, 8, 16, span)? as i16),
        OpKind::Immediate8to32 => instruction.set_immediate8to32(fit_extended(value, 8, 32, span)? as i32),
        OpKind::Immediate8to64 => instruction.set_immediate8to64(fit_extended(value, 8, 64, span)?),
        OpKind::Immediate16 => instruction.set_immediate16(fit(value, 16, span)? as u16),
        OpKind::Immediate32 => instruction.set_immediate32(fit(value, 32, span)? as u32),
        OpKind::Immediate32to64 => instruction.set_immediate32to64(fit_extended(value, 32, 64, span)?),
        OpKind::Immediate64 => instruction.set_immediate64(fit(value, 64, span)?),
        OpKind::NearBranch16 => instruction.set_near_branch16(fit(value, 16, span)? as u16),
        OpKind::NearBranch32 => instruction.set_near_branch32(fit(value, 32, span)? as u32),
        _ => instruction.set_near_branch64(fit(value, 64, span)?),
    }
    Ok(())
}

fn set_pointer(
    instruction: &mut Instruction,
    at: u32,
    kind: Kind,
    (selector, offset): (&Expr, &Expr),
    span: Span,
    env: &Env<'_>,
) -> Result<(), Failure> {
    let selector = fit(selector.value(env)?, 16, span)?;
    let offset = offset.value(env)?;
    if kind == Kind::farbr2_2 {
        instruction.set_op_kind(at, OpKind::FarBranch16);
        instruction.set_far_branch16(fit(offset, 16, span)? as u16);
    } else {
        instruction.set_op_kind(at, OpKind::FarBranch32);
        instruction.set_far_branch32(fit(offset, 32, span)? as u32);
    }
    instruction.set_far_branch_selector(selector as u16);
    Ok(())
}

/// Width in bytes of the address registers; `None` if the address has no register.
pub(super) fn register_bytes(memory: &Memory) -> Option<u32> {
    [memory.base, memory.index]
        .into_iter()
        .find(|register| register.is_gpr() || register.is_ip())
        .and_then(|register| u32::try_from(register.size()).ok())
}

fn set_memory(
    instruction: &mut Instruction,
    (at, kind): (u32, Kind),
    (memory, span): (&Memory, Span),
    prefixes: &Prefixes,
    site: &Site<'_>,
    next: i128,
) -> Result<(), Failure> {
    if let Some(segment) = memory.segment
        && kind != Kind::es_rDI
    {
        instruction.set_segment_prefix(segment);
    }
    let bytes = register_bytes(memory).unwrap_or(site.address_bytes);
    if prefixes.address_size.is_some_and(|bits| bits != bytes * 8) {
        return Err(Problem::new(span, "the registers do not have the address size of the prefix").into());
    }
    if matches!(kind, Kind::es_rDI | Kind::seg_rSI | Kind::seg_rDI | Kind::seg_rBX_al) {
        set_implied_memory(instruction, at, kind, bytes);
        return Ok(());
    }
    let value = match &memory.displacement {
        Some(expr) => expr.value(site.env)?,
        None => 0,
    };
    instruction.set_op_kind(at, OpKind::Memory);
    instruction.set_memory_index_scale(memory.scale);
    if memory.relative || memory.base.is_ip() {
        let target = if memory.relative { value } else { next + value };
        let base = if bytes == 4 { Register::EIP } else { Register::RIP };
        instruction.set_memory_base(base);
        instruction.set_memory_displ_size(bytes);
        instruction.set_memory_displacement64(fit(target, bytes * 8, span)?);
        return Ok(());
    }
    instruction.set_memory_base(memory.base);
    instruction.set_memory_index(memory.index);
    let displacement = match (kind, bytes) {
        (Kind::mem_offs, 8) => fit(value, 64, span)?,
        // With 64-bit addresses a displacement is 32 bits that sign-extend.
        (_, 8) => fit_extended(value, 32, 64, span)? as u64,
        _ => fit(value, bytes * 8, span)?,
    };
    let size = match memory.width {
        _ if memory.base == Register::None => bytes,
        None => u32::from(value != 0),
        Some(1) => {
            fit_extended(value, 8, bytes * 8, span)?;
            1
        }
        Some(_) => bytes,
    };
    instruction.set_memory_displ_size(size);
    instruction.set_memory_displacement64(displacement);
    Ok(())
}
