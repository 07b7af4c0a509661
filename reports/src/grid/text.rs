//! A grid as text.

use std::collections::BTreeSet;

use super::labels::{labels, short_names, sightings};
use super::{Column, Grid, Row, Rows, Tally};
use crate::layout::{counted, hanging, one_line};
use crate::table::{Line, Table};
use crate::{Kind, Look};

/// Why rows are left out.
const ALIKE: &str = "the same wherever judged, and none failed";

impl Grid {
    /// As text: the runs, the cases by topic, what was seen in them, the rules.
    ///
    /// Cells are words if they fit, otherwise letters with their meaning below; columns that still do not fit follow in
    /// further tables.
    pub fn text(&self, rows: Rows, look: Look) -> String {
        let mut sections = vec![self.runs(look), self.section("Cases", "case", &self.cases, rows, look)];
        sections.extend(self.seen(rows, look));
        sections.push(self.section("Rules", "rule", &self.rules, rows, look));
        sections.push(format!("{}\n", self.summary()));
        sections.join("\n")
    }

    /// In one line, how many cases differ and how many fail.
    pub fn summary(&self) -> String {
        let count = |what: fn(&Row) -> bool| self.cases.iter().filter(|row| what(row)).count();
        let differ = match count(|row| row.differs) {
            1 => "1 differs".to_owned(),
            differ => format!("{differ} differ"),
        };
        let failed = count(|row| row.failed);
        let changed = match count(|row| !row.same_contents) {
            0 => String::new(),
            changed => format!(", {changed} with other contents in some"),
        };
        let (cases, places) = (counted(self.cases.len(), "case"), counted(self.columns.len(), "column"));
        format!("{cases} in {places}: {differ}, {failed} with failures or trouble{changed}")
    }

    fn runs(&self, look: Look) -> String {
        let text = |column: &Column| {
            let more = column.strategy.iter().chain(&column.shortfall).map(|text| format!("; {text}"));
            one_line(&(column.counts.sentence() + &more.collect::<String>()))
        };
        let runs: Vec<(String, String)> =
            labels(&self.columns).into_iter().zip(self.columns.iter().map(text)).collect();
        let mut out = look.heading("Runs") + &look.pairs("  ", &runs);
        let versions: BTreeSet<&str> = self.columns.iter().filter_map(|column| column.version.as_deref()).collect();
        if versions.len() > 1 {
            let versions: Vec<&str> = versions.into_iter().collect();
            let text = format!("by different versions of the suite: {}", versions.join(", "));
            out.push_str(&hanging("  ", &text, look.width));
        }
        out
    }

    fn section(&self, title: &str, corner: &'static str, rows: &[Row], which: Rows, look: Look) -> String {
        let shown: Vec<&Row> = rows.iter().filter(|row| which.has(row)).collect();
        let mut out = look.heading(title);
        if !shown.is_empty() {
            let names = self.columns.iter().map(|column| column.name.clone()).collect();
            let words = self.table(corner, &shown, names, Tally::to_string, look);
            if words.fits(look.width) {
                out.push_str(&words.text(look));
            } else {
                out.push_str(&self.table(corner, &shown, short_names(&self.columns), Tally::letters, look).text(look));
                out.push_str(&hanging("  ", &legend(&shown), look.width));
            }
        }
        if shown.iter().any(|row| !row.same_contents) {
            let text = "* not the same contents in every column; trials of other contents are not compared";
            out.push_str(&hanging("  ", text, look.width));
        }
        match rows.len() - shown.len() {
            0 if shown.is_empty() => out.push_str("  none\n"),
            0 => {}
            others if shown.is_empty() => out.push_str(&format!("  {}: {ALIKE}\n", counted(others, corner))),
            others => {
                out.push_str(&format!("  and {}: {ALIKE}\n", counted(others, &format!("more {corner}"))));
            }
        }
        out
    }

    fn table(
        &self,
        corner: &'static str,
        rows: &[&Row],
        names: Vec<String>,
        cell: fn(&Tally) -> String,
        look: Look,
    ) -> Table {
        let mut lines = Vec::new();
        let mut last = "";
        for row in rows {
            let mark = if row.same_contents { "" } else { " *" };
            let name = match row.name.split_once('/') {
                None => format!("{}{mark}", one_line(&row.name)),
                Some((topic, name)) => {
                    if topic != last {
                        lines.push(Line::Topic(one_line(topic)));
                    }
                    last = topic;
                    format!("  {}{mark}", one_line(name))
                }
            };
            lines.push(Line::Row(name, row.cells.iter().map(|tally| (tally.tone(), cell(tally))).collect()));
        }
        let groups = self.columns.iter().map(|column| one_line(&column.group));
        let heads = groups.zip(names.iter().map(|name| one_line(name))).collect();
        Table { corner, heads, lines, widest_name: look.width / 2 }
    }

    fn seen(&self, rows: Rows, look: Look) -> Option<String> {
        let sightings = sightings(&self.columns, self.cases.iter().filter(|row| rows.has(row)));
        let mut out = look.heading("Seen");
        for (said, places) in &sightings {
            out.push_str(&hanging("  ", &one_line(&said.to_string()), look.width));
            for (place, cases) in places {
                out.push_str(&hanging("    ", &one_line(&format!("{place}: {}", cases.join(", "))), look.width));
            }
        }
        (!sightings.is_empty()).then_some(out)
    }
}

/// The letters in these rows, with their meaning.
fn legend(rows: &[&Row]) -> String {
    let shown: BTreeSet<Kind> =
        rows.iter().flat_map(|row| &row.cells).flat_map(Tally::leading).map(|(kind, _)| kind).collect();
    let mut parts: Vec<String> = shown.iter().map(|kind| format!("{} {}", kind.letter(), kind.name())).collect();
    if rows.iter().flat_map(|row| &row.cells).any(|cell| cell.trials() == 0) {
        parts.push("- not run".to_owned());
    }
    format!("{}; a number: in so many trials, not in all", parts.join(", "))
}
