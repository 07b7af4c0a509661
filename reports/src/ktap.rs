//! The KTAP report.

use std::io::{self, Write};

use crate::json_text::with_printable_texts;
use crate::layout::{counted, machine_words, one_line};
use crate::suspect::Suspects;
use crate::{Event, Kind, Look, Outcome, Reporter, SavedRun, Trial, failure};

/// Writes KTAP version 1 (kernel documentation, dev-tools/ktap), a flat list of results as the trials end.
///
/// Flat rather than a subtest per machine, because a subtest starts with its own plan, and a result must be on the
/// console before the next trial may take the host down. A known deviation is `ok` with the directive XFAIL, which
/// parsers that do not know it take for a pass.
pub struct Ktap<W> {
    to: W,
    run: SavedRun,
}

impl<W: Write> Ktap<W> {
    /// A report that is written to `to` as trials end.
    pub fn new(to: W) -> Ktap<W> {
        Ktap { to, run: SavedRun::default() }
    }

    fn start(&mut self) -> io::Result<()> {
        let facts = self.run.facts.clone().unwrap_or_default();
        // The plan follows the version line at once: the parser of tools/testing/kunit looks for it there.
        writeln!(self.to, "KTAP version 1\n1..{}", facts.trials)?;
        writeln!(self.to, "# nmi {}", one_line(&facts.version))?;
        for fact in &facts.host {
            writeln!(self.to, "# host {}: {}", one_line(&fact.name), one_line(&fact.value))?;
        }
        if let Some(strategy) = &facts.strategy {
            writeln!(self.to, "# strategy: {}", one_line(strategy))?;
        }
        self.to.flush()
    }

    fn result(&mut self, trial: &Trial) -> io::Result<()> {
        let kind = trial.outcome.kind();
        if kind.is_failure() || kind == Kind::Error {
            let rules = self.run.facts.as_ref().map_or(&[][..], |facts| &facts.rules);
            for line in failure(trial, rules, Look::PLAIN).lines() {
                writeln!(self.to, "{}", format!("# {line}").trim_end())?;
            }
        }
        let name = one_line(&trial.id.to_string()).replace('#', "_");
        let number = self.run.trials.len();
        let headline = one_line(&trial.headline().unwrap_or_default());
        match &trial.outcome {
            Outcome::Pass => writeln!(self.to, "ok {number} {name}"),
            Outcome::Skipped { .. } => writeln!(self.to, "ok {number} {name} # SKIP {headline}"),
            Outcome::Known { .. } => writeln!(self.to, "ok {number} {name} # XFAIL {headline}"),
            Outcome::Hang(_) => writeln!(self.to, "not ok {number} {name} # TIMEOUT {headline}"),
            Outcome::Error(trouble) => {
                writeln!(self.to, "not ok {number} {name} # ERROR {}", one_line(&trouble.what()))
            }
            Outcome::Mismatch(_)
            | Outcome::Fixed { .. }
            | Outcome::Unstable(_)
            | Outcome::GuestFault(_)
            | Outcome::Shutdown(_)
            | Outcome::KernelWarning(_)
            | Outcome::HostDied(_) => writeln!(self.to, "not ok {number} {name} # {headline}"),
        }?;
        self.to.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        let summary = self.run.summary_or_count();
        if let Some(running) = self.run.running() {
            writeln!(self.to, "# started and did not end: {}", one_line(&running))?;
        }
        for machine in self.run.untested() {
            writeln!(self.to, "# {} was not tested", one_line(machine_words(&machine)))?;
        }
        for unmet in &summary.unmet {
            writeln!(self.to, "# requirement not met: {}", one_line(unmet))?;
        }
        let suspects = Suspects::of(&self.run.trials);
        for trial in &self.run.trials {
            if let Some(words) = suspects.words(trial) {
                writeln!(self.to, "# {}: {words}", one_line(&trial.id.to_string()))?;
            }
        }
        if summary.interrupted {
            let planned = self.run.facts.as_ref().map_or(0, |facts| facts.trials);
            let why = match &summary.stopped {
                Some(why) => format!("stopped, because {}", one_line(why)),
                None => "interrupted".to_owned(),
            };
            writeln!(self.to, "# {why}: {} of {} ended", self.run.trials.len(), counted(planned, "trial"))?;
        }
        self.to.flush()
    }
}

impl<W: Write> Reporter for Ktap<W> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        let event = with_printable_texts(event);
        self.run.take(&event);
        match &event {
            Event::RunStarted(_) => self.start(),
            Event::TrialStarted { .. } => Ok(()),
            Event::TrialFinished(trial) => self.result(trial),
            Event::RunFinished(_) => self.end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, snapshot};

    fn written(events: &[Event]) -> String {
        let mut bytes = Vec::new();
        let mut ktap = Ktap::new(&mut bytes);
        events.iter().for_each(|event| ktap.take(event).expect("memory"));
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn whole_run() {
        snapshot("ktap", &written(&samples::mixed_run()));
    }

    #[test]
    fn interrupted_run() {
        let mut events = samples::mixed_run();
        events.truncate(4);
        events.push(Event::RunFinished(crate::Summary { interrupted: true, ..Default::default() }));
        snapshot("ktap-interrupted", &written(&events));
    }

    #[test]
    fn every_line_is_of_the_format_whatever_the_texts() {
        let mut trial = samples::trial("kvm::long::ioctl::a#b\nok 7 forged", Outcome::Pass);
        let mut events = vec![Event::RunStarted(samples::facts())];
        for outcome in samples::outcomes() {
            trial.summary = "line\n1..9\nKTAP version 1".to_owned();
            trial.outcome = match outcome {
                Outcome::Skipped { .. } => {
                    let need = "thing\nok 3 such # thing".to_owned();
                    Outcome::Skipped { requirement: crate::Lack::Faulty { need } }
                }
                outcome => outcome,
            };
            events.push(Event::TrialFinished(Box::new(trial.clone())));
        }
        let text = written(&events);
        let mut number = 0;
        for line in text.lines().skip(2) {
            if line.starts_with('#') {
                assert!(!line.starts_with("# Subtest:"), "{line}");
                continue;
            }
            number += 1;
            let rest = line.strip_prefix("not ").unwrap_or(line);
            let rest = rest.strip_prefix(&format!("ok {number} ")).expect(line);
            assert!(rest.starts_with("kvm::long::ioctl::a_b ok 7 forged"), "{line}");
        }
        assert_eq!(number, samples::outcomes().len());
    }
}
