//! A trial that runs several times.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};

use reports::{Kind, Trial};

/// Runs a trial this many times and returns one trial for all: the first one that failed, or else the first with the worst
/// outcome, with the count of every outcome and the total time.
///
/// A trial that is skipped is not repeated. After an interruption no further repetition begins; the counts show how many there
/// were.
pub(super) fn repeated(times: NonZeroU32, interrupted: &AtomicBool, mut once: impl FnMut() -> Trial) -> Trial {
    let mut shown = once();
    if times.get() == 1 {
        return shown;
    }
    let mut repeats = shown.repeats.clone();
    let mut micros = shown.micros;
    *repeats.entry(shown.outcome.kind().name().to_owned()).or_default() += 1;
    for _ in 1..times.get() {
        if shown.outcome.kind() == Kind::Skipped || interrupted.load(Ordering::Relaxed) {
            break;
        }
        let next = once();
        *repeats.entry(next.outcome.kind().name().to_owned()).or_default() += 1;
        micros = micros.saturating_add(next.micros);
        if badness(&next) > badness(&shown) {
            shown = next;
        }
    }
    Trial { repeats, micros, ..shown }
}

/// Whether an interruption left out repetitions: then the run is incomplete, even if this was its last trial.
pub(super) fn is_cut_short(trial: &Trial, times: NonZeroU32) -> bool {
    trial.times() < times.get() && trial.outcome.kind() != Kind::Skipped
}

/// How bad the outcome is; all failures are equally bad.
fn badness(trial: &Trial) -> u8 {
    match trial.outcome.kind() {
        kind if kind.is_failure() => 4,
        Kind::Error => 3,
        Kind::Known => 2,
        Kind::Skipped => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use reports::{Divergence, Finding, Moment, Outcome, TrialId, Trouble};

    use super::*;

    fn outcome(letter: char) -> Outcome {
        let finding = Finding::sequence(Moment::Done, Moment::mark(letter));
        let divergence = Divergence::of(finding);
        match letter {
            '.' => Outcome::Pass,
            'k' => {
                let symptom = Outcome::Mismatch(divergence).symptom().expect("it failed");
                Outcome::Known { symptom, id: None, reason: String::new(), history: None }
            }
            's' => Outcome::Skipped { requirement: reports::KvmLack::Pmu.into() },
            'e' => Outcome::Error(Trouble::HuntEnded),
            'H' => Outcome::Hang(divergence),
            _ => Outcome::Mismatch(divergence),
        }
    }

    fn trial(letter: char) -> Trial {
        let [machine, mode, path, case] = ["kvm", "long", "ioctl", "a/b"].map(str::to_owned);
        Trial { micros: 10, ..Trial::bare(TrialId { machine, mode, path, case }, outcome(letter)) }
    }

    /// What becomes of repetitions that end like this: kind, how often each, microseconds.
    fn of(letters: &str) -> (Kind, Vec<(String, u32)>, u64) {
        let mut ends = letters.chars();
        let once = || trial(ends.next().expect("no more repetitions than asked for"));
        let times = NonZeroU32::new(letters.len() as u32).expect("letters");
        let trial = repeated(times, &AtomicBool::new(false), once);
        (trial.outcome.kind(), trial.repeats.into_iter().collect(), trial.micros)
    }

    fn counts(counts: &[(&str, u32)]) -> Vec<(String, u32)> {
        counts.iter().map(|&(name, count)| (name.to_owned(), count)).collect()
    }

    #[test]
    fn the_first_failure_wins_and_all_are_counted() {
        assert_eq!(of("...."), (Kind::Pass, counts(&[("pass", 4)]), 40));
        assert_eq!(of("..H.M.H."), (Kind::Hang, counts(&[("hang", 2), ("mismatch", 1), ("pass", 5)]), 80));
        assert_eq!(of(".ke."), (Kind::Error, counts(&[("error", 1), ("known", 1), ("pass", 2)]), 40));
        assert_eq!(of("eM"), (Kind::Mismatch, counts(&[("error", 1), ("mismatch", 1)]), 20));
        assert_eq!(of("..k"), (Kind::Known, counts(&[("known", 1), ("pass", 2)]), 30));
    }

    #[test]
    fn one_time_is_no_repetition_and_a_skip_is_not_repeated() {
        assert_eq!(of("M"), (Kind::Mismatch, vec![], 10));
        assert_eq!(of("s..."), (Kind::Skipped, counts(&[("skipped", 1)]), 10));
    }

    #[test]
    fn an_interruption_ends_the_repetitions() {
        let interrupted = AtomicBool::new(false);
        let nine = NonZeroU32::new(9).expect("nine");
        let mut runs = 0;
        let trial = repeated(nine, &interrupted, || {
            runs += 1;
            interrupted.store(runs == 3, Ordering::Relaxed);
            trial('.')
        });
        assert_eq!(trial.repeats.get("pass"), Some(&3));
        assert!(is_cut_short(&trial, nine));
        let skipped = repeated(nine, &AtomicBool::new(false), || self::trial('s'));
        assert!(!is_cut_short(&skipped, nine));
        assert!(!is_cut_short(&self::trial('.'), NonZeroU32::MIN));
    }
}
