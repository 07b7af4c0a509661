//! Directives that fill memory: db, dw, dd, dq, resb, resw, resd, resq and align.

use x86::code::NOP;

use super::expr::{Env, Expr, Names, Parser, fit};
use super::lexer::{Kind, Token};
use super::operand;
use super::problem::{Problem, Span};

/// A directive that fills memory.
#[derive(Debug)]
pub(super) enum Data {
    /// Values of `width` bytes each.
    Values { width: u64, values: Vec<Datum> },
    /// `count` times `width` zero bytes.
    Reserve { width: u64, count: Expr, span: Span },
    /// Fills up to the next multiple of `to`.
    Align { to: Expr, fill: Option<Expr>, span: Span },
}

/// One value of a data directive.
#[derive(Debug)]
pub(super) enum Datum {
    Text(Vec<u8>),
    Value(Expr, Span),
}

/// The words of the directives, for suggestions.
pub(super) const WORDS: [&str; 11] = ["db", "dw", "dd", "dq", "resb", "resw", "resd", "resq", "align", "times", "equ"];

impl Data {
    /// Parses the directive `word`, if it is one.
    pub(super) fn parse(word: &str, tokens: &[Token], names: &dyn Names, end: Span) -> Option<Result<Self, Problem>> {
        let width = |letter: &str| match letter {
            "b" => Some(1),
            "w" => Some(2),
            "d" => Some(4),
            "q" => Some(8),
            _ => None,
        };
        let operands = operand::split(tokens);
        if word == "align" {
            return Some(align(&operands, names, end));
        }
        if let Some(width) = word.strip_prefix("res").and_then(width) {
            return Some(match operands.as_slice() {
                [one] => whole(one, names, end).map(|(count, span)| Self::Reserve { width, count, span }),
                _ => Err(Problem::new(end, format!("`{word}` takes one number"))),
            });
        }
        let width = word.strip_prefix('d').and_then(width)?;
        if operands.is_empty() {
            return Some(Err(Problem::new(end, format!("`{word}` needs at least one value"))));
        }
        let values = operands.into_iter().map(|one| datum(one, names, end)).collect::<Result<_, _>>();
        Some(values.map(|values| Self::Values { width, values }))
    }

    /// The length in bytes.
    pub(super) fn length(&self, env: &Env<'_>) -> Result<u64, Problem> {
        match self {
            Self::Values { width, values } => Ok(values.iter().map(|datum| datum.length(*width)).sum()),
            Self::Reserve { width, count, span } => Ok(count_of(count, *span, env)?.saturating_mul(*width)),
            Self::Align { to, span, .. } => {
                let to = count_of(to, *span, env)?;
                if !to.is_power_of_two() {
                    return Err(Problem::new(*span, "an alignment must be a power of two"));
                }
                Ok((env.here as u64).wrapping_neg() & (to - 1))
            }
        }
    }

    /// The bytes; the caller has checked the length.
    pub(super) fn bytes(&self, env: &Env<'_>) -> Result<Vec<u8>, Problem> {
        let length = usize::try_from(self.length(env)?).unwrap_or(0);
        match self {
            Self::Values { width, values } => {
                let mut bytes = Vec::with_capacity(length);
                for datum in values {
                    datum.write(*width, env, &mut bytes)?;
                }
                Ok(bytes)
            }
            Self::Reserve { .. } => Ok(vec![0; length]),
            Self::Align { fill, span, .. } => {
                let fill = match fill {
                    Some(expr) => fit(expr.value(env)?, 8, *span)? as u8,
                    // `align` often stands in code.
                    None => NOP,
                };
                Ok(vec![fill; length])
            }
        }
    }

    pub(super) fn symbols(&self, visit: &mut dyn FnMut(&str, Span)) {
        match self {
            Self::Values { values, .. } => {
                for datum in values {
                    if let Datum::Value(expr, _) = datum {
                        expr.symbols(visit);
                    }
                }
            }
            Self::Reserve { count, .. } => count.symbols(visit),
            Self::Align { to, fill, .. } => {
                to.symbols(visit);
                if let Some(fill) = fill {
                    fill.symbols(visit);
                }
            }
        }
    }
}

impl Datum {
    fn length(&self, width: u64) -> u64 {
        match self {
            Self::Text(text) => (text.len() as u64).next_multiple_of(width),
            Self::Value(..) => width,
        }
    }

    fn write(&self, width: u64, env: &Env<'_>, bytes: &mut Vec<u8>) -> Result<(), Problem> {
        let end = bytes.len() + self.length(width) as usize;
        match self {
            Self::Text(text) => bytes.extend(text),
            Self::Value(expr, span) => bytes.extend(fit(expr.value(env)?, 8 * width as u32, *span)?.to_le_bytes()),
        }
        bytes.resize(end, 0);
        Ok(())
    }
}

/// A value that counts something.
pub(super) fn count_of(expr: &Expr, span: Span, env: &Env<'_>) -> Result<u64, Problem> {
    u64::try_from(expr.value(env)?).map_err(|_| Problem::new(span, "a count cannot be negative"))
}

fn datum(tokens: &[Token], names: &dyn Names, end: Span) -> Result<Datum, Problem> {
    if let [Token { kind: Kind::Text(text), .. }] = tokens {
        return Ok(Datum::Text(text.clone()));
    }
    whole(tokens, names, end).map(|(expr, span)| Datum::Value(expr, span))
}

/// One expression and nothing else.
pub(super) fn whole(tokens: &[Token], names: &dyn Names, end: Span) -> Result<(Expr, Span), Problem> {
    let mut parser = Parser::new(tokens, names, end);
    let span = match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => end,
    };
    let expr = parser.expr()?;
    parser.finish()?;
    Ok((expr, span))
}

/// `align N` or `align N, FILL`; FILL may be written as `db FILL`.
fn align(operands: &[&[Token]], names: &dyn Names, end: Span) -> Result<Data, Problem> {
    let (to, fill) = match operands {
        [to] => (to, None),
        [to, fill] => (to, Some(*fill)),
        _ => return Err(Problem::new(end, "`align` takes a power of two, and what to fill with")),
    };
    let (to, span) = whole(to, names, end)?;
    let fill = match fill {
        Some([first, rest @ ..]) if first.word().as_deref() == Some("db") => Some(whole(rest, names, end)?.0),
        Some(tokens) => Some(whole(tokens, names, end)?.0),
        None => None,
    };
    Ok(Data::Align { to, fill, span })
}
