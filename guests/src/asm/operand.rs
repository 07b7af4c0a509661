//! Operands as they are written.

use iced_x86::Register;

use super::expr::{Expr, Parser};
use super::lexer::{Kind, Token};
use super::memory::{self, Memory};
use super::problem::{Problem, Span};
use super::registers::{self, check_exists};
use super::sizes::{Reach, size};

/// One operand and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) kind: OperandKind,
    pub(super) span: Span,
}

/// What an operand is.
#[derive(Clone, Debug)]
pub(super) enum OperandKind {
    Register(Register),
    Value(Value),
    Memory(Box<Memory>),
    /// `selector:offset`.
    Pointer {
        selector: Expr,
        offset: Expr,
        size: Option<u32>,
    },
}

/// An immediate or a branch target.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) expr: Expr,
    /// In bytes, where written.
    pub(super) size: Option<u32>,
    pub(super) reach: Option<Reach>,
}

/// Splits tokens at the commas that stand outside brackets and parentheses.
pub(super) fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_usize;
    if tokens.is_empty() {
        return Vec::new();
    }
    tokens
        .split(|token| {
            match token.kind {
                Kind::Mark("[" | "(") => depth += 1,
                Kind::Mark("]" | ")") => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.is(",")
        })
        .collect()
}

/// Parses one operand of code of that many bits.
pub(super) fn parse(mut parser: Parser<'_>, bits: u32) -> Result<Operand, Problem> {
    let span = parser.span();
    let (mut bytes, mut reach) = (None, None);
    while let Some(word) = parser.peek().and_then(Token::word) {
        if let Some(known) = size(&word) {
            bytes = Some(known);
        } else {
            match word.as_str() {
                "short" => reach = Some(Reach::Short),
                "near" => reach = Some(Reach::Near),
                "far" => reach = Some(Reach::Far),
                "ptr" | "strict" => {}
                _ => break,
            }
        }
        parser.take();
    }
    let kind = kind(&mut parser, bits, bytes, reach)?;
    parser.finish()?;
    Ok(Operand { kind, span })
}

fn kind(parser: &mut Parser<'_>, bits: u32, size: Option<u32>, reach: Option<Reach>) -> Result<OperandKind, Problem> {
    let register = parser.peek().and_then(Token::word).and_then(|word| registers::register(&word, bits));
    if let Some(register) = register {
        let at = parser.here();
        let token = parser.take();
        check_exists(register, bits, at)?;
        if register.is_segment_register() && parser.take_mark(":") {
            if !parser.take_mark("[") {
                return Err(Problem::new(parser.here(), "a segment override needs a memory operand, such as fs:[8]"));
            }
            let memory = memory::parse(parser, Some(register), bits)?;
            return Ok(OperandKind::Memory(Box::new(Memory { size, reach, ..memory })));
        }
        if register == Register::ST0 && parser.take_mark("(") {
            return stack_register(parser);
        }
        return match token.zip(size) {
            Some((token, bytes)) if u32::try_from(register.size()) != Ok(bytes) => {
                Err(Problem::new(token.span, "the register does not have that size"))
            }
            _ => Ok(OperandKind::Register(register)),
        };
    }
    if parser.take_mark("[") {
        let memory = memory::parse(parser, None, bits)?;
        return Ok(OperandKind::Memory(Box::new(Memory { size, reach, ..memory })));
    }
    let expr = parser.expr()?;
    if parser.take_mark(":") {
        let offset = parser.expr()?;
        return Ok(OperandKind::Pointer { selector: expr, offset, size });
    }
    Ok(OperandKind::Value(Value { expr, size, reach }))
}

/// The rest of `st(n)`.
fn stack_register(parser: &mut Parser<'_>) -> Result<OperandKind, Problem> {
    let at = parser.here();
    let number = match parser.take().map(|token| &token.kind) {
        Some(Kind::Number(number)) => *number,
        _ => u64::MAX,
    };
    match Register::values().filter(|register| register.is_st()).find(|register| register.number() as u64 == number) {
        Some(register) if parser.take_mark(")") => Ok(OperandKind::Register(register)),
        _ => Err(Problem::new(at, "the register stack is st(0) to st(7)")),
    }
}
