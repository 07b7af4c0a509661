//! What is said of a run that is held against another.

use super::*;
use crate::samples::{self, HELD, snapshot};
use crate::{Event, Look, Outcome, SavedRun, Scope, ShardOf};

/// A run on 6.1 and one on 7.3 between which everything happens that can.
fn runs() -> (SavedRun, SavedRun) {
    let [pass, known, skipped, mismatch, fixed, unstable, hang, fault, _, _, _, error]: [Outcome; 12] =
        samples::outcomes().try_into().expect("one of every kind");
    let held: Vec<String> = ["long::ioctl", "long::events", "real::ioctl"].map(|v| format!("{v}::{HELD}")).into();
    let [a, b, c] = [&held[0], &held[1], &held[2]].map(String::as_str);
    let before = [
        (a, pass.clone()),
        (b, pass.clone()),
        (c, pass.clone()),
        ("long::ioctl::unblocking/faulting-iret", mismatch.clone()),
        ("long::msi::unblocking/faulting-iret", pass.clone()),
        ("long::ioctl::pending/late", known.clone()),
        ("long::ioctl::pending/soon", pass.clone()),
        ("long::ioctl::pending/two-become-one", pass.clone()),
        ("real::ioctl::smm/nmi-waits-for-rsm", skipped.clone()),
        ("real::ioctl::smm/one-is-latched", pass.clone()),
        ("real::ioctl::state/retired", unstable.clone()),
        ("long::ioctl::state/rewritten", pass.clone()),
        ("long::msi::state/rewritten", pass.clone()),
        ("long::ioctl::state/entry", known.clone()),
        ("long::ioctl::shadow/sti-holds-one-back", pass.clone()),
        ("long::msi::shadow/sti-holds-one-back", pass.clone()),
    ];
    let after = [
        (a, mismatch.clone()),
        (b, mismatch.clone()),
        (c, mismatch.clone()),
        ("long::ioctl::unblocking/faulting-iret", fault),
        ("long::msi::unblocking/faulting-iret", hang),
        ("long::ioctl::pending/late", pass.clone()),
        ("long::ioctl::pending/soon", known),
        ("long::ioctl::pending/two-become-one", error),
        ("real::ioctl::smm/nmi-waits-for-rsm", pass.clone()),
        ("real::ioctl::smm/one-is-latched", skipped),
        ("long::ioctl::state/rewritten", mismatch),
        ("long::msi::state/rewritten", pass.clone()),
        ("long::ioctl::state/entry", fixed),
        ("long::ioctl::state/added", pass.clone()),
        ("long::ioctl::shadow/sti-holds-one-back", pass),
    ];
    let (before, mut after) = (samples::kernel_run("6.1.140", &before), samples::kernel_run("7.3.4", &after));
    let rewritten = after.trials.iter_mut().filter(|trial| trial.id.case == "state/rewritten");
    rewritten.for_each(|trial| trial.hash = "77aa".to_owned());
    after.summary = None;
    after.take(&Event::TrialStarted { id: samples::id("kvm::long::msi::shadow/sti-holds-one-back") });
    (before, after)
}

#[test]
fn everything_that_can_happen() {
    let (a, b) = runs();
    let comparison = Comparison::new(("amd 6.1.140", &a), ("amd 7.3.4", &b));
    assert!(Change::ALL.into_iter().all(|change| comparison.count(change) > 0), "{}", comparison.summary());
    assert!(comparison.worse());
    snapshot("comparison", &comparison.text(Look::PLAIN));
    snapshot("comparison-markdown", &comparison.markdown());
    let mut json = Vec::new();
    comparison.json(&mut json).expect("memory");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("own output");
    snapshot("comparison-json", &serde_json::to_string_pretty(&json).expect("a value"));
}

#[test]
fn a_run_against_itself_is_unchanged() {
    let run = samples::saved(&samples::mixed_run());
    let comparison = Comparison::new(("a", &run), ("b", &run));
    assert_eq!(comparison.summary(), format!("{} unchanged", run.trials.len()));
    assert!(!comparison.worse() && comparison.facts.is_empty() && comparison.changes.is_empty());
    let mut dead = run;
    dead.take(&Event::TrialStarted { id: samples::id("kvm::long::ioctl::a/killer") });
    let dead = Comparison::new(("a", &dead), ("b", &dead));
    assert!(dead.worse() && dead.changes.is_empty(), "both died of it: neither tells what came after");
    assert!(!dead.allowing_missing().worse());
    let nothing = SavedRun::default();
    assert_eq!(Comparison::new(("a", &nothing), ("b", &nothing)).summary(), "no trials in either run");
}

#[test]
fn each_way_round_the_changes_are_opposite() {
    let (a, b) = runs();
    let [there, back] = [(&a, &b), (&b, &a)].map(|(a, b)| Comparison::new(("a", a), ("b", b)));
    assert_eq!(there.unchanged, back.unchanged);
    for (one, other) in [
        (Change::NowSkipped, Change::NoLongerSkipped),
        (Change::CaseChanged, Change::CaseChanged),
        (Change::New, Change::Gone),
    ] {
        assert_eq!(there.count(one), back.count(other), "{}", one.name());
    }
}

#[test]
fn machines_matter_only_where_there_are_several() {
    let run = |names: &[&str]| {
        let trials = names.iter().map(|name| samples::trial(&format!("{name}::long::ioctl::a/b"), Outcome::Pass));
        samples::saved(&samples::run_of(trials.collect()))
    };
    let summary = |a: &[&str], b: &[&str]| Comparison::new(("a", &run(a)), ("b", &run(b))).summary();
    assert_eq!(summary(&["kvm"], &["model:amd"]), "1 unchanged");
    assert_eq!(summary(&["kvm"], &["model:amd", "kvm"]), "1 new, 1 unchanged");
    assert_eq!(summary(&["kvm", "model:amd"], &["model:intel"]), "2 gone, 1 new");
}

#[test]
fn a_failure_that_is_not_as_before_is_worse_and_one_that_is_is_not() {
    let case = "long::ioctl::state/entry";
    let run = |outcomes: &[Outcome]| {
        let trials: Vec<(&str, Outcome)> = outcomes.iter().map(|outcome| (case, outcome.clone())).collect();
        samples::kernel_run("7.3.4", &trials)
    };
    let worse = |before: &[Outcome], after: &Outcome| {
        Comparison::new(("a", &run(before)), ("b", &run(std::slice::from_ref(after)))).worse()
    };
    for after in samples::outcomes() {
        let kind = after.kind();
        let fails = kind.is_failure() && kind != crate::Kind::Fixed;
        assert_eq!(worse(&[], &after), fails, "new: {}", kind.name());
        let mismatch = Outcome::Mismatch(samples::divergence());
        let other =
            kind != crate::Kind::Mismatch && (fails || [crate::Kind::Error, crate::Kind::Skipped].contains(&kind));
        assert_eq!(worse(&[mismatch], &after), other, "it was a mismatch: {}", kind.name());
    }
}

#[test]
fn what_is_missing_of_b_is_worse_unless_it_is_allowed() {
    let whole = samples::saved(&samples::mixed_run());
    let part = |count: usize| samples::saved(&samples::run_of(whole.trials.iter().take(count).cloned().collect()));
    let interrupted = |mut run: SavedRun| {
        run.summary.as_mut().expect("it ended").interrupted = true;
        run
    };
    let of = |mut run: SavedRun, index: usize| {
        let shards = vec![ShardOf { index, of: 2 }];
        let scope = Scope { whole: 12, chosen: 12, shards, ..Scope::default() };
        run.facts.as_mut().expect("facts").scope = Some(scope);
        run
    };
    for (a, b, missing) in [
        (&whole, &part(7), &["5 trials of A, not in B"][..]),
        (&interrupted(part(7)), &whole, &["A is incomplete: interrupted after 7 of 7 trials"]),
        (&part(7), &interrupted(whole.clone()), &["B is incomplete: interrupted after 12 of 12 trials"]),
        (&part(7), &of(part(7), 1), &["B is a part of a run: shard 1/2 of 12 trials"]),
        (&of(part(7), 2), &of(part(7), 1), &["B is a part of a run: shard 1/2 of 12 trials"]),
        (&of(part(7), 1), &of(part(7), 1), &[]),
        (&of(part(7), 1), &part(7), &[]),
    ] {
        let comparison = Comparison::new(("a", a), ("b", b));
        assert_eq!(comparison.missing, missing);
        let said = comparison.text(Look::PLAIN);
        assert_eq!(missing.is_empty(), !said.contains("--allow-missing"), "{said}");
        let fails = comparison.clone().allowing_missing().worse();
        assert_eq!(comparison.worse(), fails || !missing.is_empty(), "{missing:?}");
    }
}
