//! What holds of every emitter, whatever the texts of a run.

use std::collections::HashSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use crate::printable::is_acted_on;
use crate::samples::{self, saved};
use crate::{
    CaseKills, Comparison, Event, Grid, Json, KillMatrix, Ktap, Labelled, Look, Matrix, Mutant, Progress, Reporter,
    Rows, SavedRun, Text, TextOptions, failure, junit, testing,
};

/// Texts with what terminals obey and what markup is made of, among others.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[a-z:/ ]{1,8}",
        prop::sample::select(vec![
            "\x1b]0;title\x07",
            "\x1b[2J",
            "\x1b[8m",
            "\u{9b}31m",
            "\u{202e}",
            "\r",
            "\n",
            "\nok 7 forged",
            "\t",
            "\0",
            "漢字",
            "e\u{301}",
            "|",
            "`",
            "``",
            "<b>",
            "[a](b)",
            "**",
            "&#x9b;",
            "_",
            "\\",
            "#",
            " x::y::z ",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// The sample run with its texts replaced by these, in turn.
fn run_with(texts: &[String]) -> Vec<Event> {
    static RUN: LazyLock<Vec<(Event, HashSet<usize>)>> = LazyLock::new(|| {
        let with_its_texts = |event: Event| (event.clone(), testing::texts(&event));
        samples::mixed_run().into_iter().map(with_its_texts).collect()
    });
    let mut next = texts.iter().cycle();
    let mut change = |text: &mut String| text.clone_from(next.next().expect("one at least"));
    RUN.iter().map(|(event, texts)| testing::with_texts(event, texts, &mut change)).collect()
}

fn told(events: &[Event], mut reporter: impl Reporter) {
    events.iter().for_each(|event| reporter.take(event).expect("memory"));
}

fn through(events: &[Event], emit: impl FnOnce(&[Event], &mut Vec<u8>)) -> String {
    let mut bytes = Vec::new();
    emit(events, &mut bytes);
    String::from_utf8(bytes).expect("text")
}

/// Everything that can be made of these events, by what made it.
fn emitted(events: &[Event]) -> Vec<(&'static str, String)> {
    let run = saved(events);
    let other = saved(&samples::mixed_run());
    let facts = run.facts.clone().unwrap_or_default();
    let narrow = Look { width: 40, ..Look::PLAIN };
    let text = |look, progress| {
        through(events, |events, to| told(events, Text::new(to, TextOptions { look, progress, verbose: true })))
    };
    let comparisons =
        [Comparison::new(("a\x1b", &run), ("b\u{9b}", &other)), Comparison::new(("a", &other), ("b", &run))];
    let grid = Grid::new(&[
        Labelled { group: &facts.version, name: "x\x1b", run: &run },
        Labelled { group: "g", name: &facts.version, run: &other },
    ]);
    let matrix = Matrix::by_rule(&facts.rules, &facts.machines, &run.trials);
    let kills = KillMatrix {
        mutants: vec![Mutant {
            name: facts.version.clone(),
            statement: facts.version.clone(),
            killers: facts.machines.clone(),
        }],
        cases: vec![CaseKills { case: facts.version.clone(), kills: facts.machines.clone(), survives: None }],
    };
    let json = |write: &dyn Fn(&mut Vec<u8>)| through(&[], |_, to| write(to));
    let mut all = vec![
        ("text", text(Look::PLAIN, Progress::Lines)),
        ("narrow text", text(narrow, Progress::Off)),
        ("KTAP", through(events, |events, to| told(events, Ktap::new(to)))),
        ("JSON lines", through(events, |events, to| told(events, Json::new(to)))),
        ("JUnit", junit::xml(&run.printable()).expect("XML")),
        ("grid", grid.text(Rows::All, Look::PLAIN)),
        ("narrow grid", grid.text(Rows::All, narrow)),
        ("grid's Markdown", grid.markdown(Rows::All)),
        ("grid's JSON", json(&|to| grid.json(to).expect("memory"))),
        ("matrix", matrix.text(narrow)),
        ("matrix's Markdown", matrix.markdown()),
        ("kill matrix", kills.text(narrow)),
    ];
    for comparison in &comparisons {
        all.push(("comparison", comparison.text(narrow)));
        all.push(("comparison's Markdown", comparison.markdown()));
        all.push(("comparison's JSON", json(&|to| comparison.json(to).expect("memory"))));
    }
    all.extend(run.trials.iter().map(|trial| ("failure", failure(trial, &facts.rules, Look::PLAIN))));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_a_terminal_obeys_is_printed(texts in prop::collection::vec(nasty(), 1..40)) {
        let events = run_with(&texts);
        for (emitter, text) in emitted(&events) {
            let bad = text.chars().find(|&c| c != '\n' && is_acted_on(c));
            prop_assert!(bad.is_none(), "{emitter} printed {bad:?}:\n{text:?}");
        }
    }

    #[test]
    fn what_is_cut_off_is_no_worse(texts in prop::collection::vec(nasty(), 1..40), cut in 0..20_usize) {
        let mut events = run_with(&texts);
        events.truncate(cut);
        let run = saved(&events);
        let shortfall = SavedRun { torn: true, ..run }.printable().shortfall().unwrap_or_default();
        prop_assert!(!shortfall.contains(is_acted_on), "{shortfall:?}");
        for (emitter, text) in emitted(&events) {
            prop_assert!(!text.contains(|c| c != '\n' && is_acted_on(c)), "{emitter}: {text:?}");
        }
    }

    #[test]
    fn tables_keep_their_columns(texts in prop::collection::vec(nasty(), 1..40)) {
        let events = run_with(&texts);
        for (emitter, text) in emitted(&events).into_iter().filter(|(emitter, _)| emitter.ends_with("Markdown")) {
            let mut width = None;
            for line in text.lines() {
                // An odd number of backslashes before it makes a bar part of its cell.
                let cells = line.replace("\\|", "").matches('|').count();
                let table = line.starts_with('|');
                prop_assert!(!table || *width.get_or_insert(cells) == cells, "{emitter}: {line:?}\n{text}");
                if !table {
                    width = None;
                }
            }
        }
    }
}
