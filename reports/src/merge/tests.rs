//! Which shards make a whole, and which do not.

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
    assert_eq!(merge(&[(name, one.clone())]).map(|merged| merged.summary), Ok(one.summary), "a shard alone is whole");
}

#[test]
fn trials_are_in_the_order_of_one_run() {
    let mut names = Vec::new();
    for machine in ["kvm", "model:amd"] {
        for case in ["a/b", "a/c", "b/a"] {
            names.extend(["long::ioctl", "long::msi", "real::ioctl"].map(|way| format!("{machine}::{way}::{case}")));
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
    assert_eq!(refused(shard(0), nothing), "empty.jsonl: cut off before its first line, holds nothing; leave it out");
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
    let detail = |value: &str| HostFact { name: "kvm.halt_poll_ns".to_owned(), value: value.to_owned(), detail: true };
    let with = |which: usize, value: &str| {
        let (name, mut run) = shard(which);
        run.facts.as_mut().expect("facts").host.push(detail(value));
        // Entries may have the same reason: only the one with the id shows.
        let known = run.trials.iter().find_map(|trial| match &trial.outcome {
            Outcome::Known { id: Some(id), reason, .. } => {
                Some([samples::stale(id, reason), samples::stale("pvm.other", reason)])
            }
            _ => None,
        });
        let other = samples::stale("another", "another reason");
        run.summary.as_mut().expect("it ended").stale = known.into_iter().flatten().chain([other]).collect();
        (name, run)
    };
    let merged = merge(&[with(0, "0"), with(1, "200000")]).expect("two shards");
    assert!(merged.facts.expect("facts").host.contains(&detail("0 | 200000")));
    let stale = merged.summary.expect("both ended").stale;
    assert_eq!(stale.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), ["another", "pvm.other"]);
}
