//! What the lines of a text become before they have addresses.

use std::rc::Rc;

use super::data::Data;
use super::expr::Expr;
use super::problem::{Problem, Span};
use super::select::Statement;

/// A label, an instruction or a directive.
#[derive(Debug)]
pub(super) struct Item {
    /// Line in the unit's text, from 0.
    pub(super) line: usize,
    /// Where the statement stands in that line.
    pub(super) span: Span,
    /// The directive as written.
    pub(super) text: String,
    /// What it was expanded from.
    pub(super) expansion: Option<Rc<Expansion>>,
    /// `times`.
    pub(super) times: Option<(Expr, Span)>,
    pub(super) body: Body,
}

/// What an item is.
#[derive(Debug)]
pub(super) enum Body {
    Label(String),
    Constant(String, Expr),
    Instruction(Box<Statement>),
    Data(Data),
}

/// One line that a pseudo-instruction stands for.
#[derive(Debug)]
pub(super) struct Expansion {
    /// How many uses of pseudo-instructions came before, in all units.
    pub(super) number: usize,
    /// The pseudo-instruction's word and where it stands.
    pub(super) word: String,
    pub(super) span: Span,
    /// Its operands and where they start.
    pub(super) operands: Vec<char>,
    pub(super) operands_at: usize,
    /// The ordinary line.
    pub(super) line: Vec<char>,
}

impl Expansion {
    /// Points a problem of the expanded line at the text it came from.
    pub(super) fn locate(&self, problem: Problem) -> Problem {
        let token: Vec<char> = self.line.iter().skip(problem.span.start).take(problem.span.len).copied().collect();
        let span = self
            .operands
            .windows(token.len().max(1))
            .position(|window| window == token)
            .map_or(self.span, |at| Span { start: self.operands_at + at, len: token.len() });
        Problem {
            span,
            message: format!("in the expansion of `{}`: {}", self.word, problem.message),
            help: problem.help,
        }
    }
}

impl Item {
    /// Calls `visit` with every symbol the item uses.
    pub(super) fn symbols(&self, visit: &mut dyn FnMut(&str, Span)) {
        if let Some((count, _)) = &self.times {
            count.symbols(visit);
        }
        match &self.body {
            Body::Label(_) => {}
            Body::Constant(_, expr) => expr.symbols(visit),
            Body::Instruction(statement) => statement.symbols(visit),
            Body::Data(data) => data.symbols(visit),
        }
    }
}
