//! Lines to items.

use std::rc::Rc;

use super::data::{self, Data};
use super::expr::{Expr, Names, Parser};
use super::forms;
use super::item::{Body, Expansion, Item};
use super::lexer::{self, Kind, Token};
use super::operand::{self, Operand, OperandKind};
use super::prefixes::Prefixes;
use super::problem::{Problem, Span};
use super::registers;
use super::select::Statement;
use super::sizes::Reach;
use super::source::{self, SourceLine, trimmed_end};
use super::types::{Constants, Pseudo};
use crate::suggest;

/// Turns the lines of one unit into items.
pub(super) struct UnitParser<'a> {
    pub(super) unit: &'a str,
    pub(super) bits: u32,
    pub(super) constants: Constants<'a>,
    /// The last label that is not local.
    pub(super) scope: String,
    /// The local labels of the current expansion, and how many expansions of all units came before it.
    pub(super) own: Vec<String>,
    pub(super) expansions: usize,
    pub(super) items: Vec<Item>,
    /// Problems and their lines.
    pub(super) problems: Vec<(usize, Problem)>,
}

/// A line being parsed.
struct Line<'l> {
    number: usize,
    chars: &'l [char],
    expansion: Option<Rc<Expansion>>,
}

impl Names for UnitParser<'_> {
    fn name(&self, word: &str, span: Span) -> Expr {
        if let Some(register) = registers::register(&word.to_ascii_lowercase(), self.bits) {
            return Expr::Register(register, span);
        }
        match self.constants.get(word) {
            Some(value) => Expr::Number(i128::from(value)),
            None => Expr::Symbol(self.full_name(word), span),
        }
    }
}

impl UnitParser<'_> {
    fn full_name(&self, word: &str) -> String {
        if self.own.iter().any(|own| own == word) {
            // No label can be written like this, so it is unique.
            return format!("{}.#{}{word}", self.unit, self.expansions);
        }
        if word.starts_with('.') { format!("{}{word}", self.scope) } else { word.to_owned() }
    }

    /// Parses a line of the unit's text.
    pub(super) fn line(&mut self, number: usize, text: &str, pseudo: &mut dyn Pseudo) {
        let line = Line { number, chars: &source::code(text), expansion: None };
        if let Err(problem) = self.statement(&line, Some(pseudo)) {
            self.problems.push((number, problem));
        }
    }

    fn statement(&mut self, line: &Line<'_>, pseudo: Option<&mut dyn Pseudo>) -> Result<(), Problem> {
        let SourceLine { labels, word, rest } = SourceLine::split(line.chars);
        for (label, span) in &labels {
            self.label(line, label, *span)?;
        }
        let Some((word, span)) = word else {
            return match rest.len {
                0 => Ok(()),
                _ => Err(Problem::new(rest, "a statement starts with a label, an instruction or a directive")),
            };
        };
        let lower = word.to_ascii_lowercase();
        let Some(pseudo) = pseudo else { return self.ordinary(line, &word, &lower, span, &[]) };
        let operands: Vec<char> = line.chars[rest.start..].to_vec();
        let text: String = operands.iter().collect();
        let Some(expanded) = pseudo.expand(self.unit, self.bits, &word, text.trim_end()) else {
            return self.ordinary(line, &word, &lower, span, pseudo.words());
        };
        let lines =
            expanded.map_err(|error| Problem::new(if rest.len > 0 { rest } else { span }, error.to_string()))?;
        self.expand(line.number, &word, span, (operands, rest.start), &lines);
        Ok(())
    }

    fn expand(&mut self, number: usize, word: &str, span: Span, operands: (Vec<char>, usize), lines: &[String]) {
        let scope = self.scope.clone();
        self.own =
            lines.iter().filter_map(|line| line.split_once(':')).map(|(label, _)| label.trim().to_owned()).collect();
        self.own.retain(|label| label.starts_with('.'));
        for text in lines {
            let expansion = Rc::new(Expansion {
                number: self.expansions,
                word: word.to_owned(),
                span,
                operands: operands.0.clone(),
                operands_at: operands.1,
                line: source::code(text),
            });
            let line = Line { number, chars: &expansion.line, expansion: Some(Rc::clone(&expansion)) };
            if let Err(problem) = self.statement(&line, None) {
                self.problems.push((number, expansion.locate(problem)));
            }
        }
        self.expansions += 1;
        // Labels inside an expansion do not change what the writer's local labels belong to.
        self.scope = scope;
        self.own.clear();
    }

    fn push(&mut self, line: &Line<'_>, span: Span, times: Option<(Expr, Span)>, body: Body) {
        let text = line.chars[span.start..trimmed_end(line.chars).max(span.start)].iter().collect();
        let expansion = line.expansion.clone();
        self.items.push(Item { line: line.number, span, text, expansion, times, body });
    }

    fn label(&mut self, line: &Line<'_>, word: &str, span: Span) -> Result<(), Problem> {
        self.check_name(word, span)?;
        if !word.starts_with('.') {
            word.clone_into(&mut self.scope);
        }
        let name = self.full_name(word);
        self.push(line, span, None, Body::Label(name));
        Ok(())
    }

    fn check_name(&self, word: &str, span: Span) -> Result<(), Problem> {
        if registers::register(&word.to_ascii_lowercase(), self.bits).is_some() {
            return Err(Problem::new(span, format!("`{word}` is a register and cannot be a label")));
        }
        if self.constants.get(word).is_some() {
            return Err(Problem::new(span, format!("`{word}` is a constant already")));
        }
        if word.contains('$') || word == "." {
            return Err(Problem::new(span, format!("`{word}` cannot be a label")));
        }
        Ok(())
    }

    /// A statement that is not a pseudo-instruction.
    fn ordinary(
        &mut self,
        line: &Line<'_>,
        word: &str,
        lower: &str,
        span: Span,
        pseudo_words: &[&str],
    ) -> Result<(), Problem> {
        let tokens = lexer::lex(line.chars, span.end())?;
        let end = Span::new(trimmed_end(line.chars), trimmed_end(line.chars) + 1);
        if let [first, rest @ ..] = tokens.as_slice()
            && first.word().as_deref() == Some("equ")
        {
            self.check_name(word, span)?;
            let (expr, _) = data::whole(rest, self, end)?;
            let name = self.full_name(word);
            self.push(line, span, None, Body::Constant(name, expr));
            return Ok(());
        }
        if lower == "times" {
            return self.times(line, span, &tokens, end, pseudo_words);
        }
        let body = self.body((word, lower, span), &tokens, end, pseudo_words)?;
        self.push(line, span, None, body);
        Ok(())
    }

    /// `times COUNT STATEMENT`: the statement starts at the first word after a whole expression.
    fn times(
        &mut self,
        line: &Line<'_>,
        span: Span,
        tokens: &[Token],
        end: Span,
        pseudo_words: &[&str],
    ) -> Result<(), Problem> {
        let mut parser = Parser::new(tokens, self, end);
        let start = parser.here();
        let count = parser.expr()?;
        let Some(token) = parser.take() else {
            return Err(Problem::new(end, "`times` needs something to repeat"));
        };
        let Kind::Word(word) = &token.kind else {
            return Err(Problem::new(token.span, "`times` repeats an instruction or data"));
        };
        let lower = word.to_ascii_lowercase();
        if lower == "times" || lower == "align" || pseudo_words.contains(&lower.as_str()) {
            return Err(Problem::new(token.span, format!("`times` cannot repeat `{lower}`")));
        }
        let rest: Vec<Token> = tokens.iter().filter(|next| next.span.start >= token.span.end()).cloned().collect();
        let body = self.body((word, &lower, token.span), &rest, end, pseudo_words)?;
        self.push(line, span, Some((count, start)), body);
        Ok(())
    }

    fn body(
        &self,
        (word, lower, span): (&str, &str, Span),
        tokens: &[Token],
        end: Span,
        pseudo_words: &[&str],
    ) -> Result<Body, Problem> {
        if let Some(data) = Data::parse(lower, tokens, self, end) {
            return data.map(Body::Data);
        }
        let mut prefixes = Prefixes::default();
        let (mut lower, mut span, mut tokens) = (lower.to_owned(), span, tokens);
        let mut word = word;
        while forms::forms(&lower).is_none() && prefixes.add(&lower) {
            let Some((Token { kind: Kind::Word(next), span: at }, rest)) = tokens.split_first() else {
                return Err(Problem::new(span, format!("`{lower}` needs an instruction after it")));
            };
            (word, lower, span, tokens) = (next, next.to_ascii_lowercase(), *at, rest);
        }
        // RETF as some manuals and formatters write it.
        if lower == "ret" && tokens.first().and_then(Token::word).as_deref() == Some("far") {
            (lower, tokens) = ("retf".to_owned(), &tokens[1..]);
        }
        let Some(forms) = forms::forms(&lower) else {
            let known = forms::mnemonics().chain(pseudo_words.iter().copied()).chain(data::WORDS);
            let help = suggest::slip(&lower, known).map(suggest::meant);
            return Err(Problem::new(span, format!("unknown instruction `{word}`")).maybe_help(help));
        };
        let operands = operand::split(tokens)
            .into_iter()
            .map(|one| operand::parse(Parser::new(one, self, end), self.bits))
            .collect::<Result<Vec<_>, _>>()?;
        let statement = Statement::new(self.bits, prefixes, (lower, span), far_pointer(operands), forms)?;
        Ok(Body::Instruction(Box::new(statement)))
    }
}

/// `far OFFSET, SELECTOR`, as iced formats far pointers, is SELECTOR:OFFSET.
fn far_pointer(operands: Vec<Operand>) -> Vec<Operand> {
    if let [Operand { kind: OperandKind::Value(offset), span }, Operand { kind: OperandKind::Value(selector), .. }] =
        operands.as_slice()
        && offset.reach == Some(Reach::Far)
    {
        let (selector, size) = (selector.expr.clone(), offset.size);
        let kind = OperandKind::Pointer { selector, offset: offset.expr.clone(), size };
        return vec![Operand { kind, span: *span }];
    }
    operands
}
