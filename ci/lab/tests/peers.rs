//! `PEERS.md`: the cases and rules that it names are there, and each check of another suite has a case or a reason why not.

use std::path::Path;

use runner::case::{Library, Source, load};

/// A row of a table: its line, and its cells.
struct Row {
    line: usize,
    /// The folder of the cases that are named without one.
    folder: Option<&'static str>,
    cells: Vec<String>,
}

impl Row {
    /// What stands between backquotes in the last cell, which names cases and rules.
    fn named(&self) -> impl Iterator<Item = &str> {
        self.cells.last().into_iter().flat_map(|cell| cell.split('`').skip(1).step_by(2))
    }
}

/// The folders that a section can name for all of its cases.
const FOLDERS: [&str; 2] = ["guest-hypervisors-intel", "guest-hypervisors"];

fn rows(text: &str) -> Vec<Row> {
    let mut folder = None;
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("## ") {
            folder = None;
        }
        if let Some(cells) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) {
            let cells: Vec<String> = cells.split('|').map(|cell| cell.trim().to_owned()).collect();
            let heading = cells.last().is_some_and(|cell| cell == "here" || cell.starts_with("--"));
            if !heading {
                rows.push(Row { line: number + 1, folder, cells });
            }
        } else if folder.is_none() {
            folder = FOLDERS.into_iter().find(|folder| line.contains(&format!("`{folder}/`")));
        }
    }
    rows
}

/// What is wrong with a row.
fn wrong(row: &Row, library: &Library) -> Vec<String> {
    let mut cases = 0;
    let mut wrong = Vec::new();
    for word in row.named() {
        let folder = row.folder.filter(|_| !word.contains('/'));
        let id = folder.map_or_else(|| word.to_owned(), |folder| format!("{folder}/{word}"));
        if library.cases.iter().any(|case| case.id.as_str() == id) {
            cases += 1;
        } else if library.rules.get(word).is_none() {
            wrong.push(format!("line {}: `{id}` is neither a case nor a rule", row.line));
        }
    }
    let reason = row.cells.last().is_some_and(|cell| cell.starts_with("none: "));
    if cases == 0 && !reason {
        wrong.push(format!("line {}: no case, and no reason why not", row.line));
    }
    wrong
}

fn peers() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("PEERS.md");
    std::fs::read_to_string(path).expect("PEERS.md is beside the lab's sources")
}

fn library() -> Library {
    load(&Source::Embedded).unwrap_or_else(|wrong| panic!("{wrong}"))
}

#[test]
fn each_check_of_another_suite_has_cases_or_a_reason() {
    let (rows, library) = (rows(&peers()), library());
    let wrong: Vec<String> = rows.iter().flat_map(|row| wrong(row, &library)).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn all_checks_with_guest_hypervisors_on_intels_processors_are_listed() {
    let rows = rows(&peers());
    let listed: Vec<&Row> = rows.iter().filter(|row| row.folder == Some(FOLDERS[0])).collect();
    let numbers: Vec<String> = listed.iter().map(|row| row.cells[0].clone()).collect();
    assert_eq!(numbers, (1..=57).map(|number| number.to_string()).collect::<Vec<_>>());
    let of = |suite: &str| listed.iter().filter(|row| row.cells[1].starts_with(suite)).count();
    assert_eq!([of("SHV "), of("kvm-unit-tests "), of("Bareflank "), of("selftest ")], [30, 19, 6, 2]);
    for (number, row) in (1..=30).zip(&listed) {
        assert_eq!(row.cells[1], format!("SHV {number}"));
    }
}

#[test]
fn a_missing_case_and_a_row_without_one_are_reported() {
    let text = "## A\nNames of `guest-hypervisors/`.\n| suite | here |\n|---|---|\n| a | `gues-takes-an-nmi` |\n| b | |\n\
                | c | none: why, as rule `vmx.smi-in-l2` says |\n| d | `guest-takes-an-nmi` |\n";
    let told: Vec<String> = rows(text).iter().flat_map(|row| wrong(row, &library())).collect();
    assert_eq!(
        told,
        [
            "line 5: `guest-hypervisors/gues-takes-an-nmi` is neither a case nor a rule",
            "line 5: no case, and no reason why not",
            "line 6: no case, and no reason why not",
        ]
    );
}
