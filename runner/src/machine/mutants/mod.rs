//! Mutants: machines that follow every rule but one, by which the suite itself is tested.
//!
//! Each breaks one rule in a way a real hypervisor could, and names it. A conformance suite is good when at least one case tells
//! every mutant from the manual. The files are those of the rules (`runner/spec`).

mod apic;
mod blocking;
mod boundary;
mod delivery;
mod entry;
mod gate;
mod halt;
mod injection;
mod kvm;
mod latch;
mod shadow;
mod smm;
mod svm;
mod vmx_entry;
mod vmx_events;
mod vmx_injection;
mod vnmi;

use std::fmt;

use entry::{Entry, mutants};
use spec::{Rules, Vendor};

/// A machine that follows every rule but those that it names.
#[derive(Clone, Copy)]
pub struct Mutant {
    /// Where it stands among all.
    number: usize,
    entry: &'static Entry,
}

/// Every file's mutants, in the order of the rules they break.
const FILES: [&[Entry]; 16] = [
    latch::MUTANTS,
    kvm::MUTANTS,
    blocking::MUTANTS,
    delivery::MUTANTS,
    gate::MUTANTS,
    boundary::MUTANTS,
    shadow::MUTANTS,
    halt::MUTANTS,
    apic::MUTANTS,
    smm::MUTANTS,
    svm::MUTANTS,
    injection::MUTANTS,
    vnmi::MUTANTS,
    vmx_entry::MUTANTS,
    vmx_injection::MUTANTS,
    vmx_events::MUTANTS,
];

impl Mutant {
    /// Every mutant, in the order of the rules they break.
    pub fn all() -> impl Iterator<Item = Mutant> {
        FILES.into_iter().flatten().enumerate().map(|(number, entry)| Mutant { number, entry })
    }

    /// Those that do anything wrong on this vendor's processors.
    pub fn wrong_on(vendor: Vendor) -> impl Iterator<Item = Mutant> {
        Self::all().filter(move |mutant| mutant.vendors().contains(&vendor))
    }

    /// The mutant of this name.
    pub fn named(name: &str) -> Option<Mutant> {
        Self::all().find(|mutant| mutant.entry.name == name)
    }

    /// Its name in reports, kebab-case.
    pub fn name(self) -> &'static str {
        self.entry.name
    }

    /// What it does, in one line.
    pub fn statement(self) -> &'static str {
        self.entry.statement
    }

    /// Ids of the rules that it breaks.
    pub fn rules(self) -> &'static [&'static str] {
        self.entry.rules
    }

    /// The vendors on whose processors it does anything wrong.
    pub fn vendors(self) -> &'static [Vendor] {
        self.entry.vendors
    }

    /// Its rules, for one processor.
    pub fn build(self) -> Box<dyn Rules> {
        (self.entry.build)()
    }

    /// Names of the methods of [`Rules`] that it overrides.
    pub fn overrides(self) -> &'static [&'static str] {
        self.entry.overrides
    }
}

impl PartialEq for Mutant {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Mutant {}

impl PartialOrd for Mutant {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Mutant {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.number.cmp(&other.number)
    }
}

impl fmt::Debug for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry.name)
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.entry.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Mutant;

    #[test]
    fn names_are_unique_kebab_case_and_found() {
        let names: BTreeSet<_> = Mutant::all().map(Mutant::name).collect();
        assert_eq!(names.len(), Mutant::all().count());
        for mutant in Mutant::all() {
            let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(mutant.name().bytes().all(kebab));
            assert_eq!(Mutant::named(mutant.name()), Some(mutant));
            assert!(!mutant.statement().ends_with('.'));
        }
    }
}
