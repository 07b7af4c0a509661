use super::labels::{labels, sightings};
use super::{Grid, Row, Rows};
use crate::markdown::{code, plain, row};

impl Grid {
    /// As Markdown: the summary, a table of cases, what was seen in them, a table of rules, the runs. Cells with
    /// failures are bold.
    pub fn markdown(&self, rows: Rows) -> String {
        let mut out = format!("{}.\n\n", self.summary());
        out.push_str(&self.rows("case", &self.cases, rows));
        let sightings = sightings(&self.columns, self.cases.iter().filter(|row| rows.has(row)));
        for (said, places) in &sightings {
            out.push_str(&format!("- {}\n", code(&said.to_string())));
            for (place, cases) in places {
                let cases: Vec<String> = cases.iter().map(|case| code(case)).collect();
                out.push_str(&format!("  - {}: {}\n", plain(place), cases.join(", ")));
            }
        }
        if !sightings.is_empty() {
            out.push('\n');
        }
        out.push_str(&self.rows("rule", &self.rules, rows));
        out.push_str(&row(&["run", "trials", "strategy", "missing"].map(str::to_owned)));
        out.push_str("|---|---|---|---|\n");
        for (label, column) in labels(&self.columns).into_iter().zip(&self.columns) {
            let strategy = plain(column.strategy.as_deref().unwrap_or_default());
            let shortfall = plain(column.shortfall.as_deref().unwrap_or_default());
            out.push_str(&row(&[plain(&label), column.counts.sentence(), strategy, shortfall]));
        }
        out
    }

    fn rows(&self, corner: &str, rows: &[Row], which: Rows) -> String {
        let mut lines = Vec::new();
        for shown in rows.iter().filter(|row| which.has(row)) {
            let mark = if shown.same_contents { "" } else { " (contents differ)" };
            let cells =
                shown.cells.iter().map(|cell| if cell.failed() { format!("**{cell}**") } else { cell.to_string() });
            lines.push(row(&[format!("{}{mark}", code(&shown.name))].into_iter().chain(cells).collect::<Vec<_>>()));
        }
        if lines.is_empty() {
            return String::new();
        }
        let heads: Vec<String> =
            [corner.to_owned()].into_iter().chain(labels(&self.columns).iter().map(|label| plain(label))).collect();
        format!("{}|{}\n{}\n", row(&heads), "---|".repeat(heads.len()), lines.concat())
    }
}
