use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::layout::{counted, one_line};
use crate::{Look, Trial};

/// The slowest trials and cases, the slowest first, at most `most` of each; 0 means all. None if they were not requested.
pub(super) fn slowest(trials: &[Trial], most: Option<usize>, look: Look) -> Option<String> {
    let most = most.map(|most| if most == 0 { usize::MAX } else { most })?;
    let each = trials.iter().map(|trial| (trial.id.to_string(), trial.micros, String::new())).collect();
    let mut cases: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for trial in trials {
        let (micros, count) = cases.entry(trial.id.case.as_str()).or_default();
        *micros = micros.saturating_add(trial.micros);
        *count += 1;
    }
    let whole = |(case, (micros, count)): (&str, (u64, usize))| {
        (case.to_owned(), micros, format!("  ({})", counted(count, "trial")))
    };
    let cases = cases.into_iter().map(whole).collect();
    Some(table("trials", each, most, look) + "\n" + &table("cases", cases, most, look))
}

fn table(what: &str, mut rows: Vec<(String, u64, String)>, most: usize, look: Look) -> String {
    let all = rows.len();
    // Of equally slow ones the order of the run, or the alphabet, decides.
    rows.sort_by_key(|(_, micros, _)| Reverse(*micros));
    rows.truncate(most);
    let title = match rows.len() {
        shown if shown < all => format!("Slowest {what}: {shown} of {all}"),
        _ => format!("Slowest {what}: all {all}"),
    };
    let line = |(name, micros, more): &(String, u64, String)| {
        format!("{:>10.1} ms  {}{more}\n", *micros as f64 / 1000.0, one_line(name))
    };
    look.heading(&title) + &rows.iter().map(line).collect::<String>()
}
