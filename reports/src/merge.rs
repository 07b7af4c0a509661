use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::{Outcome, RuleRef, RunFacts, SavedRun, Scope, Summary, Trial, TrialId};

/// Why runs are not shards of one plan.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MergeError {
    /// Nothing was given.
    #[error("no runs; give at least one")]
    Nothing,
    /// A run does not say what it is about.
    #[error("{run}: cut off before its first line, holds nothing; leave it out")]
    NoStart {
        /// The run.
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
        /// That run.
        one_run: String,
        /// What it says in the other.
        other: String,
        /// The other.
        other_run: String,
    },
    /// A case has two contents.
    #[error(
        "case {case} has other contents in {one} than in {other}; run one of them again with the cases of the other"
    )]
    Case {
        /// Its id.
        case: String,
        /// A run.
        one: String,
        /// A run with other contents.
        other: String,
    },
    /// A trial is in two runs, or twice in one.
    #[error("trial {trial} is in {one} and in {other}; merge shards that have no trial in common")]
    Twice {
        /// Which.
        trial: Box<TrialId>,
        /// A run.
        one: String,
        /// Another, or the same.
        other: String,
    },
}

/// Joins the shards of one plan, each with what to call it in errors.
///
/// They must be of one version of the suite, with the same rules, on hosts whose facts and strategy are the same.
/// Details of the hosts (module parameters, capabilities) may differ and are then given as `one | other`. The result
/// starts with the first, plans what all planned and took the sum of their times; what a run that goes on behind a trial plans is
/// part of what the one before it planned. Its trials are in the order in which
/// one run would have had them, by machine and case, if the shards are given in theirs. It was interrupted if one was, and
/// has no summary if one was cut off, since it is then as incomplete as that one, unless all that was planned is there. A
/// known deviation is stale if it is in one and shows in none.
///
/// Errors: what is no part of the same plan, and a trial that two runs have, also one that did not end: to let either
/// win would hide what the other saw.
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

/// What the runs are parts of. None if one of them does not say.
fn scope(runs: &[(String, SavedRun)]) -> Option<Scope> {
    let scopes: Option<Vec<&Scope>> = runs.iter().map(|(_, run)| run.facts.as_ref()?.scope.as_ref()).collect();
    let mut scopes = scopes?.into_iter();
    let first = scopes.next()?.clone();
    Some(scopes.fold(first, |joined, scope| joined.join(scope)))
}

/// Each shard has every N-th trial, so they take turns; sorting mends the order where one of them goes on behind another.
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
        trials.iter().any(|trial| matches!(&trial.outcome, Outcome::Known { reason, .. } if reason == entry))
    };
    let stale: BTreeSet<&String> = summaries.iter().flat_map(|summary| &summary.stale).collect();
    let stale = stale.into_iter().filter(|entry| !shows(entry)).cloned().collect();
    let unmet: BTreeSet<&String> = summaries.iter().flat_map(|summary| &summary.unmet).collect();
    let unmet = unmet.into_iter().cloned().collect();
    let executed = |machine: &str| {
        let own = trials.iter().filter(|trial| trial.id.machine == machine);
        Summary::of(own, false, 0).executed > 0
    };
    let untested: BTreeSet<&String> = summaries.iter().flat_map(|summary| &summary.untested).collect();
    let untested = untested.into_iter().filter(|machine| !executed(machine)).cloned().collect();
    Summary { stale, stopped, unmet, untested, ..Summary::of(trials, interrupted, millis) }
}

/// What must be the same, as names and values.
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
    facts
        .machines
        .extend(more.machines.iter().filter(|name| !facts.machines.contains(name)).cloned().collect::<Vec<_>>());
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
        for id in run.trials.iter().map(|trial| &trial.id).chain(&run.unfinished) {
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
mod tests {
    use super::*;
    use crate::samples::{self, HELD};
    use crate::{Event, HostFact, ShardOf, read_run, write_run};

    /// The sample run as one shard of two, told apart by where a trial stands.
    fn shard(which: usize) -> (String, SavedRun) {
        let trials = samples::saved(&samples::mixed_run()).trials;
        let mine = trials.into_iter().enumerate().filter(|(index, _)| index % 2 == which).map(|(_, trial)| trial);
        (format!("{which}.jsonl"), samples::saved(&samples::run_of(mine.collect())))
    }

    fn refused(one: (String, SavedRun), other: (String, SavedRun)) -> String {
        merge(&[one, other]).expect_err("no shards of one plan").to_string()
    }

    #[test]
    fn shards_make_the_whole() {
        let whole = samples::saved(&samples::mixed_run());
        let merged = merge(&[shard(0), shard(1)]).expect("two shards");
        assert_eq!(merged.facts, whole.facts);
        let (summary, of_whole) = (merged.summary.clone().expect("both ended"), whole.summary.expect("it ended"));
        assert_eq!(summary.counts, of_whole.counts);
        assert_eq!((summary.executed, summary.millis), (of_whole.executed, 2 * of_whole.millis));
        assert_eq!(merged.shortfall(), None);
        let mut file = Vec::new();
        write_run(&merged, &mut file).expect("memory");
        assert_eq!(read_run(&file[..]).expect("own file"), merged);
        let (name, one) = shard(0);
        assert_eq!(
            merge(&[(name, one.clone())]).map(|merged| merged.summary),
            Ok(one.summary),
            "a shard alone is whole"
        );
    }

    #[test]
    fn trials_are_in_the_order_of_one_run() {
        let mut names = Vec::new();
        for machine in ["kvm", "model:amd"] {
            for case in ["a/b", "a/c", "b/a"] {
                names
                    .extend(["long::ioctl", "long::msi", "real::ioctl"].map(|way| format!("{machine}::{way}::{case}")));
            }
        }
        let run = |names: &[&String]| {
            let trials = names.iter().map(|name| samples::trial(name, Outcome::Pass)).collect();
            let mut run = samples::saved(&samples::run_of(trials));
            run.facts.as_mut().expect("facts").machines = vec!["kvm".to_owned(), "model:amd".to_owned()];
            run
        };
        let all: Vec<&String> = names.iter().collect();
        let every = |of: usize| {
            let shards = (0..of).map(|first| run(&all.iter().skip(first).step_by(of).copied().collect::<Vec<_>>()));
            shards.map(|shard| (String::new(), shard)).collect::<Vec<_>>()
        };
        let behind = |cut: usize| [&all[..cut], &all[cut..]].map(|part| (String::new(), run(part))).to_vec();
        for runs in [every(2), every(4), every(5), behind(3), behind(9)] {
            let merged = merge(&runs).expect("parts of one run");
            let order: Vec<String> = merged.trials.iter().map(|trial| trial.id.to_string()).collect();
            assert_eq!(order, names);
        }
    }

    #[test]
    fn a_shard_cut_off_leaves_the_whole_cut_off() {
        let (name, mut cut) = shard(1);
        let lost = cut.trials.pop().expect("trials");
        cut.unfinished.push(lost.id.clone());
        cut.summary = None;
        cut.torn = true;
        let merged = merge(&[(name, cut), shard(0)]).expect("two shards");
        assert_eq!(merged.shortfall(), Some(format!("cut off in {}, after 11 of 12 trials", lost.id)));
        let (name, mut stopped) = shard(1);
        stopped.summary.as_mut().expect("it ended").interrupted = true;
        let end = |shard_1: &SavedRun, shard_0: (String, SavedRun)| {
            let merged = merge(&[(name.clone(), shard_1.clone()), shard_0]).expect("two shards");
            let summary = merged.summary.expect("both ended");
            (summary.interrupted, summary.stopped)
        };
        assert_eq!(end(&stopped, shard(0)), (true, None));
        let why = Some("a trial failed".to_owned());
        stopped.summary.as_mut().expect("it ended").stopped.clone_from(&why);
        assert_eq!(end(&stopped, shard(0)), (true, why));
        let (other, mut interrupted) = shard(0);
        interrupted.summary.as_mut().expect("it ended").interrupted = true;
        assert_eq!(end(&stopped, (other, interrupted)), (true, None));
    }

    /// One of so many shards of the sample run, as a file says it.
    fn part(index: usize, of: usize) -> (String, SavedRun) {
        let whole = samples::saved(&samples::mixed_run()).trials;
        let chosen = whole.len();
        let mine: Vec<Trial> = whole.into_iter().skip(index - 1).step_by(of).collect();
        let mut run = samples::saved(&samples::run_of(mine));
        let shards = if of > 1 { vec![ShardOf { index, of }] } else { Vec::new() };
        run.facts.as_mut().expect("facts").scope = Some(Scope { whole: chosen, chosen, shards, ..Scope::default() });
        (format!("{index}.jsonl"), run)
    }

    #[test]
    fn shards_that_are_missing_are_told() {
        let two = merge(&[part(1, 3), part(3, 3)]).expect("shards");
        assert_eq!((two.shortfall(), two.trials.len()), (None, 8));
        assert_eq!(two.missing_shards().as_deref(), Some("4 trials of shard 2/3 of 12 trials"));
        assert_eq!(two.part().as_deref(), Some("shard 1/3, 3/3 of 12 trials"));
        let all = merge(&[part(1, 3), ("two.jsonl".to_owned(), two), part(2, 3)]);
        assert!(matches!(all, Err(MergeError::Twice { .. })));
        let all = merge(&[part(1, 3), part(2, 3), part(3, 3)]).expect("shards");
        assert_eq!((all.shortfall(), all.missing_shards(), all.part()), (None, None, None));
    }

    #[test]
    fn a_run_that_goes_on_counts_each_trial_once() {
        let (_, whole) = part(1, 1);
        let cut = |at: usize| {
            let mut run = whole.clone();
            run.trials.truncate(at);
            run.summary = None;
            run
        };
        let rest = |behind: usize| {
            let mut run = samples::saved(&samples::run_of(whole.trials[behind..].to_vec()));
            let after = whole.trials[behind - 1].id.to_string();
            let facts = run.facts.as_mut().expect("facts");
            facts.scope = whole.facts.as_ref().and_then(|facts| facts.scope.clone());
            facts.scope.as_mut().expect("a scope").after = Some(after);
            run
        };
        let merged = |runs: [SavedRun; 2]| merge(&runs.map(|run| (String::new(), run))).expect("parts");
        let joined = merged([cut(5), rest(5)]);
        assert_eq!((joined.facts.as_ref().expect("facts").trials, joined.trials.len()), (12, 12));
        assert_eq!((joined.shortfall(), joined.part()), (None, None));
        let mut died = cut(5);
        died.unfinished.push(whole.trials[5].id.clone());
        let joined = merged([died, rest(6)]);
        assert_eq!(joined.shortfall(), Some(format!("cut off in {}, after 11 of 12 trials", whole.trials[5].id)));
        let mut stopped = cut(5);
        stopped.summary = Some(Summary::of(&stopped.trials, true, 1));
        assert_eq!(merged([stopped.clone(), rest(5)]).shortfall(), None);
        let mut early = rest(5);
        early.trials.pop();
        early.summary.as_mut().expect("it ended").interrupted = true;
        assert_eq!(merged([stopped, early]).shortfall().as_deref(), Some("interrupted after 11 of 12 trials"));
    }

    #[test]
    fn what_is_no_shard_of_the_plan_is_refused() {
        assert_eq!(merge(&[]), Err(MergeError::Nothing));
        let nothing = ("empty.jsonl".to_owned(), SavedRun::default());
        assert_eq!(
            refused(shard(0), nothing),
            "empty.jsonl: cut off before its first line, holds nothing; leave it out"
        );
        let (name, mut other) = shard(1);
        other.facts.as_mut().expect("facts").host[0].value = "7.3.4".to_owned();
        assert_eq!(
            refused(shard(0), (name, other)),
            "kernel is `6.12.117` in 0.jsonl, `7.3.4` in 1.jsonl; only parts of one run on one host are joined: keep these \
             apart, and give `nmi report` both or compare them with `nmi diff`"
        );
        for change in [
            |facts: &mut RunFacts| facts.version.push('1'),
            |facts: &mut RunFacts| facts.strategy = None,
            |facts: &mut RunFacts| drop(facts.host.pop()),
            |facts: &mut RunFacts| drop(facts.rules.pop()),
            |facts: &mut RunFacts| facts.rules[0].statement.push('x'),
        ] {
            let (name, mut other) = shard(1);
            change(other.facts.as_mut().expect("facts"));
            assert!(matches!(merge(&[shard(0), (name.clone(), other.clone())]), Err(MergeError::Fact { .. })));
            assert!(matches!(merge(&[(name, other), shard(0)]), Err(MergeError::Fact { .. })));
        }
        let (name, mut other) = shard(1);
        other.trials.iter_mut().filter(|trial| trial.id.case == HELD).for_each(|trial| trial.hash = "77aa".to_owned());
        assert_eq!(
            refused(shard(0), (name, other)),
            format!(
                "case {HELD} has other contents in 0.jsonl than in 1.jsonl; run one of them again with the cases of the other"
            )
        );
    }

    #[test]
    fn a_trial_in_two_runs_is_refused_even_where_it_did_not_end() {
        let common = shard(0).1.trials[0].id.clone();
        let (name, mut other) = shard(1);
        other.take(&Event::TrialStarted { id: common.clone() });
        for other in [shard(0), (name, other)] {
            let other_name = other.0.clone();
            assert_eq!(
                refused(shard(0), other),
                format!("trial {common} is in 0.jsonl and in {other_name}; merge shards that have no trial in common")
            );
        }
    }

    #[test]
    fn details_may_differ_and_stale_entries_must_show_nowhere() {
        let detail =
            |value: &str| HostFact { name: "kvm.halt_poll_ns".to_owned(), value: value.to_owned(), detail: true };
        let with = |which: usize, value: &str| {
            let (name, mut run) = shard(which);
            run.facts.as_mut().expect("facts").host.push(detail(value));
            let known = run.trials.iter().find_map(|trial| match &trial.outcome {
                Outcome::Known { reason, .. } => Some(reason.clone()),
                _ => None,
            });
            run.summary.as_mut().expect("it ended").stale = known.into_iter().chain(["another".to_owned()]).collect();
            (name, run)
        };
        let merged = merge(&[with(0, "0"), with(1, "200000")]).expect("two shards");
        assert!(merged.facts.expect("facts").host.contains(&detail("0 | 200000")));
        assert_eq!(merged.summary.expect("both ended").stale, ["another"]);
    }
}
