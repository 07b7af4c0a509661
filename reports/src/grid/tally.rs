//! How many trials of a cell ended with each kind of outcome.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::kind::Class;
use crate::layout::counts;
use crate::{Kind, Tone};

/// How many trials ended with each kind of outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tally {
    counts: BTreeMap<Kind, usize>,
}

impl Tally {
    pub(super) fn add(&mut self, kind: Kind) {
        *self.counts.entry(kind).or_default() += 1;
    }

    pub(super) fn join(&mut self, other: &Tally) {
        other.counts.iter().for_each(|(kind, count)| *self.counts.entry(*kind).or_default() += count);
    }

    /// How many trials there were.
    pub fn trials(&self) -> usize {
        self.counts.values().sum()
    }

    /// How many trials ended this way.
    pub fn count(&self, kind: Kind) -> usize {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// Whether a trial failed or ended in trouble.
    pub fn failed(&self) -> bool {
        self.counts.keys().any(|kind| kind.class() >= Class::Trouble)
    }

    /// The kinds of the highest [`Class`]: all kinds of failure if there is one, otherwise trouble, known deviations, passes or
    /// skips.
    pub fn leading(&self) -> Vec<(Kind, usize)> {
        let most = self.counts.keys().map(|kind| kind.class()).max();
        let kinds = self.counts.iter().filter(|(kind, _)| Some(kind.class()) == most);
        kinds.map(|(kind, count)| (*kind, *count)).collect()
    }

    /// The tone in which it is shown.
    pub fn tone(&self) -> Tone {
        self.leading().first().map_or(Tone::Quiet, |(kind, _)| Tone::of(*kind))
    }

    /// In letters, for narrow tables: `.` for passes whatever was skipped beside them, `M` when all are mismatches,
    /// `M2` when two are.
    pub(super) fn letters(&self) -> String {
        let leading = self.leading();
        let all = matches!(leading.as_slice(), [(kind, count)] if *kind == Kind::Pass || *count == self.trials());
        let mark = |(kind, count): &(Kind, usize)| {
            if all { kind.letter().to_string() } else { format!("{}{count}", kind.letter()) }
        };
        if leading.is_empty() { "-".to_owned() } else { leading.iter().map(mark).collect() }
    }

    /// Every count, in one line: `2390 pass, 10 skipped`.
    pub(super) fn sentence(&self) -> String {
        counts(self.counts.iter().map(|(kind, count)| (*count, kind.name()))).unwrap_or_else(|| "no trials".to_owned())
    }
}

impl fmt::Display for Tally {
    /// `pass`, `2 mismatch of 12`, `-`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.leading().as_slice() {
            [] => f.pad("-"),
            [(kind, count)] if *count == self.trials() => f.pad(kind.name()),
            leading => {
                let leading = counts(leading.iter().map(|(kind, count)| (*count, kind.name())));
                f.pad(&format!("{} of {}", leading.unwrap_or_default(), self.trials()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(counts: &[(Kind, usize)]) -> Tally {
        Tally { counts: counts.iter().copied().collect() }
    }

    #[test]
    fn cells_say_the_worst() {
        for (counts, words, letters) in [
            (&[][..], "-", "-"),
            (&[(Kind::Pass, 12)], "pass", "."),
            (&[(Kind::Skipped, 2)], "skipped", "s"),
            (&[(Kind::Pass, 8), (Kind::Skipped, 4)], "8 pass of 12", "."),
            (&[(Kind::Pass, 9), (Kind::Known, 3)], "3 known of 12", "k3"),
            (&[(Kind::Mismatch, 12)], "mismatch", "M"),
            (&[(Kind::Mismatch, 2), (Kind::Error, 4), (Kind::Pass, 6)], "2 mismatch of 12", "M2"),
            (&[(Kind::Mismatch, 2), (Kind::Hang, 1), (Kind::Pass, 9)], "2 mismatch, 1 hang of 12", "M2H1"),
            (&[(Kind::Mismatch, 2), (Kind::Hang, 1)], "2 mismatch, 1 hang of 3", "M2H1"),
            (&[(Kind::Error, 1), (Kind::Pass, 1)], "1 error of 2", "e1"),
        ] {
            let tally = tally(counts);
            assert_eq!((tally.to_string().as_str(), tally.letters().as_str()), (words, letters));
        }
    }

    #[test]
    fn every_failure_and_trouble_count_as_failed() {
        for kind in Kind::ALL {
            assert_eq!(tally(&[(kind, 1)]).failed(), kind.is_failure() || kind == Kind::Error, "{}", kind.name());
        }
    }
}
