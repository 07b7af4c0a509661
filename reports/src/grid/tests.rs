//! What a grid says of several runs.

use super::*;
use crate::samples::{self, snapshot};
use crate::{Kind, Look, Outcome, SavedRun};

fn grid(runs: &[(&'static str, &'static str, SavedRun)]) -> Grid {
    let labelled: Vec<Labelled<'_>> = runs.iter().map(|(group, name, run)| Labelled { group, name, run }).collect();
    Grid::new(&labelled)
}

fn row<'a>(grid: &'a Grid, name: &str) -> &'a Row {
    grid.cases.iter().find(|row| row.name == name).expect("a row")
}

#[test]
fn lab() {
    let grid = grid(&samples::lab());
    snapshot("grid", &grid.text(Rows::Telling, Look::PLAIN));
    snapshot("grid-all", &grid.text(Rows::All, Look { width: 160, ..Look::PLAIN }));
    snapshot("grid-narrow", &grid.text(Rows::All, Look { width: 64, ..Look::PLAIN }));
    snapshot("grid-markdown", &grid.markdown(Rows::Telling));
    let mut json = Vec::new();
    grid.json(&mut json).expect("memory");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("own output");
    snapshot("grid-json", &serde_json::to_string_pretty(&json).expect("a value"));
}

#[test]
fn machines_of_a_run_are_columns() {
    let run = samples::saved(&samples::mixed_run());
    snapshot("grid-machines", &grid(&[("", "here", run)]).text(Rows::Telling, Look::PLAIN));
}

#[test]
fn nothing_is_no_trouble() {
    snapshot("grid-empty", &grid(&[]).text(Rows::All, Look::PLAIN));
    let grid = grid(&[("amd", "6.1", SavedRun::default())]);
    assert_eq!(grid.columns.len(), 1);
    assert_eq!(grid.columns[0].shortfall.as_deref(), Some("cut off before its start"));
}

#[test]
fn only_verdicts_on_the_same_contents_differ() {
    let name = "long::ioctl::a/b";
    let pair = |one: Outcome, other: Outcome, hash: &str| {
        let one = samples::kernel_run("6.1", &[(name, one)]);
        let mut other = samples::kernel_run("6.12", &[(name, other)]);
        other.trials[0].hash = hash.to_owned();
        row(&grid(&[("", "1", one), ("", "2", other)]), "a/b").clone()
    };
    for one in samples::outcomes() {
        for other in samples::outcomes() {
            let skipped = [one.kind(), other.kind()].contains(&Kind::Skipped);
            let same = pair(one.clone(), other.clone(), "5f1d");
            assert_eq!(same.differs, !skipped && one.kind() != other.kind(), "{one:?} {other:?}");
            assert!(same.same_contents);
            let changed = pair(one.clone(), other, "0000");
            assert!(!changed.differs && !changed.same_contents);
        }
    }
}

#[test]
fn another_symptom_differs() {
    let with = |got: &str| {
        let outcome = Outcome::Mismatch(samples::got(crate::Moment::mark(got)));
        samples::kernel_run("6.1", &[("long::ioctl::a/b", outcome)])
    };
    assert!(row(&grid(&[("", "1", with("after")), ("", "2", with("done"))]), "a/b").differs);
    assert!(!row(&grid(&[("", "1", with("after")), ("", "2", with("after"))]), "a/b").differs);
    let elsewhere = samples::kernel_run("6.1", &[("long::msi::a/b", Outcome::Pass)]);
    assert!(!row(&grid(&[("", "1", with("after")), ("", "2", elsewhere)]), "a/b").differs, "not the same trial");
}

#[test]
fn texts_of_a_run_cannot_forge_lines() {
    let evil = "a\nFAIL \x1b[2J|b";
    let mut trial = samples::trial("kvm::long::ioctl::a/b", Outcome::Pass);
    trial.id.machine = evil.to_owned();
    trial.id.case = format!("{evil}/{evil}");
    trial.rules = vec![evil.to_owned()];
    trial.outcome = Outcome::Error(crate::Harness::Build { guest: evil.to_owned(), error: evil.to_owned() }.into());
    let mut run = samples::saved(&samples::run_of(vec![trial]));
    run.facts.as_mut().expect("facts").strategy = Some(evil.to_owned());
    let grid = grid(&[("g", "n", run)]);
    for text in [grid.text(Rows::All, Look::PLAIN), grid.markdown(Rows::All)] {
        assert!(!text.contains('\x1b') && text.lines().all(|line| !line.starts_with("FAIL")), "{text}");
    }
}
