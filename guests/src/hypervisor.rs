//! Guest hypervisors: whether a program uses AMD's or Intel's virtualization.

use crate::asm::{SourceLine, code};
use crate::site::Word;
use crate::{Program, SectionName};

/// The virtualization extension that a guest hypervisor uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hypervisor {
    /// AMD's: the VMCB, VMRUN.
    Svm,
    /// Intel's: the VMCS, VMLAUNCH and VMRESUME.
    Vmx,
}

impl Hypervisor {
    /// The extension that this word belongs to; `None` for other words.
    pub(crate) fn of(word: Word) -> Option<Self> {
        match word {
            Word::Vmcb | Word::Vmrun => Some(Self::Svm),
            Word::Vmcs | Word::Vmlaunch | Word::Vmresume => Some(Self::Vmx),
            _ => None,
        }
    }

    /// Its words and their vendor, for error messages.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Svm => "`vmcb` and `vmrun`, which are AMD's",
            Self::Vmx => "`vmcs`, `vmlaunch` and `vmresume`, which are Intel's",
        }
    }
}

impl Program {
    /// Which hypervisor the guest is, by the first word in its text that belongs to one; AMD's if there is none. `None` without L2.
    pub fn hypervisor(&self) -> Option<Hypervisor> {
        if !self.has_l2() {
            return None;
        }
        let lines =
            self.sections.iter().filter(|section| section.name != SectionName::Data).flat_map(|s| s.text.lines());
        let mut words = lines.filter_map(|line| {
            let (word, _) = SourceLine::split(&code(line)).word?;
            Hypervisor::of(Word::from_name(&word)?)
        });
        Some(words.next().unwrap_or(Hypervisor::Svm))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Boot, Section};

    fn of(main: &str, l2: bool) -> Option<Hypervisor> {
        let section = |name, text: &str| Section { name, text: text.to_owned() };
        let mut sections = vec![section(SectionName::Main, main)];
        sections.extend(l2.then(|| section(SectionName::L2, "hlt")));
        Program { sections, boot: Boot::default() }.hypervisor()
    }

    #[test]
    fn the_first_word_of_a_hypervisor_decides_the_vendor() {
        assert_eq!(of("vmlaunch\ndone", false), None);
        assert_eq!(of("done ; vmlaunch", true), Some(Hypervisor::Svm));
        assert_eq!(of("vmcb rip = l2\nvmlaunch", true), Some(Hypervisor::Svm));
        for text in ["vmcs rip = l2", "nop\nx: vmlaunch", "vmresume"] {
            assert_eq!(of(text, true), Some(Hypervisor::Vmx), "{text}");
        }
    }
}
