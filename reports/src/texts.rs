//! Every text in what reports are made of. Each field is named, so that a new one cannot be forgotten.

use crate::printable::{Texts, texts};
use crate::{
    CaseKills, Divergence, ErratumRef, Event, History, HostFact, KillMatrix, Mutant, Outcome, RuleRef, RunFacts,
    SavedRun, Scope, Step, Summary, Trial, TrialId,
};

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
