//! The report of each outcome, made with faulty machines: tests that the framework finds known faults.

mod common;

use reports::Kind;
use runner::case::{Source, load};
use runner::machine::faulty::Fault;

/// The outcome that each fault must cause.
fn expected(fault: Fault) -> Kind {
    match fault {
        Fault::Deaf | Fault::Liar | Fault::Touchy | Fault::Forgetful => Kind::Mismatch,
        Fault::Fickle => Kind::Unstable,
        Fault::Stuck => Kind::Hang,
        Fault::Broken => Kind::GuestFault,
        Fault::Dead => Kind::Shutdown,
        Fault::Refusing => Kind::Error,
        Fault::Bare => Kind::Skipped,
        // One run does not find it; hunts do.
        Fault::Rare => Kind::Pass,
        // Found only where a processor is halted: see the next test.
        Fault::Asleep => Kind::Pass,
    }
}

#[test]
fn every_fault_is_found_and_shown() {
    let library = common::samples();
    for fault in Fault::ALL {
        let case = if fault == Fault::Bare { "needs-more" } else { "second-waits" };
        let shown = common::run_on(&library, &format!("faulty:{fault}"), case);
        assert_eq!(shown.kinds, [expected(fault)], "{fault}: {}", shown.text);
        common::snapshot(&format!("faulty-{fault}"), &shown.text);
    }
}

#[test]
fn a_machine_whose_nmis_do_not_wake_a_halted_processor_is_found_and_shown() {
    let library = load(&Source::Embedded).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(false)));
    let case = "::long::msi::delivery/wakes-a-halted-processor";
    let shown = common::run_on(&library, "faulty:asleep", case);
    assert_eq!(shown.kinds, [Kind::Mismatch], "{}", shown.text);
    assert!(shown.text.contains("the wake-up was lost"), "{}", shown.text);
    common::snapshot("faulty-asleep-halted", &shown.text);
    let sound = common::run_on(&library, "model:amd", case);
    assert_eq!(sound.kinds, [Kind::Pass], "{}", sound.text);
}

#[test]
fn parallel_trials_are_reported_like_sequential_ones() {
    let library = load(&Source::Embedded).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(false)));
    let [alone, beside] = [1, 5].map(|jobs| common::run_with(&library, "model", "blocking", jobs));
    assert!(alone.kinds.len() > 100);
    assert_eq!(alone.kinds, beside.kinds);
    assert_eq!(alone.text, beside.text);
}

#[test]
fn a_known_deviation_is_known_only_by_its_symptom() {
    let library = common::samples();
    let known = common::run_on(&library, "faulty:deaf", "known-as-it-is");
    assert_eq!(known.kinds, [Kind::Known], "{}", known.text);
    common::snapshot("faulty-deaf-known", &known.text);
    let other = common::run_on(&library, "faulty:liar", "known-by-another-symptom");
    assert_eq!(other.kinds, [Kind::Mismatch], "{}", other.text);
    let fixed = common::run_on(&library, "model:amd", "fixed-long-ago");
    assert_eq!(fixed.kinds, [Kind::Fixed], "{}", fixed.text);
    common::snapshot("faulty-none-fixed", &fixed.text);
}

#[test]
fn a_deviation_that_shows_nowhere_in_a_whole_run_is_reported() {
    let library = common::samples();
    let told = "a known deviation showed in no trial, so its entry must go: the model never did this either";
    assert!(common::run_on(&library, "model:intel", "model").text.contains(told));
    let part = common::run_on(&library, "model:intel", "second-waits");
    assert!(!part.text.contains("must go"), "a part of a run says nothing: {}", part.text);
}

#[test]
fn a_sound_machine_passes_the_sample() {
    let shown = common::run_on(&common::samples(), "model:amd", "second-waits");
    assert_eq!(shown.kinds, [Kind::Pass], "{}", shown.text);
}

#[test]
fn the_model_agrees_with_every_case() {
    let library = load(&Source::Embedded).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(false)));
    let shown = common::run_on(&library, "model", "model");
    assert!(shown.kinds.iter().all(|kind| matches!(kind, Kind::Pass | Kind::Skipped)), "{}", shown.text);
    common::snapshot("model-matrix", &shown.text);
}
