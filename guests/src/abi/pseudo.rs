//! The pseudo-instructions: what each expands to.

use super::layout::{ERROR_FRAME, EXIT, FRAME, NAMES, SNAP};
use super::word_error::WordError;
use super::{FrameKind, icr, routines, vmcb, vmcs};
use crate::asm::{Pseudo, PseudoError};
use crate::map::{self, port};
use crate::site::{WORDS, Word};
use crate::{Hypervisor, RaiseBy, SectionName};

/// Expands the ABI's pseudo-instructions, collects the names of marks, and records every expansion.
///
/// The instruction that does what the word says is the last of each expansion, so the boundary after it is the next
/// statement's address.
#[derive(Debug)]
pub(crate) struct Expander {
    raise: RaiseBy,
    /// Which vendor's hypervisor the guest is; `None` if it is no hypervisor.
    hypervisor: Option<Hypervisor>,
    marks: Vec<String>,
    expanded: Vec<Expanded>,
}

/// The expansion of one pseudo-instruction; if it calls or exits, each of its lines is one instruction.
#[derive(Clone, Debug)]
pub(crate) struct Expanded {
    pub(crate) word: Word,
    /// Of `mark` and `snap`: the name's number.
    pub(crate) mark: Option<u16>,
    pub(crate) frame: FrameKind,
    /// Index of the instruction that calls the routine that writes the record.
    pub(crate) call: Option<usize>,
    /// Index of the instruction that exits, and its port.
    pub(crate) exit: Option<(usize, u8)>,
    /// Empty once the assembler has them.
    lines: Vec<String>,
}

impl Expanded {
    fn new(word: Word, lines: Vec<String>) -> Self {
        Self { word, mark: None, frame: FrameKind::None, call: None, exit: None, lines }
    }

    fn exit(mut self, port: u8) -> Self {
        self.exit = Some((self.lines.len(), port));
        self.lines.push(format!("out {port:#x}, al"));
        self
    }
}

impl Expander {
    /// Expands `raise` in this way, for a guest that is such a hypervisor or none.
    pub(crate) fn new(raise: RaiseBy, hypervisor: Option<Hypervisor>) -> Self {
        Self { raise, hypervisor, marks: Vec::new(), expanded: Vec::new() }
    }

    /// What was expanded, in order.
    pub(crate) fn expanded(&self) -> &[Expanded] {
        &self.expanded
    }

    /// Names of marks and snaps in order of first use; a record's `mark` is an index.
    pub(crate) fn into_marks(self) -> Vec<String> {
        self.marks
    }

    fn word(&mut self, unit: &str, bits: u32, word: Word, name: &str, operands: &str) -> Result<Expanded, WordError> {
        let takes_none = matches!(
            word,
            Word::Arm | Word::Irq | Word::Eoi | Word::Iret | Word::Done | Word::Vmlaunch | Word::Vmresume
        );
        if takes_none && !operands.is_empty() {
            return Err(WordError::Operands { word: name.to_owned(), operands: operands.to_owned() });
        }
        if let Some(hypervisor) = Hypervisor::of(word) {
            self.check_hypervisor(unit, name, Some(hypervisor))?;
        }
        let lines = |lines| Expanded::new(word, lines);
        Ok(match word {
            Word::Mark => self.mark(unit, bits, word, name, operands)?,
            Word::Snap => self.mark(unit, bits, word, name, operands)?.exit(port::SNAP),
            Word::Vmcb => lines(vmcb::write(operands)?),
            Word::Vmcs => lines(vmcs::write(operands)?),
            Word::Vmlaunch | Word::Vmresume => lines(vmcs::enter(name)),
            Word::Vmrun => lines(vec![format!("mov eax, {:#x}", map::VMCB), "vmrun rax".to_owned()]),
            Word::Raise => self.raise(unit, bits, operands)?,
            Word::Arm => self.arm()?,
            Word::Irq => lines(Vec::new()).exit(port::IRQ),
            Word::Eoi => lines(icr::end_of_interrupt(bits, self.raise)),
            // `iret` alone would be this word again.
            Word::Iret => lines(vec![["iretw", "iretd", "iretq"][(bits / 32).min(2) as usize].to_owned()]),
            Word::Done => {
                let mut done = lines(Vec::new()).exit(port::DONE);
                done.lines.push(format!("jmp {}", if is_smm(unit) { routines::PARK_SMM } else { routines::PARK }));
                done
            }
        })
    }

    /// Refuses a hypervisor's word in a guest without L2, beside words of the other vendor, and in L2's own sections.
    fn check_hypervisor(&self, unit: &str, name: &str, whose: Option<Hypervisor>) -> Result<(), WordError> {
        let word = || name.to_owned();
        let Some(own) = self.hypervisor else {
            return Err(WordError::NoHypervisor { word: word() });
        };
        if whose.is_some_and(|whose| whose != own) {
            return Err(WordError::OtherHypervisor { word: word(), own });
        }
        if SectionName::from_word(unit).is_some_and(SectionName::is_l2) {
            return Err(WordError::InsideL2 { word: word(), unit: unit.to_owned() });
        }
        Ok(())
    }

    /// `mark NAME[, frame|error-frame|exit]`: a record, no exit, every register and flag preserved. Uses stack below RSP.
    fn mark(&mut self, unit: &str, bits: u32, word: Word, called: &str, operands: &str) -> Result<Expanded, WordError> {
        let (name, mut others) = mark_operands(operands);
        let frame = match others.next() {
            None => FrameKind::None,
            Some(other) => frame(other).ok_or_else(|| WordError::Frame { operand: other.to_owned() })?,
        };
        if frame == FrameKind::Exit {
            self.check_hypervisor(unit, &format!("{called} NAME, exit"), None)?;
        }
        if let Some(more) = others.next() {
            return Err(WordError::ThirdOperand { word: called.to_owned(), operand: more.to_owned() });
        }
        let mark = self.index(called, name)?;
        let kept = match frame {
            FrameKind::None => 0,
            FrameKind::Interrupt => FRAME,
            FrameKind::Error => ERROR_FRAME,
            FrameKind::Exit | FrameKind::VmcsExit => EXIT,
        };
        let tag = mark | kept | if word == Word::Snap { SNAP } else { 0 };
        let routine = match frame {
            _ if is_smm(unit) => routines::MARK_SMM,
            FrameKind::Exit => routines::MARK_EXIT,
            _ => routines::MARK,
        };
        let lines = vec![routines::push(bits, tag.into()), format!("call {routine}")];
        Ok(Expanded { mark: Some(mark), frame, call: Some(1), ..Expanded::new(word, lines) })
    }

    /// The name's number, a new one at its first use.
    fn index(&mut self, word: &str, name: &str) -> Result<u16, WordError> {
        if name.is_empty() {
            return Err(WordError::NoName { word: word.to_owned() });
        }
        if let Some(bad) = name.chars().find(|&letter| !letter.is_ascii_alphanumeric() && !"-_".contains(letter)) {
            return Err(WordError::InName(bad));
        }
        if let Some(index) = self.marks.iter().position(|known| known == name) {
            return Ok(index as u16);
        }
        if self.marks.len() >= NAMES {
            return Err(WordError::Names { number: self.marks.len() + 1 });
        }
        self.marks.push(name.to_owned());
        Ok((self.marks.len() - 1) as u16)
    }

    /// `raise [N]`: N NMIs to this processor by the trial's path. May clobber EAX, ECX and EDX.
    fn raise(&self, unit: &str, bits: u32, operands: &str) -> Result<Expanded, WordError> {
        let count = raise_count(operands).ok_or_else(|| WordError::Count { operand: operands.to_owned() })?;
        match self.raise {
            RaiseBy::Host => Ok(Expanded::new(Word::Raise, vec![format!("mov al, {count}")]).exit(port::RAISE)),
            _ if count != 1 => Err(WordError::CountByGuest { count }),
            by => Ok(Expanded::new(Word::Raise, icr::send_nmi(bits, by, own_apic_id(unit)))),
        }
    }

    /// `arm`: one NMI once this processor has halted; the host must be the one to raise it.
    fn arm(&self) -> Result<Expanded, WordError> {
        match self.raise {
            RaiseBy::Host => Ok(Expanded::new(Word::Arm, Vec::new()).exit(port::ARM)),
            _ => Err(WordError::ArmByGuest),
        }
    }
}

impl Pseudo for Expander {
    fn expand(
        &mut self,
        unit: &str,
        bits: u32,
        word: &str,
        operands: &str,
    ) -> Option<Result<Vec<String>, PseudoError>> {
        let known = Word::from_name(word)?;
        // With an operand it is the instruction.
        if known == Word::Vmrun && !operands.trim().is_empty() {
            return None;
        }
        let expanded = self.word(unit, bits, known, word, operands.trim()).map(|mut expanded| {
            let lines = std::mem::take(&mut expanded.lines);
            self.expanded.push(expanded);
            lines
        });
        Some(expanded.map_err(PseudoError::from))
    }

    fn words(&self) -> &'static [&'static str] {
        &WORDS
    }
}

/// The name of a mark or snap with these operands, which may be empty, and the operands after it.
pub(crate) fn mark_operands(operands: &str) -> (&str, impl Iterator<Item = &str>) {
    let mut parts = operands.split(',').map(str::trim);
    (parts.next().unwrap_or_default(), parts)
}

/// How many NMIs a `raise` with these operands raises.
pub(crate) fn raise_count(operands: &str) -> Option<u8> {
    match operands {
        "" => Some(1),
        digits => digits.parse().ok().filter(|&count| count > 0),
    }
}

/// What a mark with this second operand keeps.
pub(crate) fn frame(text: &str) -> Option<FrameKind> {
    match text {
        "frame" => Some(FrameKind::Interrupt),
        "error-frame" => Some(FrameKind::Error),
        "exit" => Some(FrameKind::Exit),
        _ => None,
    }
}

fn is_smm(unit: &str) -> bool {
    unit == SectionName::Smm.word()
}

/// The APIC ID of the processor that runs the unit: the second one runs `peer` and no other section.
fn own_apic_id(unit: &str) -> u32 {
    u32::from(unit == SectionName::Peer.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(by: RaiseBy, bits: u32, word: &str, operands: &str) -> Result<Vec<String>, String> {
        lines(&mut Expander::new(by, Some(Hypervisor::Svm)), ("main", bits), word, operands)
    }

    fn lines(
        expander: &mut Expander,
        (unit, bits): (&str, u32),
        word: &str,
        operands: &str,
    ) -> Result<Vec<String>, String> {
        expander.expand(unit, bits, word, operands).expect("a word").map_err(|error| error.to_string())
    }

    #[test]
    fn marks_push_a_tag_and_call() {
        let mut expander = Expander::new(RaiseBy::Host, Some(Hypervisor::Svm));
        let mut lines = |unit, word, operands| lines(&mut expander, unit, word, operands);
        assert_eq!(lines(("main", 64), "mark", "start"), Ok(vec!["push qword 0x0".into(), "call __mark".into()]));
        assert_eq!(
            lines(("nmi", 64), "snap", "held , frame"),
            Ok(vec!["push qword 0x5001".into(), "call __mark".into(), "out 0xe0, al".into()])
        );
        assert_eq!(
            lines(("smm", 16), "mark", "start,error-frame"),
            Ok(vec!["push word 0x2000".into(), "call __mark_smm".into()])
        );
        assert_eq!(expander.into_marks(), ["start", "held"]);
    }

    #[test]
    fn raise_follows_the_path() {
        assert_eq!(expand(RaiseBy::Host, 16, "raise", "2"), Ok(vec!["mov al, 2".into(), "out 0xe1, al".into()]));
        assert_eq!(expand(RaiseBy::XApic, 16, "raise", "").map(|lines| lines.len()), Ok(4));
        let mut peer = Expander::new(RaiseBy::X2Apic, Some(Hypervisor::Svm));
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
        let mut expander = Expander::new(RaiseBy::Host, Some(Hypervisor::Svm));
        for number in 0..NAMES {
            assert!(matches!(expander.expand("main", 64, "mark", &format!("m{number}")), Some(Ok(_))), "{number}");
        }
        assert!(matches!(expander.expand("main", 64, "mark", "m0"), Some(Ok(_))));
        assert!(matches!(expander.expand("main", 64, "mark", "one-more"), Some(Err(_))));
    }
}
