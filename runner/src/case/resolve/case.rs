//! A case file's values, resolved.

use std::path::PathBuf;
use std::sync::Arc;

use guests::{Outline, Word};

use super::values::{Known, distinct, fragment, modes, required, without_places, words};
use super::{boot, expect, guest, host};
use crate::case::diagnostics::{Place, Report};
use crate::case::parse::{RawCase, RawWants};
use crate::case::{Case, vocabulary};
use crate::terms::{Need, Path};

/// A resolved case, with what later checks need of its file.
#[derive(Debug)]
pub(in crate::case) struct Resolved {
    pub(in crate::case) case: Case,
    pub(in crate::case) raw: RawCase,
    pub(in crate::case) text: Arc<str>,
    pub(in crate::case) outline: Outline,
    pub(in crate::case) paths: Vec<Known<Path>>,
    /// The expectations for AMD's and for Intel's processors, with places.
    pub(in crate::case) wants: [RawWants; 2],
    pub(in crate::case) report: Report,
}

/// Resolves a case file. What cannot be resolved is reported and left out of the case.
pub(in crate::case) fn case(id: &str, file: &str, text: Arc<str>, raw: RawCase, mut report: Report) -> Resolved {
    let start = Place::START;
    let summary = required(&raw.summary, "summary", start, &mut report);
    let summary = summary.map(|text| fragment(text, "summary", &mut report)).unwrap_or_default();
    // Unknown rules are reported once all files are read.
    let rules = required(&raw.rules, "rules", start, &mut report);
    let without = "a case without a rule shows nothing: name at least one";
    let rules = rules.map(|list| distinct(list, "rule ", without, &mut report)).unwrap_or_default();
    required(&raw.modes, "modes", start, &mut report);
    let modes = modes(&raw.modes, &mut report);
    let paths = words(&raw.paths, "unknown-path", &vocabulary::paths(), vocabulary::path, &mut report);
    let needs: Vec<&str> = Need::ALL.iter().map(|need| need.name()).collect();
    let find = |word: &str| word.parse::<Need>().into_iter().collect();
    let requires = words(&raw.requires, "unknown-need", &needs, find, &mut report);

    let boot = boot::resolve(&raw, &modes, &mut report);
    let program = guest::resolve(&raw, boot, &text, &mut report);
    let outline = Outline::of(&program);
    let steps = host::resolve(&raw, &outline, &mut report);
    let (wants, [amd, intel]) = expect::resolve(&raw, &outline, program.has_peer(), &mut report);
    let survives = raw.survives.get().map(|text| fragment(text, "survives", &mut report));

    let case = Case {
        id: id.to_owned(),
        file: PathBuf::from(file),
        summary,
        rules,
        modes: without_places(&modes),
        paths: if paths.is_empty() { vec![Path::None] } else { without_places(&paths) },
        requires: without_places(&requires),
        program,
        asks_for_interrupt: outline.words.contains(&Word::Irq),
        steps,
        amd,
        intel,
        survives,
        hash: format!("{:016x}", hash(&text)),
    };
    Resolved { case, raw, text, outline, paths, wants, report }
}

/// FNV-1a, which is the same in every version of this program and of Rust.
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
