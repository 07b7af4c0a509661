//! The JUnit report.

use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::date;
use crate::distinct::unique;
use crate::json_text::with_printable_texts;
use crate::kind::Class;
use crate::suspect::Suspects;
use crate::{Claim, Event, Kind, Look, Outcome, Reporter, RuleRef, SavedRun, Trial, TrialId, failure};

/// Writes JUnit XML at the end of the run, or when dropped before.
///
/// Control characters are shown by their codes: XML cannot hold most of them, and terminals act on the others. A machine is
/// a test suite. A known deviation is a skipped test whose message says so: viewers hide what passing tests
/// wrote, so a success would hide the deviation, and a failure would turn a run red that is as expected.
pub struct Junit {
    /// None once it is written.
    to: Option<Claim>,
    run: SavedRun,
}

impl Junit {
    /// Will write to this file. It is replaced in one step, so a reader never sees half a report.
    pub fn new(to: Claim) -> Junit {
        Junit { to: Some(to), run: SavedRun::default() }
    }

    fn write(&mut self) -> io::Result<()> {
        let Some(to) = self.to.take() else { return Ok(()) };
        let text = xml(&self.run)?;
        to.replace(|to| to.write_all(text.as_bytes()))
    }
}

impl Reporter for Junit {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        self.run.take(&with_printable_texts(event));
        if matches!(event, Event::RunFinished(_)) { self.write() } else { Ok(()) }
    }
}

impl Drop for Junit {
    fn drop(&mut self) {
        if self.run.facts.is_some() {
            // The error cannot be reported any more.
            let _ = self.write();
        }
    }
}

pub(crate) fn xml(run: &SavedRun) -> io::Result<String> {
    let facts = run.facts.clone().unwrap_or_default();
    let summary = run.summary_or_count();
    let machines = unique(facts.machines.iter().chain(run.ids().map(|id| &id.machine)));
    let suspects = Suspects::of(&run.trials);
    let mut report = Report::new("nmi");
    report.set_time(Duration::from_millis(summary.millis));
    for machine in machines {
        let mut suite = TestSuite::new(machine.as_str());
        if let Some(started) = date::exact(facts.started) {
            suite.extra.insert("timestamp".into(), started.into());
        }
        suite.add_property(Property::new("version", facts.version.as_str()));
        for fact in &facts.host {
            suite.add_property(Property::new(fact.name.as_str(), fact.value.as_str()));
        }
        if let Some(strategy) = &facts.strategy {
            suite.add_property(Property::new("strategy", strategy.as_str()));
        }
        suite.add_property(Property::new("interrupted", if summary.interrupted { "true" } else { "false" }));
        if run.untested().contains(machine) {
            suite.add_property(Property::new("untested", "true"));
        }
        for unmet in &summary.unmet {
            suite.add_property(Property::new("unmet", unmet.as_str()));
        }
        let trials: Vec<&Trial> = run.trials.iter().filter(|trial| trial.id.machine == *machine).collect();
        let micros: u64 = trials.iter().fold(0, |sum, trial| sum.saturating_add(trial.micros));
        suite.set_time(Duration::from_micros(micros));
        suite.add_test_cases(trials.into_iter().map(|trial| test_case(trial, &facts.rules, &suspects)));
        suite.add_test_cases(run.unfinished.iter().filter(|id| id.machine == *machine).map(unfinished));
        report.add_test_suite(suite);
    }
    let text = report.to_string().map_err(io::Error::other)?;
    // Jenkins' schema has the attribute in each suite, but not in the root, which is the first element.
    Ok(text.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1))
}

fn test_case(trial: &Trial, rules: &[RuleRef], suspects: &Suspects<'_>) -> TestCase {
    let kind = trial.outcome.kind();
    let mut status = match kind.class() {
        Class::Passed => TestCaseStatus::success(),
        Class::Known | Class::Skipped => TestCaseStatus::skipped(),
        Class::Trouble => TestCaseStatus::non_success(NonSuccessKind::Error),
        Class::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    let message = match &trial.outcome {
        Outcome::Known { symptom, reason, .. } => Some(format!("known deviation: {symptom} ({reason})")),
        _ => trial.headline(),
    };
    if let Some(message) = message {
        status.set_message(message);
        status.set_type(kind.name());
    }
    if !matches!(kind, Kind::Pass | Kind::Skipped) {
        let suspect = suspects.words(trial).map_or(String::new(), |words| format!("  {words}\n"));
        status.set_description(failure(trial, rules, Look::PLAIN) + &suspect);
    }
    let mut case = TestCase::new(trial.id.within_machine(), status);
    case.set_classname(trial.id.machine.as_str());
    case.set_time(Duration::from_micros(trial.micros));
    case
}

fn unfinished(id: &TrialId) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message("the run stopped while this trial ran").set_type("interrupted");
    let mut case = TestCase::new(id.within_machine(), status);
    case.set_classname(id.machine.as_str());
    case
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::samples::{self, snapshot};
    use crate::{Outputs, Summary};

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("nmi-reports-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("created");
        folder
    }

    fn written(name: &str, events: &[Event]) -> String {
        let folder = folder(name);
        let path = folder.join("junit.xml");
        {
            let mut junit = Junit::new(Outputs::new().whole("--junit", &path).expect("claimed"));
            events.iter().for_each(|event| junit.take(event).expect("written"));
        }
        let text = fs::read_to_string(&path).expect("there");
        assert_eq!(fs::read_dir(&folder).expect("readable").count(), 1, "no temporary file stays");
        fs::remove_dir_all(&folder).expect("removed");
        Report::deserialize_from_str(&text).expect("well formed");
        text
    }

    #[test]
    fn whole_run() {
        snapshot("junit", &written("whole", &samples::mixed_run()));
    }

    #[test]
    fn interrupted_run() {
        let mut events = samples::mixed_run();
        events.truncate(4);
        snapshot("junit-dropped", &written("dropped", &events));
        events.push(Event::RunFinished(Summary { interrupted: true, millis: 5, ..Summary::default() }));
        let text = written("interrupted", &events);
        assert!(text.contains("the run stopped while this trial ran"), "{text}");
    }

    #[test]
    fn errors_name_the_file() {
        let mut junit = Junit::new(Outputs::new().whole("--junit", Path::new("/dev/full")).expect("claimed"));
        let error = junit.take(&Event::RunFinished(Summary::default())).expect_err("it is full");
        assert!(error.to_string().starts_with("cannot write /dev/full: "), "{error}");
    }
}
