//! The names of columns, and what went wrong where.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Column, Row, Seen};
use crate::layout::one_line;
use crate::{Ending, Kind};

/// Group and name of each column as one label.
pub(crate) fn labels(columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| one_line(format!("{} {}", column.group, column.name).trim())).collect()
}

/// The columns' names, shortened as far as they stay different within their group: `6.12.117` to `6.12`.
pub(crate) fn short_names(columns: &[Column]) -> Vec<String> {
    let short = |column: &Column| {
        let others: Vec<&str> = columns
            .iter()
            .filter(|other| other.group == column.group && other.name != column.name)
            .map(|other| other.name.as_str())
            .collect();
        // The first part alone, a kernel's `6`, would not read as a version.
        let ends = column.name.match_indices(['.', '-', '+']).map(|(at, _)| at).skip(1);
        let mut starts = ends.filter_map(|end| column.name.get(..end));
        let tells = |start: &&str| !others.iter().any(|other| first_parts(other, start));
        starts.find(tells).unwrap_or(&column.name).to_owned()
    };
    columns.iter().map(short).collect()
}

/// Whether a name begins with these parts.
fn first_parts(name: &str, start: &str) -> bool {
    name.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '+']))
}

/// Cases in which the same was seen in the same columns.
pub(super) type Places<'a> = (String, Vec<&'a str>);

/// What was seen in these rows and where: failures first, then trouble, then known deviations, the most frequent first.
pub(super) fn sightings<'a>(
    columns: &[Column],
    rows: impl Iterator<Item = &'a Row>,
) -> Vec<(&'a Ending, Vec<Places<'a>>)> {
    let short = short_names(columns);
    let mut all: BTreeMap<&Ending, (usize, BTreeMap<String, Vec<&str>>)> = BTreeMap::new();
    for row in rows {
        for seen in &row.seen {
            let (count, places) = all.entry(&seen.said).or_default();
            *count += seen.counts.iter().sum::<usize>();
            places.entry(place(columns, &short, row, seen)).or_default().push(&row.name);
        }
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|(said, (count, _))| Reverse((said.kind.class(), *count)));
    all.into_iter().map(|(said, (_, places))| (said, places.into_iter().collect())).collect()
}

/// `amd 6.1, 6.12; intel 7.3`.
fn place(columns: &[Column], short: &[String], row: &Row, seen: &Seen) -> String {
    let judged = row.cells.iter().map(|cell| cell.trials() > cell.count(Kind::Skipped));
    let several = judged.clone().filter(|judged| *judged).count() > 1;
    if several && judged.zip(&seen.counts).all(|(judged, count)| !judged || *count > 0) {
        return "wherever judged".to_owned();
    }
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for ((column, name), _) in columns.iter().zip(short).zip(&seen.counts).filter(|(_, count)| **count > 0) {
        match groups.last_mut() {
            Some((group, names)) if *group == column.group => names.push(name),
            _ => groups.push((&column.group, vec![name])),
        }
    }
    let groups = groups.into_iter().map(|(group, names)| format!("{group} {}", names.join(", ")).trim().to_owned());
    one_line(&groups.collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_to_what_tells_them_apart() {
        let column =
            |group: &str, name: &str| Column { group: group.to_owned(), name: name.to_owned(), ..Column::default() };
        let columns = [
            column("amd", "5.10.234"),
            column("amd", "6.1.140"),
            column("amd", "6.12.117"),
            column("amd", "6.12.9-1"),
            column("intel", "6.12.117"),
            column("intel", "trixie"),
            column("twice", "6.1.140-1"),
            column("twice", "6.1.140-1"),
            column("twice", "6.1.140-1~bpo1"),
        ];
        let want = ["5.10", "6.1", "6.12.117", "6.12.9", "6.12", "trixie", "6.1.140-1", "6.1.140-1", "6.1.140-1~bpo1"];
        assert_eq!(short_names(&columns), want);
    }
}
