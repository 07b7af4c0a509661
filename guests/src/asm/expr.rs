//! Expressions: their tree, their parser and their values.

use std::collections::HashMap;

use iced_x86::Register;

use super::lexer::{Kind, Token};
use super::problem::{Problem, Span};

/// Limits that keep recursion over the tree from overflowing the stack.
const MAX_DEPTH: usize = 50;
const MAX_TERMS: usize = 400;

/// An expression.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    Number(i128),
    /// A label, constant or `equ`, by its full name.
    Symbol(String, Span),
    /// `$`.
    Here,
    /// `$$`.
    UnitStart,
    /// A register, which only memory operands may have.
    Register(Register, Span),
    Unary(char, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>, Span),
}

/// The values of names and of `$`.
pub(super) struct Env<'a> {
    pub(super) symbols: &'a HashMap<String, i128>,
    pub(super) here: i128,
    pub(super) unit_start: i128,
    /// The value of a symbol that has none yet; `None` makes such a symbol an error.
    pub(super) guess: Option<i128>,
}

impl Expr {
    /// The expression's value. Errors: a name without a value, a register, or a result that no operand can hold.
    pub(super) fn value(&self, env: &Env<'_>) -> Result<i128, Problem> {
        match self {
            Self::Number(value) => Ok(*value),
            Self::Here => Ok(env.here),
            Self::UnitStart => Ok(env.unit_start),
            Self::Symbol(name, span) => env.symbols.get(name).copied().or(env.guess).ok_or_else(|| {
                Problem::new(*span, format!("`{name}` has no value: its definition leads back to itself"))
            }),
            Self::Register(_, span) => Err(Problem::new(*span, "a register cannot be part of this expression")),
            Self::Unary(op, inner) => {
                let value = inner.value(env)?;
                Ok(match op {
                    '-' => -value,
                    '~' => !value,
                    _ => value,
                })
            }
            Self::Binary(op, left, right, span) => {
                let (left, right) = (left.value(env)?, right.value(env)?);
                binary(op, left, right, *span)
            }
        }
    }

    /// Whether the value depends on the layout.
    pub(super) fn moves(&self) -> bool {
        match self {
            Self::Number(_) | Self::Register(..) => false,
            Self::Symbol(..) | Self::Here | Self::UnitStart => true,
            Self::Unary(_, inner) => inner.moves(),
            Self::Binary(_, left, right, _) => left.moves() || right.moves(),
        }
    }

    /// Calls `visit` with every symbol.
    pub(super) fn symbols(&self, visit: &mut dyn FnMut(&str, Span)) {
        match self {
            Self::Symbol(name, span) => visit(name, *span),
            Self::Unary(_, inner) => inner.symbols(visit),
            Self::Binary(_, left, right, _) => {
                left.symbols(visit);
                right.symbols(visit);
            }
            _ => {}
        }
    }
}

fn binary(op: &str, left: i128, right: i128, span: Span) -> Result<i128, Problem> {
    let shift = || u32::try_from(right).ok().filter(|&by| by < 64);
    let value = match op {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "/" | "%" if right == 0 => return Err(Problem::new(span, "division by zero")),
        "/" => left.checked_div(right),
        "%" => left.checked_rem(right),
        "&" => Some(left & right),
        "|" => Some(left | right),
        "^" => Some(left ^ right),
        _ => {
            let by = shift().ok_or_else(|| Problem::new(span, "a shift must be by 0 to 63 bits"))?;
            if op == "<<" { left.checked_mul(1 << by) } else { Some(left >> by) }
        }
    };
    // Wider than any operand, so that the sum of two 64-bit values is left for the user of the value to check.
    value
        .filter(|value| value.unsigned_abs() < 1 << 66)
        .ok_or_else(|| Problem::new(span, "the value does not fit in 64 bits"))
}

/// `value` as `bits` bits, signed or unsigned. Errors: it does not fit.
pub(super) fn fit(value: i128, bits: u32, span: Span) -> Result<u64, Problem> {
    if value < -(1 << (bits - 1)) || value >= 1 << bits {
        return Err(misfit(value, &format!("{bits} bits"), span));
    }
    // The cast truncates to two's complement.
    Ok(value as u64 & (u64::MAX >> (64 - bits)))
}

/// The problem that `value` does not fit in `room`.
pub(super) fn misfit(value: i128, room: &str, span: Span) -> Problem {
    let sign = if value < 0 { "-" } else { "" };
    Problem::new(span, format!("value {sign}{:#x} does not fit in {room}", value.unsigned_abs()))
}

/// Where names become expressions.
pub(super) trait Names {
    /// What a word that is not a keyword stands for.
    fn name(&self, word: &str, span: Span) -> Expr;
}

/// A cursor over the tokens of one operand.
pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    names: &'a dyn Names,
    /// Where to point when the tokens end too early.
    end: Span,
    depth: usize,
    terms: usize,
}

/// Binary operators, those that bind least tightly first.
const LEVELS: [&[&str]; 6] = [&["|"], &["^"], &["&"], &["<<", ">>"], &["+", "-"], &["*", "/", "%"]];

impl<'a> Parser<'a> {
    pub(super) fn new(tokens: &'a [Token], names: &'a dyn Names, end: Span) -> Self {
        Self { tokens, names, end, depth: 0, terms: 0 }
    }

    /// The next token, without taking it.
    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.tokens.first()
    }

    /// The token after the next.
    pub(super) fn peek_second(&self) -> Option<&'a Token> {
        self.tokens.get(1)
    }

    pub(super) fn take(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    /// Takes the next token if it is this mark.
    pub(super) fn take_mark(&mut self, mark: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(mark));
        if found {
            self.take();
        }
        found
    }

    /// Where the next token stands, or the end.
    pub(super) fn here(&self) -> Span {
        self.peek().map_or(self.end, |token| token.span)
    }

    /// From the next token to the last.
    pub(super) fn span(&self) -> Span {
        self.tokens.last().map_or(self.end, |last| self.here().to(last.span))
    }

    /// Checks that no token is left.
    pub(super) fn finish(&self) -> Result<(), Problem> {
        match self.peek() {
            None => Ok(()),
            Some(token) => Err(Problem::new(token.span, "this does not belong here")
                .help("a comma or an operator may be missing before it")),
        }
    }

    /// An expression.
    pub(super) fn expr(&mut self) -> Result<Expr, Problem> {
        self.level(0)
    }

    fn level(&mut self, level: usize) -> Result<Expr, Problem> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let start = self.here();
        let mut left = self.level(level + 1)?;
        while let Some(op) = self.peek().and_then(|token| operators.iter().find(|op| token.is(op))) {
            self.take();
            self.terms += 1;
            if self.terms > MAX_TERMS {
                return Err(Problem::new(start, "the expression has too many terms"));
            }
            let before = self.here();
            let right = self.level(level + 1)?;
            left = Expr::Binary(op, Box::new(left), Box::new(right), start.to(before));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Problem::new(self.here(), "the expression is nested too deeply"));
        }
        let result = self.unary_inner();
        self.depth -= 1;
        result
    }

    fn unary_inner(&mut self) -> Result<Expr, Problem> {
        let Some(token) = self.take() else {
            return Err(Problem::new(self.end, "a value is missing"));
        };
        match &token.kind {
            Kind::Number(value) => Ok(Expr::Number(i128::from(*value))),
            Kind::Text(text) if text.len() <= 8 => {
                Ok(Expr::Number(text.iter().rev().fold(0, |value, byte| value << 8 | i128::from(*byte))))
            }
            Kind::Text(_) => Err(Problem::new(token.span, "a character constant has at most 8 bytes")),
            Kind::Word(word) => Ok(match word.as_str() {
                "$" => Expr::Here,
                "$$" => Expr::UnitStart,
                _ => self.names.name(word, token.span),
            }),
            Kind::Mark("-") => Ok(Expr::Unary('-', Box::new(self.unary()?))),
            Kind::Mark("+") => self.unary(),
            Kind::Mark("~") => Ok(Expr::Unary('~', Box::new(self.unary()?))),
            Kind::Mark("(") => {
                let inner = self.level(0)?;
                if !self.take_mark(")") {
                    return Err(Problem::new(token.span, "this parenthesis is not closed"));
                }
                Ok(inner)
            }
            Kind::Mark(_) => Err(Problem::new(token.span, "a value is missing before this")),
        }
    }
}
