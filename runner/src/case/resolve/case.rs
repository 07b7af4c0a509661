//! A case file's values, resolved.

use std::path::PathBuf;
use std::sync::Arc;

use guests::{Mode, Outline};

use super::values::{Known, fragment, required, words as look_up};
use super::{boot, expect, guest, host};
use crate::case::diagnostics::{Place, Report};
use crate::case::parse::{RawCase, RawWants};
use crate::case::{Case, vocabulary};
use crate::terms::{Need, Path};

/// A case and what is needed to say more about its file.
#[derive(Debug)]
pub(in crate::case) struct Resolved {
    pub(in crate::case) case: Case,
    pub(in crate::case) raw: RawCase,
    pub(in crate::case) text: Arc<str>,
    pub(in crate::case) outline: Outline,
    pub(in crate::case) paths: Vec<Known<Path>>,
    /// What AMD's and what Intel's processors must show, with places.
    pub(in crate::case) wants: [RawWants; 2],
    pub(in crate::case) report: Report,
}

/// Resolves a case file. What cannot be resolved is reported and left out of the case.
pub(in crate::case) fn case(id: &str, file: &str, text: Arc<str>, raw: RawCase, mut report: Report) -> Resolved {
    let report_ref = &mut report;
    let start = Place::START;
    let known_modes: Vec<&str> = Mode::ALL.iter().map(|mode| mode.name()).collect();
    let known_needs: Vec<&str> = Need::ALL.iter().map(|need| need.name()).collect();

    let summary = required(&raw.summary, "summary", start, report_ref)
        .map(|text| fragment(text, "summary", report_ref))
        .unwrap_or_default();
    let rules = required(&raw.rules, "rules", start, report_ref).map(|list| {
        // Unknown rules are found when all files are read.
        let mut seen: Vec<String> = Vec::new();
        if list.value.is_empty() {
            report_ref.add(list.place, "empty-list", "a case without a rule shows nothing: name at least one");
        }
        for rule in &list.value {
            if seen.contains(&rule.value) {
                report_ref.add(rule.place, "duplicate-entry", format!("rule `{}` is already in this list", rule.value));
            } else {
                seen.push(rule.value.clone());
            }
        }
        seen
    });
    let modes = required(&raw.modes, "modes", start, report_ref).map(|list| {
        let find = |word: &str| word.parse().into_iter().collect();
        look_up(list, ("unknown-mode", "mode"), &known_modes, find, report_ref)
    });
    let paths = raw
        .paths
        .get()
        .map(|list| look_up(list, ("unknown-path", "path"), &vocabulary::paths(), vocabulary::path, report_ref));
    let requires = raw.requires.get().map(|list| {
        let find = |word: &str| word.parse::<Need>().into_iter().collect();
        look_up(list, ("unknown-need", "need"), &known_needs, find, report_ref)
    });
    let modes = modes.unwrap_or_default();
    let paths = paths.unwrap_or_default();

    let boot = boot::resolve(&raw, &modes, report_ref);
    let program = guest::resolve(&raw, boot, &text, report_ref);
    let outline = Outline::of(&program);
    let steps = host::resolve(&raw, &outline, report_ref);
    let (wants, [amd, intel]) = expect::resolve(&raw, &outline, program.has_peer(), report_ref);
    let survives = raw.survives.get().map(|text| fragment(text, "survives", report_ref));

    let case = Case {
        id: id.to_owned(),
        file: PathBuf::from(file),
        summary,
        rules: rules.unwrap_or_default(),
        modes: modes.iter().map(|(mode, _)| *mode).collect(),
        paths: if paths.is_empty() { vec![Path::None] } else { paths.iter().map(|(path, _)| *path).collect() },
        requires: requires.unwrap_or_default().into_iter().map(|(need, _)| need).collect(),
        program,
        steps,
        amd,
        intel,
        survives,
        hash: format!("{:016x}", hash(&text)),
    };
    Resolved { case, raw, text, outline, paths, wants, report }
}

/// FNV-1a: stable over versions of this program and of Rust.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(super::hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(super::hash("a"), 0xaf63_dc4c_8601_ec8c);
    }
}
