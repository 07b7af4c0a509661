//! The exit code of a run.

use crate::{Kind, Summary, code};

/// The process's exit code after a run: 130 interrupted; 3 trouble; 1 a trial failed, none executed, a known deviation
/// showed nowhere, or a demand was not met; 0 otherwise.
///
/// The first that applies wins, in that order: after an interruption or trouble some verdicts are missing, and a caller
/// must not take the failures shown for all there are. A run that stopped by itself, as it was told to, is judged by what it saw.
pub fn exit_code(summary: &Summary) -> u8 {
    if summary.interrupted && summary.stopped.is_none() {
        code::INTERRUPTED
    } else if summary.count(Kind::Error) > 0 {
        code::TROUBLE
    } else if summary.failed() > 0 || summary.executed == 0 || !summary.stale.is_empty() || !summary.unmet.is_empty() {
        code::FAILED
    } else {
        code::FINE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(counts: &[(Kind, usize)], executed: usize, interrupted: bool) -> u8 {
        let counts = counts.iter().map(|(kind, count)| (kind.name().to_owned(), *count)).collect();
        exit_code(&Summary { counts, executed, interrupted, ..Summary::default() })
    }

    #[test]
    fn codes() {
        assert_eq!(after(&[(Kind::Pass, 3), (Kind::Known, 1), (Kind::Skipped, 2)], 4, false), 0);
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_failure()) {
            assert_eq!(after(&[(Kind::Pass, 3), (kind, 1)], 4, false), 1, "{}", kind.name());
        }
        assert_eq!(after(&[(Kind::Pass, 3), (Kind::Error, 1)], 3, false), 3);
        assert_eq!(after(&[(Kind::Mismatch, 3), (Kind::Error, 1)], 3, false), 3, "trouble wins over failures");
        assert_eq!(after(&[(Kind::Mismatch, 3), (Kind::Error, 1)], 3, true), 130, "an interruption wins over all");
    }

    #[test]
    fn a_deviation_that_shows_nowhere_fails() {
        let stale = vec![crate::samples::stale("an.entry", "why")];
        assert_eq!(exit_code(&Summary { executed: 3, stale, ..Summary::default() }), 1);
    }

    #[test]
    fn a_run_that_stopped_at_a_failure_failed() {
        let counts = [(Kind::Mismatch.name().to_owned(), 1)].into();
        let stopped = Some("a trial failed".to_owned());
        assert_eq!(exit_code(&Summary { counts, executed: 1, interrupted: true, stopped, ..Summary::default() }), 1);
    }

    #[test]
    fn a_demand_that_is_not_met_fails() {
        let unmet = vec!["kvm: no module is loaded".to_owned()];
        assert_eq!(exit_code(&Summary { executed: 3, unmet, ..Summary::default() }), 1);
    }

    #[test]
    fn a_run_in_which_nothing_executed_fails() {
        assert_eq!(after(&[], 0, false), 1);
        assert_eq!(after(&[(Kind::Skipped, 9)], 0, false), 1);
    }
}
