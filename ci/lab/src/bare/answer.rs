//! Reads the supervisor's output: one answer for each guest, as lines of text.
//!
//! - `nmi-bare 1 GUESTS FEATURES`: the supervisor starts.
//! - `> INDEX NAME`: a guest starts.
//! - `=PORT RSP RESERVED`: it ended; then a line `+RECORD` for each record, and `sSTACK`, the bytes at RSP.
//! - `.CHECKSUM`: FNV-1a of the bytes of these lines.
//! - `#`: all guests have run. `!`: the supervisor cannot go on.
//!
//! PORT, RSP, RESERVED, RECORD and STACK are bytes in hexadecimal, in memory order; the other numbers are hexadecimal.

use std::collections::{BTreeMap, BTreeSet};

use guests::abi::layout;
use guests::map::port;
use runner::machine::NoTurn;

use super::error::{BadLine, Error};
use super::features::Features;
use super::fnv::Fnv;

/// How one guest ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it ended by `done`; otherwise by an exception without a handler.
    pub done: bool,
    /// RSP at the end.
    pub rsp: u64,
    /// How many records were reserved.
    pub reserved: u32,
    /// The records, [`layout::USED`] bytes each.
    pub records: Vec<Vec<u8>>,
    /// The bytes at RSP.
    pub stack: Vec<u8>,
}

/// How one guest ended.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It came to an end of its own.
    Answered(Answer),
    /// The processor shut down.
    ShutDown,
    /// It did not end in its time.
    Hung,
    /// It did not run; why.
    Missing(NoTurn),
}

/// The answers that a machine has written so far.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// The number of guests in the image, and the processor's features; `None` before the supervisor's first line.
    pub hello: Option<(usize, Features)>,
    /// The answers, by the guest's number.
    pub answers: BTreeMap<usize, Answer>,
    /// The guest that started last.
    pub running: Option<usize>,
    /// Guests that started and have no answer, since the machine was restarted.
    pub lost: BTreeSet<usize>,
    /// All guests have run.
    pub ended: bool,
    /// The supervisor cannot go on, though guests are left.
    pub stuck: bool,
    partial: Option<Partial>,
    lines: usize,
}

#[derive(Clone, Debug)]
struct Partial {
    answer: Answer,
    checksum: Fnv,
}

impl Answers {
    /// Takes one line. Lines before the supervisor's first, such as the firmware's, are ignored.
    pub fn take(&mut self, line: &str) -> Result<(), Error> {
        self.lines += 1;
        let line = line.trim_end();
        if let Some(words) = line.strip_prefix("nmi-bare 1 ") {
            self.lost.extend(self.running.take().filter(|running| !self.answers.contains_key(running)));
            (self.partial, self.stuck) = (None, false);
            let mut words = words.split(' ').map(|word| u32::from_str_radix(word, 16));
            return match (words.next(), words.next()) {
                (Some(Ok(guests)), Some(Ok(have))) => {
                    self.hello = Some((guests as usize, Features::from_bits(have)));
                    Ok(())
                }
                _ => Err(self.wrong(BadLine::Hello)),
            };
        }
        if self.hello.is_none() {
            return Ok(());
        }
        let (kind, words) = line.split_once(' ').unwrap_or((line, ""));
        match kind {
            ">" => {
                let number = words.split(' ').next().and_then(|word| usize::from_str_radix(word, 16).ok());
                self.running = Some(number.ok_or_else(|| self.wrong(BadLine::Start))?);
            }
            "#" => self.ended = true,
            "!" => self.stuck = true,
            _ => return self.part(line),
        }
        Ok(())
    }

    /// How a guest ended, as far as the output tells.
    pub fn fate(&self, number: usize) -> Fate {
        match self.answers.get(&number) {
            Some(answer) => Fate::Answered(answer.clone()),
            None if self.lost.contains(&number) => Fate::Hung,
            None if self.running == Some(number) && self.stuck => Fate::Missing(NoTurn::Supervisor),
            None if self.running == Some(number) => Fate::Missing(NoTurn::CutWithin),
            None if self.ended || self.running.is_some_and(|running| running > number) => {
                Fate::Missing(NoTurn::PassedOver)
            }
            None => Fate::Missing(NoTurn::CutBefore),
        }
    }

    /// A line of an answer.
    fn part(&mut self, line: &str) -> Result<(), Error> {
        let (kind, rest) = line.split_at_checked(1).unwrap_or((line, ""));
        match (kind, &mut self.partial) {
            ("=", _) => {
                let mut fields = rest.split(' ').map(bytes);
                let fields =
                    [fields.next(), fields.next(), fields.next()].map(|field| field.flatten().unwrap_or_default());
                let [by, rsp, reserved] = fields;
                let answer = match (by.as_slice(), rsp.try_into(), reserved.try_into()) {
                    (&[by], Ok(rsp), Ok(reserved)) => Answer {
                        done: by == port::DONE,
                        rsp: u64::from_le_bytes(rsp),
                        reserved: u32::from_le_bytes(reserved),
                        records: Vec::new(),
                        stack: Vec::new(),
                    },
                    _ => return Err(self.wrong(BadLine::End)),
                };
                let mut checksum = Fnv::default();
                checksum.add(&answer.rsp.to_le_bytes());
                checksum.add(&answer.reserved.to_le_bytes());
                self.partial = Some(Partial { checksum, answer });
            }
            ("+", Some(partial)) => match bytes(rest).filter(|record| record.len() as u64 == layout::USED) {
                Some(record) => {
                    partial.checksum.add(&record);
                    partial.answer.records.push(record);
                }
                None => return Err(self.wrong(BadLine::Record)),
            },
            ("s", Some(partial)) => {
                partial.answer.stack = bytes(rest).unwrap_or_default();
                partial.checksum.add(&partial.answer.stack);
            }
            (".", Some(partial)) => {
                if u32::from_str_radix(rest, 16) != Ok(partial.checksum.value()) {
                    return Err(self.wrong(BadLine::Checksum));
                }
                let answer = partial.answer.clone();
                self.partial = None;
                let number = self.running.ok_or_else(|| self.wrong(BadLine::NotStarted))?;
                self.answers.insert(number, answer);
            }
            // The firmware's or the user's output in between.
            _ => {}
        }
        Ok(())
    }

    fn wrong(&self, why: BadLine) -> Error {
        Error::Written { line: self.lines, why }
    }
}

/// Bytes in hexadecimal.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record's line: of mark 0, of processor 0, committed, and so on.
    fn record() -> String {
        format!("+0000000124200000{}", "00".repeat(layout::USED as usize - 8))
    }

    fn answers(lines: &[&str]) -> Result<Answers, Error> {
        let mut answers = Answers::default();
        lines.iter().try_for_each(|line| answers.take(line)).map(|()| answers)
    }

    /// One guest's lines, with their checksum.
    fn one(number: usize) -> Vec<String> {
        let mut checksum = Fnv::default();
        checksum.add(&0x87c0_u64.to_le_bytes());
        checksum.add(&1_u32.to_le_bytes());
        checksum.add(&bytes(&record()[1..]).unwrap());
        vec![
            format!("> {number:08x} a trial"),
            "=e2 c087000000000000 01000000".to_owned(),
            record(),
            format!(".{:08x}", checksum.value()),
        ]
    }

    fn all(parts: &[&[String]]) -> Vec<String> {
        let mut lines = vec!["SeaBIOS".to_owned(), "nmi-bare 1 00000003 0000008e".to_owned()];
        lines.extend(parts.iter().flat_map(|part| part.iter().cloned()));
        lines
    }

    fn taken(lines: &[String]) -> Result<Answers, Error> {
        answers(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[test]
    fn an_answer_is_read_with_its_records() {
        let answers = taken(&all(&[&one(1), &["# as the model, otherwise: 00000001 00000000".to_owned()]])).unwrap();
        let (guests, features) = answers.hello.unwrap();
        assert_eq!((guests, features.bits(), answers.ended), (3, 0x8e, true));
        let Fate::Answered(answer) = answers.fate(1) else { panic!("{answers:?}") };
        assert_eq!((answer.done, answer.rsp, answer.reserved, answer.records.len()), (true, 0x87c0, 1, 1));
        assert!(matches!(answers.fate(0), Fate::Missing(NoTurn::PassedOver)));
    }

    #[test]
    fn a_guest_without_an_answer_is_lost_once_the_machine_begins_anew() {
        let started = ["> 00000001 a trial".to_owned()];
        let cut = taken(&all(&[&one(0), &started])).unwrap();
        assert!(matches!(cut.fate(1), Fate::Missing(NoTurn::CutWithin)));
        assert!(matches!(cut.fate(2), Fate::Missing(NoTurn::CutBefore)));
        let anew = taken(&all(&[&one(0), &started, &all(&[&one(2)])])).unwrap();
        assert!(matches!(
            (anew.fate(0), anew.fate(1), anew.fate(2)),
            (Fate::Answered(_), Fate::Hung, Fate::Answered(_))
        ));
    }

    #[test]
    fn what_was_lost_on_the_way_is_told_with_its_line() {
        let mut lines = all(&[&one(0)]);
        lines[4].replace_range(20..21, "1");
        assert_eq!(
            taken(&lines).unwrap_err().to_string(),
            "6: bytes were lost on the way; give what the machine wrote to its serial port, from its first line on"
        );
        for (line, wrong) in [(1, "nmi-bare 1 x y"), (2, "> x"), (3, "=e2 00 00"), (4, "+01")] {
            let mut lines = all(&[&one(0)]);
            lines[line] = wrong.to_owned();
            assert!(taken(&lines).unwrap_err().to_string().starts_with(&format!("{}: ", line + 1)), "{wrong}");
        }
    }

    #[test]
    fn what_others_write_in_between_is_passed_over() {
        let mut lines = all(&[&one(0)]);
        lines.insert(3, "\u{fffd}kernel noise".to_owned());
        assert!(matches!(taken(&lines).unwrap().fate(0), Fate::Answered(_)));
        assert!(taken(&["nothing of the supervisor's".to_owned()]).unwrap().hello.is_none());
    }
}
