//! What the text report shows where more, or other, was asked for.

use super::{Details, Progress, Text, TextOptions};
use crate::samples::{self, HELD, snapshot};
use crate::{Event, Finding, Kind, Look, Moment, Outcome, Place, Reporter, Summary, Symptom, Trial};

fn told(events: &[Event], details: Details) -> String {
    let mut bytes = Vec::new();
    let options = TextOptions { look: Look::PLAIN, progress: Progress::Off, verbose: false };
    let mut text = Text::new(&mut bytes, options).with_details(details);
    events.iter().for_each(|event| text.take(event).expect("memory"));
    String::from_utf8(bytes).expect("text")
}

fn showing(kinds: &[Kind]) -> Details {
    Details { outcomes: Some(kinds.to_vec()), ..Details::default() }
}

/// What is told before the counts.
fn first_part(text: &str) -> &str {
    text.split("\nSkipped:").next().and_then(|text| text.split("\nKnown").next()).unwrap_or_default()
}

#[test]
fn asked_outcomes_are_shown_in_full_in_place_of_failures() {
    let events = samples::mixed_run();
    snapshot("text-outcome-known", first_part(&told(&events, showing(&[Kind::Known, Kind::Skipped]))));
    let hang = Moment::Hang { cpu: 0, at: Place::OUTSIDE };
    let finding = Finding::sequence(Moment::mark("iret"), hang);
    let (symptom, reason) = (Symptom { kind: Kind::Hang, pass: None, finding }, "found once".to_owned());
    let known = Outcome::Known { symptom, id: None, reason, history: Some(samples::history()) };
    let run = samples::run_of(vec![samples::trial(&format!("kvm::long::msi::{HELD}"), known)]);
    snapshot("text-outcome-timeline", first_part(&told(&run, showing(&[Kind::Known]))));
    snapshot("text-outcome-pass", first_part(&told(&events, showing(&[Kind::Pass]))));
    let hangs = told(&events, showing(&[Kind::Hang, Kind::Shutdown]));
    assert!(hangs.starts_with("\nNo trial ended as asked for: hang, shutdown\n"), "{hangs}");
    let usual = told(&events, Details::default());
    for kinds in [&[Kind::Known][..], &[Kind::Hang]] {
        assert_eq!(told(&events, showing(kinds)).lines().last(), usual.lines().last(), "the closing stays");
    }
}

#[test]
fn every_failure_is_shown_where_it_was_asked_for() {
    let trials = (0..30).map(|case| {
        samples::trial(&format!("kvm::long::ioctl::many/case-{case}"), Outcome::Mismatch(samples::divergence()))
    });
    let text = told(&samples::run_of(trials.collect()), showing(&[Kind::Mismatch]));
    assert_eq!(text.lines().filter(|line| line.contains("rerun: ")).count(), 30);
}

#[test]
fn the_slowest_are_listed() {
    let trial = |name: &str, micros: u64| Trial { micros, ..samples::trial(name, Outcome::Pass) };
    let events = samples::run_of(vec![
        trial("kvm::long::ioctl::a/quick", 90),
        trial("kvm::long::ioctl::a/slow", 1_234_567),
        trial("kvm::long::msi::a/both", 700_000),
        trial("kvm::real::msi::a/both", 800_050),
    ]);
    let slowest = |most| {
        let text = told(&events, Details { slowest: Some(most), ..Details::default() });
        let from = text.find("Slowest trials").expect("a section");
        let to = text.find("\nHost").expect("the next section");
        text[from..to].to_owned()
    };
    snapshot("text-durations", &slowest(2));
    assert_eq!(slowest(0), slowest(10));
    assert!(slowest(0).contains("Slowest trials: all 4\n") && slowest(0).contains("Slowest cases: all 3\n"));
}

#[test]
fn repetitions_that_differ_are_told() {
    let repeated = |name: &str, counts: &[(&str, u32)], outcome: Outcome| Trial {
        repeats: counts.iter().map(|&(kind, count)| (kind.to_owned(), count)).collect(),
        ..samples::trial(name, outcome)
    };
    let name = format!("kvm::long::ioctl::{HELD}");
    let flaky = repeated(&name, &[("pass", 7), ("mismatch", 2), ("hang", 1)], Outcome::Mismatch(samples::divergence()));
    assert_eq!(flaky.headline().as_deref(), Some("mismatch: want nmi, got after (7 of 10 pass, 2 mismatch, 1 hang)"));
    let stable = repeated("kvm::long::ioctl::a/b", &[("pass", 10)], Outcome::Pass);
    assert_eq!((stable.headline(), stable.times()), (None, 10));
    let text = told(&samples::run_of(vec![flaky, stable.clone()]), Details::default());
    let words = "  repeated: 7 of 10 pass, 2 mismatch, 1 hang\n";
    assert!(text.contains(words), "{text}");
    assert!(text.contains("\neach trial ran up to 10 times, 1 trial not in the same way each time\n"), "{text}");
    let text = told(&samples::run_of(vec![stable]), Details::default());
    assert!(text.contains("\neach trial ran up to 10 times, all in the same way\n"), "{text}");
}

#[test]
fn a_run_that_stopped_says_why_and_that_others_were_not_run() {
    let mut events = samples::mixed_run();
    events.truncate(5);
    let stopped = Some(format!("kvm::long::ioctl::{HELD} failed"));
    events.push(Event::RunFinished(Summary { interrupted: true, stopped, executed: 2, ..Summary::default() }));
    let text = told(&events, Details::default());
    let line = format!("stopped, because kvm::long::ioctl::{HELD} failed: 2 of 12 trials ended, the others");
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(&line), "{text}");
}
