//! The words of case files for parts of the guest and of the suite.

use guests::{Gate, PageFlaw, map};

use super::expect::{End, StackSegment};
use crate::terms::Path;

/// Words of `boot.gates`.
pub(super) const GATES: [(&str, Gate); 10] = [
    ("trap", Gate::Trap),
    ("not-present", Gate::NotPresent),
    ("bad-selector", Gate::BadSelector),
    ("absent-segment", Gate::AbsentSegment),
    ("dpl-0", Gate::DplZero),
    ("call", Gate::Call),
    ("task", Gate::Task),
    ("16-bit", Gate::SixteenBit),
    ("non-canonical", Gate::NonCanonical),
    ("32-bit-segment", Gate::NarrowSegment),
];

/// Words of `boot.pages`.
pub(super) const FLAWS: [(&str, PageFlaw); 4] = [
    ("not-present", PageFlaw::NotPresent),
    ("supervisor", PageFlaw::Supervisor),
    ("read-only", PageFlaw::ReadOnly),
    ("present", PageFlaw::Present),
];

/// Words of `boot.pages`, other than those of interrupt stacks, with the address of each page.
const PAGES: [(&str, u64); 6] = [
    ("gates", map::GATE_PAGE.start),
    ("l2-gates", map::L2_GATE_PAGE.start),
    ("data", map::DATA.start),
    ("before-absent", map::BEFORE_ABSENT.start),
    ("absent", map::ABSENT_PAGE.start),
    ("scratch", map::SCRATCH.start),
];

/// Words of `expect.end`.
pub(super) const ENDS: [(&str, End); 3] = [("done", End::Done), ("halted", End::Halted), ("shutdown", End::Shutdown)];

/// Words of a frame's `ss`.
pub(super) const STACK_SEGMENTS: [(&str, StackSegment); 3] =
    [("kernel", StackSegment::Kernel), ("user", StackSegment::User), ("null", StackSegment::Null)];

/// Every path by which NMIs are raised.
pub(super) const RAISING: [Path; 7] =
    [Path::Ioctl, Path::Events, Path::Msi, Path::XApic, Path::X2Apic, Path::IoApic, Path::Ipi];

/// The value of `word` in one of the tables above.
pub(super) fn of<T: Copy>(table: &[(&'static str, T)], word: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == word).map(|&(_, value)| value)
}

/// The address of the page called `word` in `boot.pages`.
pub(super) fn page(word: &str) -> Option<u64> {
    of(&PAGES, word)
        .or_else(|| map::IST_STACKS.iter().find(|stack| stack.name == word).map(|stack| stack.start & !(map::PAGE - 1)))
}

/// Words of `boot.pages`.
pub(super) fn pages() -> Vec<&'static str> {
    PAGES.iter().map(|(word, _)| *word).chain(map::IST_STACKS.iter().map(|stack| stack.name)).collect()
}

/// The paths that `word` of `paths` stands for; none if it is unknown.
pub(super) fn path(word: &str) -> Vec<Path> {
    match word {
        "all" => RAISING.to_vec(),
        "lapic" => vec![Path::XApic, Path::X2Apic],
        _ => RAISING.into_iter().filter(|path| path.name() == word).collect(),
    }
}

/// Words of `paths`.
pub(super) fn paths() -> Vec<&'static str> {
    RAISING.iter().map(|path| path.name()).chain(["lapic", "all"]).collect()
}

/// Words of a deviation's `paths`.
pub(super) fn deviation_paths() -> Vec<&'static str> {
    paths().into_iter().chain([Path::None.name()]).collect()
}

/// Words of sections and of vectors.
pub(super) fn sections() -> Vec<&'static str> {
    let of_l2 = guests::vector::NAMED_IN_L2.iter().map(|(word, _)| *word);
    ["main", "peer", "smm", "data", "l2"].into_iter().chain(vectors()).chain(of_l2).collect()
}

/// Words of vectors.
pub(super) fn vectors() -> Vec<&'static str> {
    guests::vector::NAMED.iter().map(|(word, _)| *word).collect()
}
