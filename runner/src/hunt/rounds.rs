//! Runs a hunt, round by round.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use reports::{Kind, Outcome, Trial};

use super::background::Background;
use super::journal::{Journal, JournalError};
use super::line::Line;
use super::order::{jitter_seed, order};
use super::plan::Plan;
use super::report::{counted, counted_in_trials};
use super::tally::Tally;
use crate::case::Library;
use crate::machine::jitter::{Delays, Jitter};
use crate::suite::{GuestCache, Planned, Slot, run_one};

/// Why a hunt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Its time is over, or all its rounds.
    Over,
    /// By Ctrl-C.
    Interrupted,
    /// No trial is left to run.
    NothingLeft,
}

/// A hunt: rounds of all trials, each round in an order of its own.
pub struct Hunt<'a> {
    library: &'a Library,
    slots: Vec<Slot>,
    planned: &'a [Planned<'a>],
    plan: Plan,
    journal: Journal,
    /// What was seen so far.
    pub tally: Tally,
    jitter: Jitter,
    background: Option<Background>,
    guests: GuestCache,
    /// When this part of the hunt began.
    began: Instant,
    /// Milliseconds that earlier parts took.
    before: u64,
}

impl<'a> Hunt<'a> {
    /// A hunt that continues with what earlier parts saw.
    pub fn new(
        library: &'a Library,
        slots: Vec<Slot>,
        planned: &'a [Planned<'a>],
        plan: Plan,
        journal: Journal,
        tally: Tally,
    ) -> Self {
        let jitter = Jitter::default();
        let slots = slots.into_iter().map(|slot| slot.with_jitter(&jitter)).collect();
        let before = tally.elapsed;
        let (background, guests, began) = (None, GuestCache::default(), Instant::now());
        Self { library, slots, planned, plan, journal, tally, jitter, background, guests, began, before }
    }

    /// Counts the trial that was running when the last part of the hunt ended as the one that ended it, and folds the journal. Returns
    /// a line about the trial. `boot` identifies this boot of the host.
    ///
    /// Errors: those of the journal.
    pub fn recover(&mut self, boot: &str) -> Result<Option<String>, JournalError> {
        let killer = self.tally.recover(boot);
        self.journal.fold(&self.plan, &self.tally)?;
        Ok(killer)
    }

    /// Hunts until the time is over; `tell` prints progress.
    ///
    /// Errors: those of the journal. What was seen until then is in the tally.
    pub fn run(&mut self, interrupted: &AtomicBool, tell: &mut dyn FnMut(&str)) -> Result<Ended, JournalError> {
        loop {
            if self.plan.rounds.is_some_and(|rounds| self.tally.round > rounds) {
                return Ok(Ended::Over);
            }
            let before = self.tally.runs();
            let cut = self.round(interrupted, tell)?;
            let after = self.tally.runs();
            let ran = after.0.saturating_add(after.1).saturating_sub(before.0.saturating_add(before.1));
            if let Some(ended) = cut {
                self.calm_down(tell);
                return Ok(ended);
            }
            if self.planned.iter().all(|trial| self.tally.is_out(&trial.id.to_string())) {
                self.calm_down(tell);
                return Ok(Ended::NothingLeft);
            }
            let load = if self.plan.is_loaded(self.tally.round) { "under load" } else { "calm" };
            let failed = self.tally.sightings().filter(|(_, sighting)| sighting.is_failure());
            let (round, ran, failed) = (self.tally.round, counted(ran, "trial"), counted_in_trials(failed, "failure"));
            tell(&format!("round {round}, {load}: {ran}; so far {failed}"));
            self.tally.next_round();
            self.tally.elapsed = self.elapsed();
            self.journal.fold(&self.plan, &self.tally)?;
        }
    }

    /// Runs what is left of the round. Returns why the hunt ends before the end of the round, if it does.
    fn round(&mut self, interrupted: &AtomicBool, tell: &mut dyn FnMut(&str)) -> Result<Option<Ended>, JournalError> {
        let round = self.tally.round;
        let loaded = self.plan.is_loaded(round);
        if !loaded {
            self.calm_down(tell);
        } else if self.background.is_none() {
            match Background::start(self.plan.load) {
                Ok(background) => self.background = Some(background),
                Err(trouble) => tell(&format!("no load: {trouble}")),
            }
        }
        for index in order(self.plan.seed, round, self.planned.len()) {
            let planned = &self.planned[index];
            let name = planned.id.to_string();
            if !self.tally.is_due(&name) {
                continue;
            }
            if interrupted.load(Ordering::Relaxed) {
                return Ok(Some(Ended::Interrupted));
            }
            if self.elapsed() >= self.plan.millis {
                return Ok(Some(Ended::Over));
            }
            let jitter = (loaded && self.plan.load.jitter > 0).then(|| jitter_seed(self.plan.seed, round, index));
            self.trial(planned, name, loaded, jitter, tell)?;
        }
        Ok(None)
    }

    fn trial(
        &mut self,
        planned: &Planned<'_>,
        name: String,
        loaded: bool,
        jitter: Option<u64>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), JournalError> {
        let number = Some(self.tally.done.len() as u64);
        let line = Line::Started { trial: name.clone(), loaded, at: self.elapsed(), jitter, number };
        self.journal.append(&line, true)?;
        self.tally.take(&line);
        let delays = jitter.map(|seed| Delays { seed, longest: self.plan.longest_delay() });
        self.jitter.set(delays);
        let trial = run_one(self.library, &mut self.slots[planned.slot], planned, &self.guests);
        let trial = repeatable(trial, delays);
        let kind = trial.outcome.kind();
        let symptom = trial.outcome.symptom();
        let lacked = match &trial.outcome {
            Outcome::Skipped { requirement } => Some(requirement.clone()),
            _ => None,
        };
        let known = self.tally.trials.get(&name).zip(symptom.as_ref());
        let is_new = known.is_none_or(|(record, symptom)| record.of(symptom).is_none());
        if is_new && (kind.is_failure() || kind == Kind::Error) {
            let load = if loaded { " under load" } else { "" };
            tell(&format!("{} {name}{load}  {}", kind.name(), trial.outcome.headline().unwrap_or_default()));
        }
        let whole = symptom.as_ref().is_some_and(|symptom| self.tally.wants_whole(&name, kind, symptom));
        let example = whole.then(|| Box::new(trial));
        let line = Line::Ended { kind, symptom: symptom.map(Box::new), lacked, at: self.elapsed(), example };
        // Counted first, so that the report has it even if the journal cannot be written.
        self.tally.take(&line);
        self.journal.append(&line, false)
    }

    /// Stops the load, if there is any.
    fn calm_down(&mut self, tell: &mut dyn FnMut(&str)) {
        let troubles = self.background.take().map(Background::stop).unwrap_or_default();
        troubles.iter().for_each(|trouble| tell(&format!("trouble with the load: {trouble}")));
    }

    /// Milliseconds hunted so far, with earlier parts.
    fn elapsed(&self) -> u64 {
        self.before.saturating_add(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

/// The trial with its delays in the command that reruns it.
fn repeatable(mut trial: Trial, delays: Option<Delays>) -> Trial {
    if let (Some(divergence), Some(delays)) = (trial.outcome.divergence_mut(), delays) {
        divergence.rerun += &format!(" --jitter {delays}");
    }
    trial
}
