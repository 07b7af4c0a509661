use super::layout::{ERROR_FRAME, FRAME, NAMES, SNAP};
use super::{icr, routines};
use crate::asm::Pseudo;
use crate::map::port;
use crate::{RaiseBy, SectionName};

/// The words, as "did you mean" offers them.
const WORDS: [&str; 8] = ["mark", "snap", "raise", "arm", "irq", "eoi", "iret", "done"];

/// Expands the ABI's pseudo-instructions and collects the names of marks.
///
/// The instruction that does what the word says is the last of each expansion, so the boundary after it is the next
/// statement's address.
#[derive(Debug)]
pub(crate) struct Expander {
    raise: RaiseBy,
    marks: Vec<String>,
}

impl Expander {
    /// With `raise` assembled in this way.
    pub(crate) fn new(raise: RaiseBy) -> Self {
        Self { raise, marks: Vec::new() }
    }

    /// Names of marks and snaps in order of first use; a record's `mark` is an index.
    pub(crate) fn into_marks(self) -> Vec<String> {
        self.marks
    }

    /// `mark NAME[, frame|error-frame]`: a record, no exit, every register and flag preserved. Uses stack below RSP.
    fn mark(&mut self, unit: &str, bits: u32, word: &str, operands: &str, kind: u16) -> Result<Vec<String>, String> {
        let mut parts = operands.split(',').map(str::trim);
        let name = parts.next().unwrap_or("");
        let frame = match parts.next() {
            None => 0,
            Some("frame") => FRAME,
            Some("error-frame") => ERROR_FRAME,
            Some(other) => return Err(format!("`{other}` is not `frame` or `error-frame`")),
        };
        if let Some(more) = parts.next() {
            return Err(format!("`{word}` takes a name and `frame` or `error-frame`, not also `{more}`"));
        }
        let tag = self.index(word, name)? | frame | kind;
        let routine = if is_smm(unit) { routines::MARK_SMM } else { routines::MARK };
        Ok(vec![routines::push(bits, tag.into()), format!("call {routine}")])
    }

    /// The name's number, a new one at its first use.
    fn index(&mut self, word: &str, name: &str) -> Result<u16, String> {
        if name.is_empty() {
            return Err(format!("`{word}` needs a name, such as `{word} start`"));
        }
        if let Some(bad) = name.chars().find(|&letter| !letter.is_ascii_alphanumeric() && !"-_".contains(letter)) {
            let bad = if bad == ' ' { "a space".to_owned() } else { format!("`{bad}`") };
            return Err(format!("{bad} cannot be part of a name: use letters, digits, `-` and `_`"));
        }
        if let Some(index) = self.marks.iter().position(|known| known == name) {
            return Ok(index as u16);
        }
        if self.marks.len() >= NAMES {
            return Err(format!("this is name {} of a guest: there is room for {NAMES}", self.marks.len() + 1));
        }
        self.marks.push(name.to_owned());
        Ok((self.marks.len() - 1) as u16)
    }

    /// `raise [N]`: N NMIs to this processor by the trial's path. May clobber EAX, ECX and EDX.
    fn raise(&self, unit: &str, bits: u32, operands: &str) -> Result<Vec<String>, String> {
        let count = match operands {
            "" => 1,
            digits => match digits.parse::<u8>() {
                Ok(count) if count > 0 => count,
                _ => return Err(format!("`{operands}` is not a number of NMIs from 1 to 255")),
            },
        };
        match self.raise {
            RaiseBy::Host => Ok(vec![format!("mov al, {count}"), out(port::RAISE)]),
            _ if count != 1 => Err(format!(
                "the guest itself raises by this path, and cannot raise {count} NMIs at one boundary: leave `lapic`, \
                 `xapic` and `x2apic` out of `paths`, or raise one at a time"
            )),
            by => Ok(icr::send_nmi(bits, by, own_apic_id(unit))),
        }
    }

    /// `arm`: one NMI once this processor has halted; the host must be the one to raise it.
    fn arm(&self) -> Result<Vec<String>, String> {
        match self.raise {
            RaiseBy::Host => Ok(vec![out(port::ARM)]),
            _ => Err("a halted processor cannot raise an NMI by its own interrupt command register: leave `lapic`, \
                      `xapic` and `x2apic` out of `paths`"
                .to_owned()),
        }
    }
}

impl Pseudo for Expander {
    fn expand(&mut self, unit: &str, bits: u32, word: &str, operands: &str) -> Option<Result<Vec<String>, String>> {
        let operands = operands.trim();
        let smm = is_smm(unit);
        let alone = |lines: Vec<String>| match operands {
            "" => Ok(lines),
            _ => Err(format!("`{word}` takes no operands, but `{operands}` follows it")),
        };
        Some(match word {
            "mark" => self.mark(unit, bits, word, operands, 0),
            "snap" => self.mark(unit, bits, word, operands, SNAP).map(|mut lines| {
                lines.push(out(port::SNAP));
                lines
            }),
            "raise" => self.raise(unit, bits, operands),
            "arm" => self.arm().and_then(alone),
            "irq" => alone(vec![out(port::IRQ)]),
            "eoi" => alone(icr::end_of_interrupt(bits, self.raise)),
            // `iret` alone would be this word again.
            "iret" => alone(vec![["iretw", "iretd", "iretq"][(bits / 32).min(2) as usize].to_owned()]),
            "done" => {
                alone(vec![out(port::DONE), format!("jmp {}", if smm { routines::PARK_SMM } else { routines::PARK })])
            }
            _ => return None,
        })
    }

    fn words(&self) -> &'static [&'static str] {
        &WORDS
    }
}

fn out(port: u8) -> String {
    format!("out {port:#x}, al")
}

fn is_smm(unit: &str) -> bool {
    unit == SectionName::Smm.word()
}

/// The second processor runs `peer` and nothing else of the case.
fn own_apic_id(unit: &str) -> u32 {
    u32::from(unit == SectionName::Peer.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(by: RaiseBy, bits: u32, word: &str, operands: &str) -> Result<Vec<String>, String> {
        Expander::new(by).expand("main", bits, word, operands).unwrap_or_else(|| Err("unknown".to_owned()))
    }

    #[test]
    fn marks_push_a_tag_and_call() {
        let mut expander = Expander::new(RaiseBy::Host);
        let mut lines = |unit, word, operands| expander.expand(unit, 64, word, operands);
        assert_eq!(lines("main", "mark", "start"), Some(Ok(vec!["push qword 0x0".into(), "call __mark".into()])));
        assert_eq!(
            lines("nmi", "snap", "held , frame"),
            Some(Ok(vec!["push qword 0x5001".into(), "call __mark".into(), "out 0xe0, al".into()]))
        );
        assert_eq!(
            expander.expand("smm", 16, "mark", "start,error-frame"),
            Some(Ok(vec!["push word 0x2000".into(), "call __mark_smm".into()]))
        );
        assert_eq!(expander.into_marks(), ["start", "held"]);
    }

    #[test]
    fn raise_follows_the_path() {
        assert_eq!(expand(RaiseBy::Host, 16, "raise", "2"), Ok(vec!["mov al, 2".into(), "out 0xe1, al".into()]));
        assert_eq!(expand(RaiseBy::XApic, 16, "raise", "").map(|lines| lines.len()), Ok(4));
        let mut peer = Expander::new(RaiseBy::X2Apic);
        let lines = peer.expand("peer", 64, "raise", "").and_then(Result::ok).unwrap_or_default();
        assert_eq!(lines.get(1).map(String::as_str), Some("mov edx, 0x1"));
    }

    #[test]
    fn iret_is_as_wide_as_the_code() {
        for (bits, name) in [(16, "iretw"), (32, "iretd"), (64, "iretq")] {
            assert_eq!(expand(RaiseBy::Host, bits, "iret", ""), Ok(vec![name.to_owned()]));
        }
    }

    #[test]
    fn bad_operands_get_an_answer() {
        let errors: Vec<String> = [
            ("mark", ""),
            ("mark", "a b"),
            ("mark", "a, farme"),
            ("snap", "a, frame, b"),
            ("raise", "0"),
            ("raise", "many"),
            ("done", "now"),
            ("iret", "4"),
        ]
        .into_iter()
        .map(|(word, operands)| expand(RaiseBy::Host, 64, word, operands).expect_err(word))
        .chain(
            [("raise", "2"), ("arm", "")]
                .map(|(word, operands)| expand(RaiseBy::XApic, 64, word, operands).expect_err(word)),
        )
        .collect();
        insta::assert_snapshot!(errors.join("\n"));
    }

    #[test]
    fn names_run_out() {
        let mut expander = Expander::new(RaiseBy::Host);
        for number in 0..NAMES {
            assert!(matches!(expander.expand("main", 64, "mark", &format!("m{number}")), Some(Ok(_))), "{number}");
        }
        assert!(matches!(expander.expand("main", 64, "mark", "m0"), Some(Ok(_))));
        assert!(matches!(expander.expand("main", 64, "mark", "one-more"), Some(Err(_))));
    }
}
