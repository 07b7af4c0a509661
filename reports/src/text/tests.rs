//! What the text report says of a run.

use super::*;
use crate::samples::{self, HELD, snapshot};
use crate::{ErratumRef, Event, Look, Outcome, Reporter, RunFacts, Style, Summary, Trial};

fn options(progress: Progress) -> TextOptions {
    TextOptions { look: Look::PLAIN, progress, verbose: false }
}

fn told(events: &[Event], options: TextOptions) -> String {
    let mut bytes = Vec::new();
    let mut text = Text::new(&mut bytes, options);
    events.iter().for_each(|event| text.take(event).expect("memory"));
    String::from_utf8(bytes).expect("text")
}

#[test]
fn each_outcome_in_full() {
    for outcome in samples::outcomes() {
        let name = format!("outcome-{}", outcome.kind().name());
        let trial = samples::trial(&format!("kvm::long::ioctl::{HELD}"), outcome);
        snapshot(&name, &failure(&trial, &samples::facts().rules, Look::PLAIN));
    }
}

#[test]
fn mixed_run() {
    snapshot("text-mixed", &told(&samples::mixed_run(), options(Progress::Lines)));
}

#[test]
fn errata_are_named_at_the_end_and_beside_what_they_could_explain() {
    let mut events = samples::mixed_run();
    let erratum = |id: &str, title: &str, rule: &str| ErratumRef {
        id: id.to_owned(),
        title: title.to_owned(),
        source: "Invented Specification Update 1 rev. 2".to_owned(),
        rules: vec![rule.to_owned()],
    };
    if let Some(Event::RunStarted(facts)) = events.first_mut() {
        facts.errata = vec![
            erratum("Intel AB1", "an IRET during an invented event does not unblock", "block.until-iret"),
            erratum("Intel AB22/AC3", "an STI in an invented place casts no shadow", "shadow.sti"),
        ];
    }
    let text = told(&events, options(Progress::Off));
    assert_eq!(text.matches("could be: erratum Intel AB1:").count(), 2, "one for each group that fails: {text}");
    assert_eq!(text.matches("AB22/AC3").count(), 1, "its rule passed: {text}");
    snapshot("text-errata", &text);
}

#[test]
fn mixed_run_in_colour() {
    let look = Look { width: 80, style: Style::Colour };
    let text = told(&samples::mixed_run(), TextOptions { look, progress: Progress::Live, verbose: false });
    snapshot("text-colour", &text.replace('\x1b', "␛").replace('\r', "␍"));
}

/// A line may exceed the width only if it is one unbreakable word, with or without its label, or a command or id to copy.
#[test]
fn a_run_reads_well_on_a_narrow_terminal() {
    for width in [40, 60] {
        let look = Look { width, ..Look::PLAIN };
        let text = told(&samples::mixed_run(), TextOptions { look, progress: Progress::Off, verbose: false });
        let whole = ["FAIL ", "ERROR ", "  case: ", "  rerun: "];
        for line in text.lines().filter(|line| line.chars().count() > width) {
            let one_word = line.split_whitespace().count() <= 2;
            assert!(one_word || whole.iter().any(|start| line.starts_with(start)), "{width}: {line}");
        }
        snapshot(&format!("text-{width}-columns"), &text);
    }
}

#[test]
fn the_progress_line_is_one_row_of_the_terminal() {
    use unicode_width::UnicodeWidthStr;
    let long = format!("kvm::long::ioctl::unblocking/{}", "a-long-name-".repeat(20));
    let wide = format!("kvm::long::ioctl::unblocking/{}", "漢字e\u{301}".repeat(60));
    let trials = [HELD, &long, &wide, "kvm::long::ioctl::forged\r\nok\x1b[2K"].map(|case| {
        let failed = Outcome::Mismatch(samples::divergence());
        samples::trial(&format!("kvm::long::ioctl::{case}"), failed)
    });
    let events = samples::run_of(trials.to_vec());
    let during = &events[..events.len() - 1];
    for width in [20, 40, 60, 80, 200] {
        let look = Look { width, ..Look::PLAIN };
        let text = told(during, TextOptions { look, progress: Progress::Live, verbose: false });
        // What rewrites the line is the reporter's own.
        let rows: Vec<&str> = text.split(['\n']).flat_map(|line| line.split("\r\x1b[2K")).collect();
        assert!(rows.iter().filter(|row| row.contains('/')).count() >= trials.len(), "{text:?}");
        for row in rows {
            assert!(row.width() <= width, "{} columns of {width}: {row:?}", row.width());
            assert!(!row.contains(char::is_control), "{row:?}");
        }
        assert_eq!(text.matches("\r\x1b[2K").count(), trials.len(), "each is wiped before the next");
    }
}

#[test]
fn plain_text_has_no_escapes() {
    let text = told(&samples::mixed_run(), options(Progress::Lines));
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    assert!(text.lines().all(|line| line.trim_end() == line), "no blanks at ends of lines");
}

#[test]
fn all_pass() {
    let pass = |name: &str| samples::trial(name, Outcome::Pass);
    let trials = vec![pass("kvm::long::ioctl::a/b"), pass("kvm::real::ioctl::a/b")];
    let options = TextOptions { verbose: true, ..options(Progress::Lines) };
    snapshot("text-pass", &told(&samples::run_of(trials), options));
}

#[test]
fn nothing_executed() {
    let trials: Vec<Trial> = samples::outcomes()
        .into_iter()
        .skip(2)
        .take(1)
        .map(|outcome| samples::trial("kvm::long::ioctl::a/b", outcome))
        .collect();
    snapshot("text-nothing-executed", &told(&samples::run_of(trials), options(Progress::Lines)));
    let nothing = vec![Event::RunStarted(RunFacts::default()), Event::RunFinished(Summary::default())];
    snapshot("text-nothing-planned", &told(&nothing, options(Progress::Lines)));
}

#[test]
fn interrupted() {
    let mut events = samples::mixed_run();
    events.truncate(4);
    events.push(Event::RunFinished(Summary { interrupted: true, executed: 1, millis: 40, ..Summary::default() }));
    snapshot("text-interrupted", &told(&events, options(Progress::Lines)));
}

#[test]
fn many_failures_stay_short() {
    let mut trials = Vec::new();
    for case in 0..25 {
        for path in ["ioctl", "events"] {
            let name = format!("kvm::long::{path}::many/case-{case}");
            trials.push(samples::trial(&name, Outcome::Mismatch(samples::divergence())));
        }
    }
    for number in 0..20 {
        let name = format!("kvm::long::path-{number}::many/variants");
        trials.push(samples::trial(&name, Outcome::Mismatch(samples::divergence())));
    }
    let text = told(&samples::run_of(trials), options(Progress::Off));
    assert_eq!(text.lines().filter(|line| line.contains("rerun: ")).count(), 20);
    let short: Vec<&str> = text.lines().filter(|line| line.contains("alike)")).collect();
    assert_eq!(short.len(), 6, "25 groups of two and one of twenty, 20 in full");
    assert!(short.iter().all(|line| line.chars().count() <= 100));
    let many: Vec<Trial> = (0..20)
        .map(|number| {
            let name = format!("kvm::long::path-{number}::many/variants");
            samples::trial(&name, Outcome::Mismatch(samples::divergence()))
        })
        .collect();
    let text = told(&samples::run_of(many), options(Progress::Off));
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(words.join(" ").contains("kvm::long::path-12 and 7 more like it"), "{text}");
}

#[test]
fn long_runs_say_how_far_they_are() {
    let trials = (0..200).map(|number| samples::trial(&format!("kvm::long::ioctl::many/{number}"), Outcome::Pass));
    let text = told(&samples::run_of(trials.collect()), options(Progress::Lines));
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("/200")).collect();
    assert_eq!(lines.first(), Some(&"20/200"));
    assert_eq!(lines.len(), 9);
}

#[test]
fn same_events_same_text() {
    let events = samples::mixed_run();
    assert_eq!(told(&events, options(Progress::Lines)), told(&events, options(Progress::Lines)));
}
