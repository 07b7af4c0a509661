//! Checks that a mode supports what a case asks the guest to start with.

use super::gate::HANDLED;
use crate::{Boot, L2Boot, Mode, PageFlaw, map};

/// What is wrong with `boot` in `mode`, in words; empty if nothing is.
pub fn check(mode: Mode, boot: &Boot) -> Vec<String> {
    let mut problems = Vec::new();
    let mut say = |problem: String| problems.push(problem);
    if mode == Mode::Real {
        if boot.user {
            say("real mode has no CPL 3: leave out `user`, or `real` of the modes".to_owned());
        }
        if !boot.gates.is_empty() {
            say("real mode has vectors instead of gates: leave out `gates`, or `real` of the modes".to_owned());
        }
        if !boot.pages.is_empty() {
            say("real mode has no paging: leave out `pages`, or `real` of the modes".to_owned());
        }
    }
    if mode != Mode::Long && boot.l2 != L2Boot::default() {
        say(format!("a guest hypervisor runs in long mode: leave out `l2`, or `{mode}` of the modes"));
    }
    if mode != Mode::Long && !boot.ist.is_empty() {
        say(format!("only long mode has an interrupt stack table: leave out `ist`, or `{mode}` of the modes"));
    }
    for (&vector, &index) in &boot.ist {
        if !(1..=3).contains(&index) {
            say(format!("interrupt stack table entry {index} of vector {vector:02X}h is not one of 1, 2 and 3"));
        }
    }
    for vector in
        boot.ist.keys().chain(boot.gates.keys()).chain(boot.l2.gates.keys()).filter(|vector| !HANDLED.contains(vector))
    {
        say(format!("vector {vector:02X}h has no gate: vectors 00h to 1Fh and 40h have"));
    }
    for (&page, &flaw) in &boot.pages {
        if page % map::PAGE != 0 || page >= map::MEMORY_SIZE {
            say(format!("{page:X}h is not the address of a page of guest memory"));
        } else if flaw == PageFlaw::Present && page != map::ABSENT_PAGE.start {
            say(format!("the page at {page:X}h is present anyway: only the absent page can be made present"));
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
        assert_eq!(check(Mode::Long, &boot), Vec::<String>::new());
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
        assert!(problems[0].contains("entry 4 of vector 02h"));
    }
}
