//! The labels, words, marks, snaps and raises of a program that is not yet assembled, each with its place in the text.

use std::collections::{BTreeMap, BTreeSet};

use crate::abi::{FrameKind, frame, mark_operands, raise_count};
use crate::asm::{Kind, SourceLine, Span, code, lex};
use crate::map::port;
use crate::site::Word;
use crate::{Program, SectionName};

/// The outline of a program. Operands that the assembler will refuse are read as far as possible.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// Marks and snaps by name, each in the order of the text.
    pub marks: BTreeMap<String, Vec<WrittenMark>>,
    /// The pseudo-instructions that it uses.
    pub words: BTreeSet<Word>,
    /// Statements that raise NMIs.
    pub raises: Vec<WrittenRaise>,
    /// Labels, section words among them; local ones as `label.local`.
    pub labels: BTreeMap<String, Spot>,
    /// Every label and statement, in the order of the text.
    pub statements: Vec<Statement>,
}

/// Where in a section's text something stands; everything counts from 0, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Section of the program.
    pub section: SectionName,
    /// Line of its text.
    pub line: usize,
    /// First character.
    pub column: usize,
    /// How many characters, at least 1.
    pub length: usize,
}

/// A label or a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Where it stands.
    pub spot: Spot,
    /// The statement without its labels; `None` for a label.
    pub text: Option<String>,
}

/// A `mark` or `snap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenMark {
    /// Where its name stands.
    pub spot: Spot,
    /// Whether it is a `snap`.
    pub snap: bool,
    /// What it keeps of the stack, or of the VMCB.
    pub frame: FrameKind,
}

/// A statement that raises NMIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenRaise {
    /// Where the statement stands.
    pub spot: Spot,
    /// How it raises.
    pub how: How,
    /// How many at once; `None` if the assembler takes no such number.
    pub count: Option<u8>,
}

/// How a statement raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// `raise`.
    Raise,
    /// `arm`.
    Arm,
    /// `out` to one of the ports of `raise` and `arm`, for cases that need that very instruction.
    Port,
}

impl Outline {
    /// Reads every section.
    pub fn of(program: &Program) -> Self {
        let mut outline = Self::default();
        for section in &program.sections {
            let start = Spot { section: section.name, line: 0, column: 0, length: 1 };
            outline.labels.entry(section.name.label()).or_insert(start);
            let mut scope = section.name.label();
            for (line, text) in section.text.lines().enumerate() {
                outline.line(Spot { line, ..start }, &code(text), &mut scope);
            }
        }
        outline
    }

    /// Whether a snap has this name.
    pub fn is_snap(&self, name: &str) -> bool {
        self.marks.get(name).is_some_and(|marks| marks.iter().any(|mark| mark.snap))
    }

    /// The names of all snaps.
    pub fn snaps(&self) -> impl Iterator<Item = &str> + Clone {
        self.marks.iter().filter(|(_, marks)| marks.iter().any(|mark| mark.snap)).map(|(name, _)| name.as_str())
    }

    fn line(&mut self, at: Spot, chars: &[char], scope: &mut String) {
        let spot = |span: Span| Spot { column: span.start, length: span.len.max(1), ..at };
        let SourceLine { labels, word, rest } = SourceLine::split(chars);
        for (label, span) in labels {
            let full = if label.starts_with('.') { format!("{scope}{label}") } else { label.clone() };
            if full == label {
                *scope = label;
            }
            self.labels.entry(full).or_insert(spot(span));
            self.statements.push(Statement { spot: spot(span), text: None });
        }
        let Some((word, span)) = word else { return };
        let end = if rest.len > 0 { rest.end() } else { span.end() };
        let whole = Span { start: span.start, len: end - span.start };
        let text = |span: Span| chars[span.start..span.start + span.len].iter().collect::<String>();
        self.statements.push(Statement { spot: spot(whole), text: Some(text(whole)) });
        let operands = text(rest);
        let mut raises = |how, count| self.raises.push(WrittenRaise { spot: spot(whole), how, count });
        let known = Word::from_name(&word);
        self.words.extend(known);
        match known {
            Some(Word::Raise) => raises(How::Raise, raise_count(&operands)),
            Some(Word::Arm) => raises(How::Arm, Some(1)),
            None if word.eq_ignore_ascii_case("out") && asks_host(chars, rest.start) => raises(How::Port, None),
            Some(word @ (Word::Mark | Word::Snap)) => {
                let (name, mut others) = mark_operands(&operands);
                // The assembler refuses one without a name.
                if !name.is_empty() {
                    let spot = Spot { column: rest.start, length: name.chars().count(), ..at };
                    let mark = WrittenMark {
                        spot,
                        snap: word == Word::Snap,
                        frame: others.next().and_then(frame).unwrap_or_default(),
                    };
                    self.marks.entry(name.to_owned()).or_default().push(mark);
                }
            }
            _ => {}
        }
    }
}

/// Whether the operands of an `out` start with a port that makes the host raise.
fn asks_host(chars: &[char], from: usize) -> bool {
    let first = lex(chars, from).ok().and_then(|tokens| tokens.into_iter().next());
    let raising = [port::RAISE, port::ARM].map(u64::from);
    first.is_some_and(|token| matches!(token.kind, Kind::Number(port) if raising.contains(&port)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Boot, Section};

    fn outline(text: &str) -> Outline {
        let section = Section { name: SectionName::Main, text: text.to_owned() };
        Outline::of(&Program { sections: vec![section], boot: Boot::default() })
    }

    #[test]
    fn a_mark_without_a_name_is_none() {
        assert_eq!(outline("mark\nmark , frame\nsnap after").marks.keys().collect::<Vec<_>>(), ["after"]);
    }

    #[test]
    fn operands_are_read_as_the_assembler_reads_them() {
        let found = outline("mark a , error-frame\nmark b, x, frame\nraise\nraise 0\nraise 300");
        let frames: Vec<_> = found.marks.values().map(|marks| marks[0].frame).collect();
        assert_eq!(frames, [FrameKind::Error, FrameKind::None]);
        let counts: Vec<_> = found.raises.iter().map(|raise| raise.count).collect();
        assert_eq!(counts, [Some(1), None, None]);
    }

    #[test]
    fn statements_are_found_with_their_columns() {
        let found = outline(
            "  mark start ; mark no\nleave: .x: snap held, frame\n raise 2\narm\nmov eax, [es:4]\nout 0E1h, al\nout 0xe4,al\nout 0E0h, al",
        );
        assert_eq!(found.marks.keys().collect::<Vec<_>>(), ["held", "start"]);
        assert!(!found.is_snap("start") && found.is_snap("held"));
        let held = found.marks["held"][0];
        assert_eq!((held.spot.line, held.spot.column, held.spot.length, held.frame), (1, 16, 4, FrameKind::Interrupt));
        assert_eq!(found.labels.keys().collect::<Vec<_>>(), ["leave", "leave.x", "main"]);
        let raises: Vec<_> = found.raises.iter().map(|raise| (raise.how, raise.count)).collect();
        assert_eq!(raises, [(How::Raise, Some(2)), (How::Arm, Some(1)), (How::Port, None), (How::Port, None)]);
        assert_eq!(found.words.iter().collect::<Vec<_>>(), [&Word::Mark, &Word::Snap, &Word::Raise, &Word::Arm]);
        let texts: Vec<_> = found.statements.iter().take(4).map(|statement| statement.text.as_deref()).collect();
        assert_eq!(texts, [Some("mark start"), None, None, Some("snap held, frame")]);
    }
}
