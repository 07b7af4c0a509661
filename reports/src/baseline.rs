//! Baselines: an earlier run whose failures do not fail a new run.

use std::collections::{HashMap, HashSet};
use std::io;

use crate::layout::counted;
use crate::{Change, Comparison, Event, Kind, Outcome, Reporter, SavedRun, Summary, Trial, TrialId};

/// A saved run that a new one is compared with: a trial that failed there in the same way does not fail the new run.
#[derive(Clone, Debug)]
pub struct Baseline {
    name: String,
    run: SavedRun,
    /// Index of each trial in the run; the last if the run has it twice.
    places: HashMap<TrialId, usize>,
}

impl Baseline {
    /// A baseline of this run; `name` is used in reports.
    pub fn new(name: impl Into<String>, run: SavedRun) -> Baseline {
        let places = run.trials.iter().enumerate().map(|(place, trial)| (trial.id.clone(), place)).collect();
        Baseline { name: name.into(), run, places }
    }

    /// Its name in reports.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the trial failed there in the same way, and its case had the same contents. Trouble is never excused: it
    /// is no verdict, there or here.
    pub fn excuses(&self, trial: &Trial) -> bool {
        let there = self.places.get(&trial.id).and_then(|place| self.run.trials.get(*place));
        trial.outcome.kind().is_failure()
            && there.is_some_and(|there| there.hash == trial.hash && there.outcome.is_like(&trial.outcome))
    }

    /// Compares a run with it: only trials that the run has, so that a part of a run can be compared with a whole one. For what
    /// is missing see [`Baseline::missing`].
    pub fn compare(&self, run: &SavedRun) -> Comparison {
        let ids: HashSet<&TrialId> = run.ids().collect();
        let mut comparison = Comparison::new((&self.name, &self.run.only(&ids)), ("this run", run));
        comparison.missing.clear();
        comparison
    }

    /// What the run lacks compared with the baseline, in words: trials of the baseline that it does not have or skipped, and
    /// what either planned and did not run.
    pub fn missing(&self, run: &SavedRun) -> Vec<String> {
        let ids: HashSet<&TrialId> = run.ids().collect();
        let gone = self.places.keys().filter(|id| !ids.contains(id)).count();
        let part = run.part().map(|part| format!(" ({part})")).unwrap_or_default();
        let gone = (gone > 0).then(|| format!("{} of {}, not in this run{part}", counted(gone, "trial"), self.name));
        let skips = self.compare(run).count(Change::NowSkipped);
        let skipped = (skips > 0).then(|| format!("{} that ran there, skipped now", counted(skips, "trial")));
        let cut = |name: &str, run: &SavedRun| Some(format!("{name} is incomplete: {}", run.shortfall()?));
        [cut(&self.name, &self.run), cut("this run", run), gone, skipped].into_iter().flatten().collect()
    }

    /// The run's summary, with excused failures counted as known.
    pub fn summary(&self, run: &SavedRun) -> Summary {
        let excused = run.trials.iter().filter(|trial| self.excuses(trial)).map(|trial| trial.outcome.kind());
        self.settle(run.summary_or_count(), excused)
    }

    fn settle(&self, mut summary: Summary, excused: impl IntoIterator<Item = Kind>) -> Summary {
        for kind in excused {
            if let Some(count) = summary.counts.get_mut(kind.name()) {
                *count = count.saturating_sub(1);
            }
            *summary.counts.entry(Kind::Known.name().to_owned()).or_default() += 1;
        }
        summary.counts.retain(|_, count| *count > 0);
        let before = self.run.summary.iter().flat_map(|summary| &summary.stale);
        let before: HashSet<&str> = before.map(|entry| entry.id.as_str()).collect();
        summary.stale.retain(|entry| !before.contains(entry.id.as_str()));
        summary
    }

    /// An excused trial as reports show it: as known, with this baseline as the reason.
    fn shown(&self, trial: &Trial) -> Trial {
        let Some(symptom) = trial.outcome.symptom() else { return trial.clone() };
        let reason = format!("failed in the same way in {}", self.name);
        let history = trial.outcome.divergence().and_then(|divergence| divergence.history.clone());
        Trial { outcome: Outcome::Known { symptom, id: None, reason, history }, ..trial.clone() }
    }
}

/// Passes a run on to a reporter, with excused failures as known. Reporters that save runs are not wrapped in it.
pub struct AgainstBaseline<'a, R> {
    baseline: &'a Baseline,
    excused: Vec<Kind>,
    to: R,
}

impl<'a, R: Reporter> AgainstBaseline<'a, R> {
    /// Passes events on to this reporter.
    pub fn new(baseline: &'a Baseline, to: R) -> AgainstBaseline<'a, R> {
        AgainstBaseline { baseline, excused: Vec::new(), to }
    }
}

impl<R: Reporter> Reporter for AgainstBaseline<'_, R> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::TrialFinished(trial) if self.baseline.excuses(trial) => {
                self.excused.push(trial.outcome.kind());
                self.to.take(&Event::TrialFinished(Box::new(self.baseline.shown(trial))))
            }
            Event::RunFinished(summary) => {
                let summary = self.baseline.settle(summary.clone(), self.excused.drain(..));
                self.to.take(&Event::RunFinished(summary))
            }
            event => self.to.take(event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Moment, exit_code, samples};

    const CASE: &str = "kvm::long::ioctl::a/b";

    fn run(trials: Vec<Trial>) -> SavedRun {
        samples::saved(&samples::run_of(trials))
    }

    /// The exit code of a run of one trial held against a run of one trial.
    fn code(before: &Outcome, after: &Outcome) -> u8 {
        let [before, after] = [before, after].map(|outcome| run(vec![samples::trial(CASE, outcome.clone())]));
        exit_code(&Baseline::new("base", before).summary(&after))
    }

    #[test]
    fn only_what_failed_in_the_same_way_is_excused() {
        for before in &samples::outcomes() {
            for after in &samples::outcomes() {
                let wanted = match after.kind() {
                    Kind::Error => 3,
                    Kind::Skipped => 1,
                    kind if kind.is_failure() => u8::from(before.kind() != kind),
                    _ => 0,
                };
                assert_eq!(code(before, after), wanted, "{:?} {:?}", before.kind(), after.kind());
            }
        }
        let other = samples::got(Moment::mark("iret"));
        let [one, other] = [samples::divergence(), other].map(Outcome::Mismatch);
        assert_eq!(code(&one, &other), 1, "another symptom is a failure of this run");
    }

    #[test]
    fn other_contents_and_new_trials_excuse_nothing() {
        let [pass, mismatch] = [0, 3].map(|index| samples::outcomes().swap_remove(index));
        let trial = samples::trial(CASE, mismatch);
        let rewritten = Trial { hash: "77aa".to_owned(), ..trial.clone() };
        let baseline = Baseline::new("base", run(vec![rewritten, samples::trial("kvm::long::msi::a/b", pass)]));
        let now = run(vec![trial, samples::trial("kvm::real::msi::a/b", samples::outcomes().swap_remove(3))]);
        assert_eq!(baseline.summary(&now).failed(), 2);
        assert_eq!(baseline.compare(&now).summary(), "1 case changed, 1 new");
    }

    #[test]
    fn only_trials_that_ran_are_compared() {
        let whole = samples::saved(&samples::mixed_run());
        let some = run(whole.trials.iter().take(3).cloned().collect());
        let comparison = Baseline::new("base", whole).compare(&some);
        assert_eq!(comparison.summary(), "3 unchanged");
        assert_eq!((comparison.a.trials, comparison.a.shortfall), (3, None));
    }

    #[test]
    fn what_the_run_does_not_have_is_missing() {
        let whole = samples::saved(&samples::mixed_run());
        let some = run(whole.trials.iter().take(3).cloned().collect());
        assert_eq!(Baseline::new("base", some.clone()).missing(&whole), Vec::<String>::new());
        assert_eq!(Baseline::new("base", whole.clone()).missing(&some), ["9 trials of base, not in this run"]);
        let cut = SavedRun { summary: None, ..some.clone() };
        let told = "base is incomplete: cut off after 3 of 3 trials";
        assert_eq!(Baseline::new("base", cut).missing(&whole), [told]);
        let skipped = Outcome::Skipped { requirement: crate::KvmLack::Pmu.into() };
        let [ran, now] = [Outcome::Pass, skipped].map(|outcome| run(vec![samples::trial(CASE, outcome)]));
        assert_eq!(Baseline::new("base", ran).missing(&now), ["1 trial that ran there, skipped now"]);
    }

    #[test]
    fn a_deviation_that_went_stale_before_is_no_news() {
        let stale = |entries: &[(&str, &str)]| {
            let mut run = run(vec![samples::trial(CASE, Outcome::Pass)]);
            let entries = entries.iter().map(|(id, reason)| samples::stale(id, reason));
            run.summary.as_mut().expect("it ended").stale = entries.collect();
            run
        };
        let baseline = Baseline::new("base", stale(&[("old", "why")]));
        assert_eq!(exit_code(&baseline.summary(&stale(&[("old", "why")]))), 0);
        assert_eq!(exit_code(&baseline.summary(&stale(&[("old", "why, in other words")]))), 0);
        assert_eq!(exit_code(&baseline.summary(&stale(&[("old", "why"), ("new", "why")]))), 1);
    }

    #[test]
    fn reports_show_the_excused_as_known() {
        let events = samples::mixed_run();
        let baseline = Baseline::new("base.jsonl", samples::saved(&events));
        let mut shown = SavedRun::default();
        let mut against = AgainstBaseline::new(&baseline, &mut shown);
        events.iter().for_each(|event| against.take(event).expect("memory"));
        let summary = shown.summary.clone().expect("it ended");
        assert_eq!(summary, baseline.summary(&samples::saved(&events)));
        assert_eq!(summary.counts, Summary::of(&shown.trials, false, 0).counts);
        assert_eq!((summary.failed(), summary.count(Kind::Error), summary.count(Kind::Known)), (0, 2, 6));
    }
}
