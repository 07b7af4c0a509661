//! Runs for tests of what is made of them.

use reports::{Outcome, SavedRun, Trial, TrialId, Trouble};

/// A run of these cases in long mode over the path `ioctl`, each with whether it fails.
pub(crate) fn run_of(cases: &[(&str, bool)]) -> SavedRun {
    let trial = |(case, fails): &(&str, bool)| {
        let id = TrialId {
            machine: "kvm".to_owned(),
            mode: "long".to_owned(),
            path: "ioctl".to_owned(),
            case: (*case).to_owned(),
        };
        let trouble = || Trouble::NoDevice { device: "/dev/kvm".to_owned(), errno: 2, owner: None };
        Trial::bare(id, if *fails { Outcome::Error(trouble()) } else { Outcome::Pass })
    };
    SavedRun { trials: cases.iter().map(trial).collect(), ..SavedRun::default() }
}
