//! Where a guest's pseudo-instructions stand: in its text, and in its image.

use crate::SectionName;
use crate::abi::FrameKind;

/// The pseudo-instructions of the trace ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// Writes a record.
    Mark,
    /// Writes a record and exits.
    Snap,
    /// Raises NMIs by the trial's path.
    Raise,
    /// Asks for one NMI once this processor has halted.
    Arm,
    /// Makes the external interrupt pending.
    Irq,
    /// Ends the interrupt in service.
    Eoi,
    /// IRET as wide as the code.
    Iret,
    /// Ends the case on this processor.
    Done,
    /// Writes a field of the VMCB.
    Vmcb,
    /// Enters L2 on AMD's processors.
    Vmrun,
    /// Writes a field of the VMCS.
    Vmcs,
    /// Enters L2 on Intel's processors for the first time.
    Vmlaunch,
    /// Enters L2 again.
    Vmresume,
}

/// The words, as case files write them.
pub(crate) const WORDS: [&str; 13] =
    ["mark", "snap", "raise", "arm", "irq", "eoi", "iret", "done", "vmcb", "vmrun", "vmcs", "vmlaunch", "vmresume"];

impl Word {
    /// The pseudo-instruction that a case file calls `word`.
    pub(crate) fn from_name(word: &str) -> Option<Self> {
        const ALL: [Word; 13] = [
            Word::Mark,
            Word::Snap,
            Word::Raise,
            Word::Arm,
            Word::Irq,
            Word::Eoi,
            Word::Iret,
            Word::Done,
            Word::Vmcb,
            Word::Vmrun,
            Word::Vmcs,
            Word::Vmlaunch,
            Word::Vmresume,
        ];
        WORDS.iter().position(|known| *known == word).and_then(|index| ALL.get(index).copied())
    }
}

/// One pseudo-instruction of the case in the image, or one OUT that the case itself writes to a port of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Which pseudo-instruction; `None` for an OUT that the case itself writes.
    pub word: Option<Word>,
    /// Of `mark` and `snap`: index into [`crate::Guest::marks`].
    pub mark: Option<u16>,
    /// What the record keeps of the stack.
    pub frame: FrameKind,
    /// Linear address of the first instruction.
    pub address: u64,
    /// Of `mark` and `snap`: the call that writes the record.
    pub call: Option<Call>,
    /// How it exits to the host, if it does.
    pub exit: Option<Exit>,
    /// The section it is written in.
    pub section: SectionName,
    /// Line in the section's text, from 0.
    pub line: usize,
}

/// A call of the routine that writes records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Linear address of the CALL.
    pub address: u64,
    /// Linear address after it, which is the record's [`site`](crate::abi::Record::site).
    pub returns: u64,
}

/// An exit to the host by an OUT of two bytes; two bytes of NOP (66h 90h) in its place make a snap a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Linear address of the OUT.
    pub address: u64,
    /// The port, one of [`crate::map::port`].
    pub port: u8,
}
