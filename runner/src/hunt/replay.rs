//! Counts the lines of a hunt's journal, as they are written and when it is read again.

use reports::{Finding, HostEnd, Kind, Symptom, Trouble};

use super::line::Line;
use super::tally::Tally;

/// Why a line of a journal cannot follow those before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutOfOrder {
    /// A trial starts within another.
    #[error("{trial} starts here, and {running} had started and not ended")]
    Within {
        /// The trial that starts.
        trial: String,
        /// The one that has not ended.
        running: String,
    },
    /// A trial starts again in its round.
    #[error("{trial} starts here a second time in this round")]
    Again {
        /// The trial.
        trial: String,
    },
    /// Trials of the round are missing, or too many.
    #[error("{trial} starts here as if {said} trials of its round preceded it, and {there} do")]
    Behind {
        /// The trial that starts.
        trial: String,
        /// How many trials the line says are before it.
        said: u64,
        /// How many are.
        there: u64,
    },
    /// A trial ends that did not start.
    #[error("a trial ends here, and none had started")]
    Ends,
}

impl Tally {
    /// Whether this line can follow those before it.
    pub fn admits(&self, line: &Line) -> Result<(), OutOfOrder> {
        let there = self.done.len() as u64;
        Err(match (line, &self.running) {
            (Line::Started { trial, .. }, Some((running, _))) => {
                OutOfOrder::Within { trial: trial.clone(), running: running.clone() }
            }
            (Line::Started { trial, .. }, None) if self.done.contains(trial) => {
                OutOfOrder::Again { trial: trial.clone() }
            }
            (Line::Started { trial, number: Some(said), .. }, None) if *said != there => {
                OutOfOrder::Behind { trial: trial.clone(), said: *said, there }
            }
            (Line::Ended { .. }, None) => OutOfOrder::Ends,
            _ => return Ok(()),
        })
    }

    /// Counts a line of the journal.
    pub fn take(&mut self, line: &Line) {
        match line {
            Line::Planned(_) => {}
            Line::Folded(tally) => *self = (**tally).clone(),
            Line::Started { trial, loaded, at, .. } => {
                self.elapsed = self.elapsed.max(*at);
                self.running = Some((trial.clone(), *loaded));
            }
            Line::Ended { kind, symptom, lacked, at, example } => {
                self.elapsed = self.elapsed.max(*at);
                if let Some((trial, loaded)) = self.running.take() {
                    self.done.insert(trial.clone());
                    let record = self.trials.entry(trial).or_default();
                    match lacked {
                        Some(lack) => record.skipped = Some(lack.clone()),
                        None => record.ended(loaded, *kind, symptom.as_deref(), example.as_deref()),
                    }
                }
            }
        }
    }

    /// Counts the trial that was running when the last part of the hunt ended as the one that ended it. Returns a line about it.
    ///
    /// It is a failure only if the host has booted since; otherwise the process was killed, perhaps by its user.
    pub fn recover(&mut self, boot: &str) -> Option<String> {
        let (kind, finding) = match self.boot == boot {
            true => (Kind::Error, Finding::Trouble(Trouble::HuntEnded)),
            false => (Kind::HostDied, Finding::HostDied(HostEnd::Reset)),
        };
        let symptom = Symptom { kind, pass: None, finding };
        boot.clone_into(&mut self.boot);
        let (trial, _) = self.running.clone()?;
        let told = format!("{} {trial}  {symptom}", kind.name());
        self.take(&Line::Ended {
            kind,
            symptom: Some(Box::new(symptom)),
            lacked: None,
            at: self.elapsed,
            example: None,
        });
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tally::MOST_DEATHS;
    use super::*;

    /// A symptom of this kind that names this call.
    fn symptom(kind: Kind, call: &str) -> Symptom {
        let finding = Finding::Trouble(Trouble::Refused { call: call.to_owned(), errno: 1 });
        Symptom { kind, pass: None, finding }
    }

    fn run(tally: &mut Tally, trial: &str, loaded: bool, kind: Kind, call: Option<&str>) {
        let at = tally.elapsed + 1;
        let lacked = (kind == Kind::Skipped).then(|| reports::KvmLack::Pmu.into());
        let symptom = call.map(|call| Box::new(symptom(kind, call)));
        tally.take(&Line::Started { trial: trial.to_owned(), loaded, at, jitter: None, number: None });
        tally.take(&Line::Ended { kind, symptom, lacked, at, example: None });
    }

    #[test]
    fn symptoms_are_counted_by_trial_and_load() {
        let mut tally = Tally::new(String::new());
        for (loaded, kind, call) in [
            (false, Kind::Pass, None),
            (true, Kind::Mismatch, Some("a")),
            (true, Kind::Mismatch, Some("a")),
            (true, Kind::Hang, Some("b")),
        ] {
            assert!(tally.is_due("one"));
            run(&mut tally, "one", loaded, kind, call);
            assert!(!tally.is_due("one"), "once a round");
            tally.next_round();
        }
        let record = &tally.trials["one"];
        assert_eq!((record.calm, record.loaded, tally.runs(), tally.elapsed), (1, 3, (1, 3), 4));
        let counts: Vec<_> = tally.sightings().map(|(_, seen)| (seen.kind, seen.calm, seen.loaded)).collect();
        assert_eq!(counts, [(Kind::Mismatch, 0, 2), (Kind::Hang, 0, 1)]);
    }

    #[test]
    fn what_cannot_run_and_what_kills_the_host_is_planned_out() {
        let mut tally = Tally::new(String::new());
        run(&mut tally, "skipped", false, Kind::Skipped, None);
        run(&mut tally, "killer", false, Kind::HostDied, Some("reset"));
        tally.next_round();
        assert!(!tally.is_due("skipped") && tally.is_due("killer") && tally.is_due("other"));
        run(&mut tally, "killer", true, Kind::HostDied, Some("reset"));
        tally.next_round();
        assert!(!tally.is_due("killer"));
        assert_eq!((tally.runs(), tally.trials["killer"].deaths()), ((1, 1), 2), "what is skipped does not run");
    }

    #[test]
    fn only_another_boot_is_a_host_that_died() {
        for (boot, kind) in [("a", Kind::Error), ("b", Kind::HostDied)] {
            let mut tally = Tally::new("a".to_owned());
            assert_eq!(tally.recover("a"), None, "nothing ran");
            for _ in 0..MOST_DEATHS {
                "a".clone_into(&mut tally.boot);
                tally.take(&Line::Started {
                    trial: "killer".to_owned(),
                    loaded: false,
                    at: 1,
                    jitter: None,
                    number: None,
                });
                let told = tally.recover(boot).expect("it ran");
                assert!(told.starts_with(&format!("{} killer  ", kind.name())), "{told}");
            }
            assert!(tally.sightings().all(|(_, sighting)| sighting.kind == kind));
            assert!(tally.is_out("killer") && tally.boot == boot, "either is left out");
        }
    }
}
