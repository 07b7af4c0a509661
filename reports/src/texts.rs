//! Every text in what reports are made of. Each field is named, so that a new one cannot be forgotten.

use std::collections::BTreeMap;

use crate::{
    CaseKills, Divergence, ErratumRef, Event, History, HostFact, KillMatrix, Mutant, Outcome, RuleRef, RunFacts,
    SavedRun, Scope, Step, Summary, Trial, TrialId,
};

/// Something that has texts.
pub(crate) trait Texts {
    /// Hands over every text, to be read or changed.
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String));
}

impl Texts for String {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        change(self);
    }
}

impl<T: Texts> Texts for Option<T> {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        self.iter_mut().for_each(|item| item.each_text(change));
    }
}

impl<T: Texts> Texts for Vec<T> {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        self.iter_mut().for_each(|item| item.each_text(change));
    }
}

impl<T: Texts> Texts for Box<T> {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        (**self).each_text(change);
    }
}

/// Counts by name.
impl<N> Texts for BTreeMap<String, N> {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        let counts = std::mem::take(self).into_iter().map(|(mut name, count)| {
            change(&mut name);
            (name, count)
        });
        *self = counts.collect();
    }
}

/// Names the fields of a type, those with texts first, and behind `;` those without any.
macro_rules! texts {
    ($($kind:ident { $($text:ident),* $(; $($other:ident),*)? })*) => {
        $(impl Texts for $kind {
            fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
                let $kind { $($text,)* $($($other: _,)*)? } = self;
                $($text.each_text(change);)*
            }
        })*
    };
}

pub(crate) use texts;

texts! {
    RunFacts { version, scope, machines, host, strategy, rules, errata; started, trials }
    Scope { filters, after; whole, chosen, shards }
    HostFact { name, value; detail }
    RuleRef { id, statement, sources }
    ErratumRef { id, title, source, rules }
    TrialId { machine, mode, path, case }
    Trial { id, summary, rules, hash, outcome, statistics, repeats; micros }
    Summary { counts, stopped, stale, untested, unmet; executed, interrupted, millis, kicks }
    SavedRun { facts, trials, unfinished, summary; torn }
    Divergence { pass, finding, listing, details, rules, rerun, place, history; at }
    History { steps, end; parts }
    Step { at, event, detail; what, cpu, address, pending, blocked, depth, nested }
    KillMatrix { mutants, cases }
    Mutant { name, statement, killers }
    CaseKills { case, kills, survives }
}

impl Texts for Event {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Event::RunStarted(facts) => facts.each_text(change),
            Event::TrialStarted { id } => id.each_text(change),
            Event::TrialFinished(trial) => trial.each_text(change),
            Event::RunFinished(summary) => summary.each_text(change),
        }
    }
}

impl Texts for Outcome {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Outcome::Pass => {}
            Outcome::Known { symptom, reason, history } => {
                symptom.each_text(change);
                reason.each_text(change);
                history.each_text(change);
            }
            Outcome::Fixed { expected, reason } => {
                expected.each_text(change);
                reason.each_text(change);
            }
            Outcome::Skipped { requirement } => requirement.each_text(change),
            Outcome::Error(trouble) => trouble.each_text(change),
            parted => parted.divergence_mut().into_iter().for_each(|divergence| divergence.each_text(change)),
        }
    }
}
