//! The guest of a case before a mode and a path are chosen.

use std::collections::BTreeMap;

use crate::vector;

/// The guest of a case before a mode and a way of raising NMIs are chosen.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The case's sections, in the order of the file.
    pub sections: Vec<Section>,
    /// How the guest starts.
    pub boot: Boot,
}

impl Program {
    /// The section of that name, if the case wrote it.
    pub fn section(&self, name: SectionName) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// A line of a section's text, counted from 0, trimmed; empty if there is none.
    pub fn line(&self, section: SectionName, line: usize) -> &str {
        self.section(section).and_then(|section| section.text.lines().nth(line)).unwrap_or_default().trim()
    }

    /// Whether the guest is a hypervisor.
    pub fn has_l2(&self) -> bool {
        self.section(SectionName::L2).is_some()
    }

    /// Whether the case itself uses a second processor.
    pub fn has_peer(&self) -> bool {
        self.section(SectionName::Peer).is_some()
    }
}

/// One section of text assembly.
#[derive(Clone, Debug)]
pub struct Section {
    /// Which section.
    pub name: SectionName,
    /// Its text, as the case file holds it.
    pub text: String,
}

/// The sections a case may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SectionName {
    /// Where the first processor starts.
    Main,
    /// Where the second processor starts.
    Peer,
    /// The handler of a vector.
    Handler(u8),
    /// The handler of system-management interrupts, 16-bit code entered at SMBASE + 8000h.
    Smm,
    /// Data, in memory of its own.
    Data,
    /// Where L2 starts, the guest of a guest hypervisor.
    L2,
    /// L2's handler of a vector.
    L2Handler(u8),
}

impl SectionName {
    /// The section called `word` in case files (`main`, `peer`, `nmi`, `gp`, ..., `irq`, `smm`, `data`).
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "main" => Some(Self::Main),
            "peer" => Some(Self::Peer),
            "smm" => Some(Self::Smm),
            "data" => Some(Self::Data),
            "l2" => Some(Self::L2),
            _ => match word.strip_prefix("l2-") {
                Some(name) => vector::by_name(name).map(Self::L2Handler),
                None => vector::by_name(word).map(Self::Handler),
            },
        }
    }

    /// The word case files use, which is also the label of the section's first byte.
    pub fn word(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Peer => "peer",
            Self::Smm => "smm",
            Self::Data => "data",
            Self::L2 => "l2",
            Self::Handler(vector) => named(&vector::NAMED, vector),
            Self::L2Handler(vector) => named(&vector::NAMED_IN_L2, vector),
        }
    }

    /// The label of its first byte: its word, with `_` for the `-` that no label has.
    pub fn label(self) -> String {
        self.word().replace('-', "_")
    }

    /// Whether L2 runs it.
    pub fn is_l2(self) -> bool {
        matches!(self, Self::L2 | Self::L2Handler(_))
    }
}

fn named(names: &[(&'static str, u8)], vector: u8) -> &'static str {
    names.iter().find(|&&(_, known)| known == vector).map_or("handler", |&(name, _)| name)
}

/// How a guest starts: everything a case can change about the tables it boots with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Boot {
    /// Start `main` at CPL 3 (protected and long mode only).
    pub user: bool,
    /// Interrupt stack table index (1 to 3) by vector; long mode only.
    pub ist: BTreeMap<u8, u8>,
    /// Gates that differ from a present interrupt gate of DPL 3, by vector; not in real mode.
    pub gates: BTreeMap<u8, Gate>,
    /// IDTR.limit, if not the whole table.
    pub idt_limit: Option<u16>,
    /// Pages that are flawed from the start, by the page's guest-physical address; not in real mode. Those of L2 are among them.
    pub pages: BTreeMap<u64, PageFlaw>,
    /// How L2 starts.
    pub l2: L2Boot,
}

/// How L2 starts: what a case can change about the VMCB and the interrupt table that its hypervisor begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct L2Boot {
    /// Gates that differ from a present interrupt gate of DPL 3, by vector.
    pub gates: BTreeMap<u8, Gate>,
    /// IDTR.limit, if not the whole table.
    pub idt_limit: Option<u16>,
    /// RFLAGS.IF.
    pub interrupts: bool,
}

/// A gate that is not the plain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// A trap gate: leaves RFLAGS.IF alone.
    Trap,
    /// P = 0: #NP on delivery.
    NotPresent,
    /// A code selector beyond the GDT's limit: #GP on delivery.
    BadSelector,
    /// A code segment marked not present: #NP on delivery.
    AbsentSegment,
    /// An interrupt gate of DPL 0: software cannot use it at CPL 3.
    DplZero,
    /// A call gate, which the interrupt table must not hold: #GP on delivery.
    Call,
    /// A task gate, to the task-state segment in use: #GP on delivery in long mode.
    Task,
    /// A 16-bit interrupt gate: #GP on delivery in long mode.
    SixteenBit,
    /// An address that is not canonical: #GP on delivery in long mode.
    NonCanonical,
    /// A 32-bit code segment: #GP on delivery in long mode.
    NarrowSegment,
}

impl Gate {
    /// Whether it exists, or is a flaw, in long mode only.
    pub fn needs_long_mode(self) -> bool {
        matches!(self, Self::Task | Self::SixteenBit | Self::NonCanonical | Self::NarrowSegment)
    }
}

/// How a page differs from the plain ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFlaw {
    /// P = 0.
    NotPresent,
    /// U/S = 0: not for CPL 3.
    Supervisor,
    /// R/W = 0. CR0.WP is set, so the supervisor cannot write either.
    ReadOnly,
    /// P = 1: for [`crate::map::ABSENT_PAGE`], which is not present otherwise.
    Present,
}

/// What a trial's path and vendor decide about a guest's pseudo-instructions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wiring {
    /// How `raise` is assembled.
    pub raise: RaiseBy,
    /// Whether the second processor runs the built-in sender (only when the program has no `peer` section).
    pub sender: bool,
    /// Further constants of the assembler, such as the vendor's performance-counter MSRs.
    pub constants: BTreeMap<String, u64>,
}

/// How the guest raises an NMI to the processor that runs `raise`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RaiseBy {
    /// By an exit: the host does it.
    Host,
    /// By writing the interrupt command register in the APIC page.
    XApic,
    /// By writing MSR 830h.
    X2Apic,
}
