//! Merges the shards of one plan into one run.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::distinct::unique;
use crate::saved::has_executed;
use crate::{Outcome, RuleRef, RunFacts, SavedRun, Scope, StaleEntry, Summary, Trial, TrialId};

/// Why runs are not shards of one plan.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MergeError {
    /// Nothing was given.
    #[error("no runs; give at least one")]
    Nothing,
    /// A run has no start.
    #[error("{run}: cut off before its first line, holds nothing; leave it out")]
    NoStart {
        /// Name of the run.
        run: String,
    },
    /// A fact that must be the same is not.
    #[error(
        "{fact} is `{one}` in {one_run}, `{other}` in {other_run}; only parts of one run on one host are joined: keep these apart, and give `nmi report` both or compare them with `nmi diff`"
    )]
    Fact {
        /// The fact: `kernel`.
        fact: String,
        /// What it says in one run.
        one: String,
        /// Name of the run that is held against the other.
        one_run: String,
        /// What it says in the other.
        other: String,
        /// Name of the other run.
        other_run: String,
    },
    /// A case has two contents.
    #[error(
        "case {case} has other contents in {one} than in {other}; run one of them again with the cases of the other"
    )]
    Case {
        /// Id of the case.
        case: String,
        /// Name of a run that has it.
        one: String,
        /// A run with other contents.
        other: String,
    },
    /// A trial is in two runs, or twice in one.
    #[error("trial {trial} is in {one} and in {other}; merge shards that have no trial in common")]
    Twice {
        /// Name of the trial.
        trial: Box<TrialId>,
        /// Name of a run that has it.
        one: String,
        /// Another, or the same.
        other: String,
    },
}

/// Merges the shards of one plan, each with its name for errors.
///
/// They must be of one version of the suite, with the same rules, on hosts whose facts and strategy are the same.
/// Details of the hosts (module parameters, capabilities) may differ and are then given as `one | other`. The result has the
/// earliest start, the plans of all and the sum of their times; the plan of a run that continues after a trial is part of the plan
/// of the run before it. Its trials are in the order of one run, by machine and case, if the shards are given in order. It counts
/// as interrupted if one was, and has no summary if one was cut off, unless all planned trials are there. A known deviation is
/// stale if one run says so and it shows in none.
///
/// Errors: runs that are not of the same plan, and a trial that two runs have, even if it did not end: to prefer either
/// would hide what the other saw.
pub fn merge(runs: &[(String, SavedRun)]) -> Result<SavedRun, MergeError> {
    let mut joined: Option<(&str, RunFacts)> = None;
    for (name, run) in runs {
        let more = run.facts.as_ref().ok_or_else(|| MergeError::NoStart { run: name.clone() })?;
        match &mut joined {
            None => joined = Some((name, more.clone())),
            Some((first, facts)) => {
                check_identity((first, facts), (name, more))?;
                join(facts, more);
            }
        }
    }
    let (_, mut facts) = joined.ok_or(MergeError::Nothing)?;
    check_trials(runs)?;
    facts.scope = scope(runs);
    // Without a scope nobody knows which plans are parts of others.
    facts.trials = facts.scope.as_ref().map_or(facts.trials, Scope::size);
    let trials = in_order(&facts, runs);
    let unfinished: Vec<TrialId> = runs.iter().flat_map(|(_, run)| &run.unfinished).cloned().collect();
    let all_there = facts.scope.is_some() && unfinished.is_empty() && trials.len() >= facts.trials;
    let summaries: Option<Vec<&Summary>> =
        runs.iter().map(|(_, run)| run.summary.as_ref()).filter(|summary| summary.is_some() || !all_there).collect();
    let summary = summaries.filter(|summaries| !summaries.is_empty()).map(|summaries| {
        let summary = sum(&summaries, &trials);
        Summary { interrupted: summary.interrupted && !all_there, ..summary }
    });
    Ok(SavedRun { facts: Some(facts), trials, unfinished, summary, torn: false })
}

/// The joined scope. None if a run has none.
fn scope(runs: &[(String, SavedRun)]) -> Option<Scope> {
    let scopes: Option<Vec<&Scope>> = runs.iter().map(|(_, run)| run.facts.as_ref()?.scope.as_ref()).collect();
    let mut scopes = scopes?.into_iter();
    let first = scopes.next()?.clone();
    Some(scopes.fold(first, |joined, scope| joined.join(scope)))
}

/// Each shard has every N-th trial, so the shards take turns; sorting corrects the order if a run continues another.
fn in_order(facts: &RunFacts, runs: &[(String, SavedRun)]) -> Vec<Trial> {
    let longest = runs.iter().map(|(_, run)| run.trials.len()).max().unwrap_or(0);
    let turns = (0..longest).flat_map(|turn| runs.iter().filter_map(move |(_, run)| run.trials.get(turn)));
    let mut trials: Vec<Trial> = turns.cloned().collect();
    let machine = |trial: &Trial| facts.machines.iter().position(|name| *name == trial.id.machine);
    trials.sort_by(|one, other| (machine(one), &one.id.case).cmp(&(machine(other), &other.id.case)));
    trials
}

fn sum(summaries: &[&Summary], trials: &[Trial]) -> Summary {
    let interrupted = summaries.iter().any(|summary| summary.interrupted);
    // An interruption is worse than a run that stopped as it was asked to.
    let asked = summaries.iter().all(|summary| !summary.interrupted || summary.stopped.is_some());
    let stopped = summaries.iter().find_map(|summary| summary.stopped.clone()).filter(|_| asked);
    let millis = summaries.iter().fold(0, |sum: u64, summary| sum.saturating_add(summary.millis));
    let shows = |entry: &str| {
        trials.iter().any(|trial| matches!(&trial.outcome, Outcome::Known { id: Some(id), .. } if id == entry))
    };
    let stale = summaries.iter().flat_map(|summary| &summary.stale);
    let stale: BTreeMap<&str, &StaleEntry> = stale.map(|entry| (entry.id.as_str(), entry)).collect();
    let stale = stale.into_iter().filter(|(id, _)| !shows(id)).map(|(_, entry)| entry.clone()).collect();
    let unmet: BTreeSet<&String> = summaries.iter().flat_map(|summary| &summary.unmet).collect();
    let unmet = unmet.into_iter().cloned().collect();
    let untested: BTreeSet<&String> = summaries.iter().flat_map(|summary| &summary.untested).collect();
    let untested = untested.into_iter().filter(|machine| !has_executed(trials, machine)).cloned().collect();
    let kicks = summaries.iter().find_map(|summary| summary.kicks);
    Summary { stale, stopped, unmet, untested, kicks, ..Summary::of(trials, interrupted, millis) }
}

/// The facts that must be equal, as names and values.
fn identity(facts: &RunFacts) -> Vec<(String, String)> {
    let mut identity = vec![("version".to_owned(), facts.version.clone())];
    identity.extend(facts.strategy.iter().map(|strategy| ("strategy".to_owned(), strategy.clone())));
    let shown = facts.host.iter().filter(|fact| !fact.detail);
    identity.extend(shown.map(|fact| (fact.name.clone(), fact.value.clone())));
    let rule =
        |rule: &RuleRef| (format!("rule {}", rule.id), format!("{} {}", rule.statement, rule.sources.join("; ")));
    identity.extend(facts.rules.iter().map(rule));
    identity
}

fn check_identity(one: (&str, &RunFacts), other: (&str, &RunFacts)) -> Result<(), MergeError> {
    let (ours, theirs) = (identity(one.1), identity(other.1));
    for (fact, _) in ours.iter().chain(&theirs) {
        let say =
            |facts: &[(String, String)]| facts.iter().find(|(name, _)| name == fact).map(|(_, value)| value.clone());
        let (here, there) = (say(&ours), say(&theirs));
        if here != there {
            return Err(MergeError::Fact {
                fact: fact.clone(),
                one: here.unwrap_or_default(),
                one_run: one.0.to_owned(),
                other: there.unwrap_or_default(),
                other_run: other.0.to_owned(),
            });
        }
    }
    Ok(())
}

fn join(facts: &mut RunFacts, more: &RunFacts) {
    facts.trials = facts.trials.saturating_add(more.trials);
    facts.started = facts.started.min(more.started);
    facts.machines = unique(facts.machines.drain(..).chain(more.machines.iter().cloned()));
    for fact in more.host.iter().filter(|fact| fact.detail) {
        match facts.host.iter_mut().find(|known| known.name == fact.name) {
            None => facts.host.push(fact.clone()),
            Some(known) if known.value.split(" | ").any(|value| value == fact.value) => {}
            Some(known) => known.value = format!("{} | {}", known.value, fact.value),
        }
    }
}

fn check_trials(runs: &[(String, SavedRun)]) -> Result<(), MergeError> {
    let mut contents: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let mut owners: BTreeMap<&TrialId, &str> = BTreeMap::new();
    for (name, run) in runs {
        for trial in &run.trials {
            let (hash, one) = *contents.entry(&trial.id.case).or_insert((&trial.hash, name));
            if hash != trial.hash {
                let (case, one, other) = (trial.id.case.clone(), one.to_owned(), name.clone());
                return Err(MergeError::Case { case, one, other });
            }
        }
        for id in run.ids() {
            if let Some(one) = owners.insert(id, name) {
                return Err(MergeError::Twice {
                    trial: Box::new(id.clone()),
                    one: one.to_owned(),
                    other: name.clone(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
