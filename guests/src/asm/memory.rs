//! Memory operands: what stands between the brackets.

use std::collections::HashMap;

use iced_x86::Register;

use super::expr::{Env, Expr, Parser};
use super::lexer::Token;
use super::problem::{Problem, Span};
use super::registers::check_exists;
use super::sizes::{Reach, size};

/// A memory operand.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    /// In bytes, where written.
    pub(super) size: Option<u32>,
    pub(super) reach: Option<Reach>,
    pub(super) segment: Option<Register>,
    pub(super) base: Register,
    pub(super) index: Register,
    pub(super) scale: u32,
    pub(super) displacement: Option<Expr>,
    /// Bytes of the displacement, where written (`[dword x]`).
    pub(super) width: Option<u32>,
    /// The displacement is an address, to be encoded relative to RIP (`[rel x]`).
    pub(super) relative: bool,
}

/// One register of an address, and how it is scaled if it was written so.
#[derive(Clone, Copy)]
struct Scaled {
    register: Register,
    scale: Option<i128>,
    span: Span,
}

/// Parses from behind the opening bracket to behind the closing one.
pub(super) fn parse(parser: &mut Parser<'_>, outer: Option<Register>, bits: u32) -> Result<Memory, Problem> {
    let start = parser.here();
    let mut memory = Memory {
        size: None,
        reach: None,
        segment: outer,
        base: Register::None,
        index: Register::None,
        scale: 1,
        displacement: None,
        width: None,
        relative: false,
    };
    while let Some(word) = parser.peek().and_then(Token::word) {
        if let Some(bytes @ (1 | 2 | 4 | 8)) = size(&word) {
            memory.width = Some(bytes);
        } else if word == "rel" {
            memory.relative = true;
        } else if word == "abs" {
            memory.relative = false;
        } else if parser.peek_second().is_some_and(|token| token.is(":")) {
            let segment =
                segment(&word).ok_or_else(|| Problem::new(parser.here(), "this is not a segment register"))?;
            memory.segment = Some(segment);
            parser.take();
        } else {
            break;
        }
        parser.take();
    }
    let sum = parser.expr()?;
    let end = parser.here();
    if !parser.take_mark("]") {
        return Err(Problem::new(end, "the memory operand is not closed").help("`]` is missing"));
    }
    let mut registers = Vec::new();
    memory.displacement = flatten(sum, &mut registers)?;
    for one in &registers {
        check_exists(one.register, bits, one.span)?;
    }
    if memory.relative && bits != 64 {
        return Err(Problem::new(start, "addresses relative to RIP exist in 64-bit code only"));
    }
    assign(&mut memory, &registers, start.to(end))?;
    Ok(memory)
}

fn segment(word: &str) -> Option<Register> {
    Some(match word {
        "es" => Register::ES,
        "cs" => Register::CS,
        "ss" => Register::SS,
        "ds" => Register::DS,
        "fs" => Register::FS,
        "gs" => Register::GS,
        _ => return None,
    })
}

/// Takes the registers out of a sum and leaves the displacement.
fn flatten(expr: Expr, registers: &mut Vec<Scaled>) -> Result<Option<Expr>, Problem> {
    if !has_register(&expr) {
        return Ok(Some(expr));
    }
    match expr {
        Expr::Register(register, span) => {
            registers.push(Scaled { register, scale: None, span });
            Ok(None)
        }
        Expr::Binary("+", left, right, span) => {
            let (left, right) = (flatten(*left, registers)?, flatten(*right, registers)?);
            Ok(match (left, right) {
                (Some(left), Some(right)) => Some(Expr::Binary("+", Box::new(left), Box::new(right), span)),
                (one, other) => one.or(other),
            })
        }
        Expr::Binary("-", left, right, span) => {
            if has_register(&right) {
                return Err(Problem::new(span, "a register cannot be subtracted in an address"));
            }
            Ok(Some(match flatten(*left, registers)? {
                Some(left) => Expr::Binary("-", Box::new(left), right, span),
                None => Expr::Unary('-', right),
            }))
        }
        Expr::Binary("*", left, right, span) => {
            let (register, factor) = match (*left, *right) {
                (Expr::Register(register, _), factor) | (factor, Expr::Register(register, _)) => (register, factor),
                _ => return Err(Problem::new(span, "an index is a register times 1, 2, 4 or 8")),
            };
            let nothing = HashMap::new();
            let env = Env { symbols: &nothing, here: 0, unit_start: 0, guess: None };
            let scale =
                factor.value(&env).map_err(|_| Problem::new(span, "the scale must be a number or a constant"))?;
            registers.push(Scaled { register, scale: Some(scale), span });
            Ok(None)
        }
        Expr::Binary(.., span) => Err(Problem::new(span, "a register can only be added and scaled in an address")),
        other => {
            let mut span = Span::default();
            find_register(&other, &mut span);
            Err(Problem::new(span, "a register can only be added and scaled in an address"))
        }
    }
}

fn has_register(expr: &Expr) -> bool {
    find_register(expr, &mut Span::default())
}

fn find_register(expr: &Expr, found: &mut Span) -> bool {
    match expr {
        Expr::Register(_, span) => {
            *found = *span;
            true
        }
        Expr::Unary(_, inner) => find_register(inner, found),
        Expr::Binary(_, left, right, _) => find_register(left, found) || find_register(right, found),
        _ => false,
    }
}

/// Decides which register is the base and which the index.
fn assign(memory: &mut Memory, registers: &[Scaled], span: Span) -> Result<(), Problem> {
    for &Scaled { register, scale, span } in registers {
        let allowed = register.is_gpr16() || register.is_gpr32() || register.is_gpr64() || register.is_ip();
        if !allowed && !register.is_vector_register() {
            return Err(Problem::new(span, "this register cannot be part of an address"));
        }
        if !matches!(scale, None | Some(1 | 2 | 4 | 8)) {
            return Err(Problem::new(span, "the scale must be 1, 2, 4 or 8"));
        }
    }
    let widths: Vec<usize> =
        registers.iter().filter(|one| !one.register.is_vector_register()).map(|one| one.register.size()).collect();
    if widths.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(Problem::new(span, "the registers of an address must have the same width"));
    }
    if registers.len() > 1 && widths.is_empty() {
        return Err(Problem::new(span, "only the index of an address can be a vector register"));
    }
    let scaled = |index: &Scaled| u32::try_from(index.scale.unwrap_or(1)).unwrap_or(1);
    match registers {
        [] => {}
        [one] if one.scale.is_none() && !one.register.is_vector_register() => memory.base = one.register,
        [one] => (memory.index, memory.scale) = (one.register, scaled(one)),
        [first, second] => {
            // The stack pointer cannot be an index, and 16-bit addresses are BX or BP plus SI or DI.
            let swap = second.scale.is_none()
                && (first.scale.is_some()
                    || first.register.is_vector_register()
                    || matches!(second.register, Register::ESP | Register::RSP | Register::BX | Register::BP));
            let (base, index) = if swap { (second, first) } else { (first, second) };
            if base.scale.is_some_and(|scale| scale != 1) {
                return Err(Problem::new(base.span, "only one register of an address can be scaled"));
            }
            memory.base = base.register;
            (memory.index, memory.scale) = (index.register, scaled(index));
        }
        _ => return Err(Problem::new(span, "an address has at most a base and an index register")),
    }
    let sixteen = |register: Register, allowed: &[Register]| !register.is_gpr16() || allowed.contains(&register);
    let bases: &[Register] = match memory.index {
        Register::None => &[Register::BX, Register::BP, Register::SI, Register::DI],
        _ => &[Register::BX, Register::BP],
    };
    if !sixteen(memory.base, bases) || !sixteen(memory.index, &[Register::SI, Register::DI]) {
        return Err(Problem::new(span, "no address has these 16-bit registers")
            .help("it can be bx, bp or neither, plus si, di or neither"));
    }
    if matches!(memory.index, Register::ESP | Register::RSP) {
        return Err(Problem::new(span, "the stack pointer cannot be an index"));
    }
    if memory.relative && !registers.is_empty() {
        return Err(Problem::new(span, "`rel` takes no registers; RIP is meant already"));
    }
    let moving_label = |expr: &Expr| expr.moves();
    if memory.base.is_ip() && memory.displacement.as_ref().is_some_and(moving_label) {
        return Err(Problem::new(span, "the distance of a label from RIP is not its value").help("write [rel label]"));
    }
    Ok(())
}
