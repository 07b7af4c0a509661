//! Checks that a mode supports what a case asks the guest to start with.

use super::gate::HANDLED;
use crate::{Boot, L2Boot, Mode, PageFlaw, map};

/// What does not fit in how a guest is to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootProblem {
    /// CPL 3 in real mode.
    #[error("real mode has no CPL 3: leave out `user`, or `real` of the modes")]
    UserInReal,
    /// Gates in real mode.
    #[error("real mode has vectors instead of gates: leave out `gates`, or `real` of the modes")]
    GatesInReal,
    /// Pages in real mode.
    #[error("real mode has no paging: leave out `pages`, or `real` of the modes")]
    PagesInReal,
    /// A guest's guest in another mode than long mode.
    #[error("a guest hypervisor runs in long mode: leave out `l2`, or `{0}` of the modes")]
    L2(Mode),
    /// An interrupt stack table in another mode than long mode.
    #[error("only long mode has an interrupt stack table: leave out `ist`, or `{0}` of the modes")]
    Ist(Mode),
    /// An entry that the interrupt stack table does not have.
    #[error("interrupt stack table entry {index} of vector {vector:02X}h is not one of 1, 2 and 3")]
    IstEntry {
        /// The vector.
        vector: u8,
        /// The entry.
        index: u8,
    },
    /// A vector without a gate.
    #[error("vector {0:02X}h has no gate: vectors 00h to 1Fh and 40h have")]
    NoGate(u8),
    /// An address at which no page begins.
    #[error("{0:X}h is not the address of a page of guest memory")]
    NoPage(u64),
    /// A page that needs not be made present.
    #[error("the page at {0:X}h is present anyway: only the absent page can be made present")]
    Present(u64),
}

/// What is wrong with `boot` in `mode`; empty if nothing is.
pub fn check(mode: Mode, boot: &Boot) -> Vec<BootProblem> {
    let mut problems = Vec::new();
    if mode == Mode::Real {
        problems.extend(boot.user.then_some(BootProblem::UserInReal));
        problems.extend((!boot.gates.is_empty()).then_some(BootProblem::GatesInReal));
        problems.extend((!boot.pages.is_empty()).then_some(BootProblem::PagesInReal));
    }
    if mode != Mode::Long && boot.l2 != L2Boot::default() {
        problems.push(BootProblem::L2(mode));
    }
    if mode != Mode::Long && !boot.ist.is_empty() {
        problems.push(BootProblem::Ist(mode));
    }
    let entries = boot.ist.iter().filter(|(_, index)| !(1..=3).contains(*index));
    problems.extend(entries.map(|(&vector, &index)| BootProblem::IstEntry { vector, index }));
    let vectors = boot.ist.keys().chain(boot.gates.keys()).chain(boot.l2.gates.keys());
    problems.extend(vectors.filter(|vector| !HANDLED.contains(vector)).map(|&vector| BootProblem::NoGate(vector)));
    for (&page, &flaw) in &boot.pages {
        if page % map::PAGE != 0 || page >= map::MEMORY_SIZE {
            problems.push(BootProblem::NoPage(page));
        } else if flaw == PageFlaw::Present && page != map::ABSENT_PAGE.start {
            problems.push(BootProblem::Present(page));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Gate;

    #[test]
    fn real_mode_refuses_what_it_does_not_have() {
        let boot = Boot {
            user: true,
            ist: [(2, 1)].into(),
            gates: [(2, Gate::Trap)].into(),
            pages: [(0x5000, PageFlaw::ReadOnly)].into(),
            idt_limit: Some(7),
            ..Boot::default()
        };
        assert_eq!(check(Mode::Real, &boot).len(), 4);
        assert_eq!(check(Mode::Protected, &boot).len(), 1);
        assert_eq!(check(Mode::Long, &boot), []);
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let boot = Boot {
            ist: [(2, 4), (0x33, 1)].into(),
            pages: [(0x5001, PageFlaw::ReadOnly), (0x5000, PageFlaw::Present)].into(),
            ..Boot::default()
        };
        let problems = check(Mode::Long, &boot);
        assert_eq!(problems.len(), 4, "{problems:?}");
        let entry = "interrupt stack table entry 4 of vector 02h is not one of 1, 2 and 3";
        assert_eq!(problems[0].to_string(), entry);
    }
}
