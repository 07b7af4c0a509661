//! The summary that `lab run` prints at its end, and its exit code.

use std::collections::BTreeMap;
use std::path::Path;

use reports::{Kind, SavedRun, Trial, code};

use crate::run::{Incomplete, RunId, State};

/// How many symptoms of one run are shown; the file has them all.
const SHOWN: usize = 12;

/// The results of all targets and kernels.
#[derive(Debug, Default)]
pub(super) struct Summary {
    texts: BTreeMap<RunId, String>,
    ran: usize,
    failed: bool,
    trouble: bool,
}

impl Summary {
    /// Adds a run, and returns its text.
    pub(super) fn add(
        &mut self,
        id: &RunId,
        run: &SavedRun,
        missing: Option<&Incomplete>,
        state: &State,
        saved: Option<&Path>,
    ) -> &str {
        let mut text = String::new();
        if run.trials.is_empty() {
            text = match missing {
                Some(why) => format!("{id}: not run: {why}\n"),
                None => format!("{id}: not run: no trial was planned\n"),
            };
        } else {
            self.ran += 1;
            let summary = run.summary_or_count();
            let counts: Vec<String> = words(&summary);
            let first =
                state.first.map_or(String::new(), |first| format!(" (first trial after {:.1} s)", first.as_secs_f64()));
            text += &format!("{id}: {} in {:.1} s{first}\n", counts.join(", "), state.took.as_secs_f64());
            text += &failures(&run.trials);
            for entry in &summary.stale {
                text += &format!("  a known deviation showed nowhere: {} ({})\n", entry.reason, entry.id);
            }
            if let Some(why) = missing {
                text += &format!("  not run to its end: {why}\n");
            }
            if let Some(file) = saved {
                text += &format!("  {}\n", file.display());
            }
            self.failed |= summary.failed() > 0 || !summary.stale.is_empty();
            self.trouble |= summary.count(Kind::Error) > 0 || missing.is_some();
        }
        let kept = self.texts.entry(id.clone()).or_default();
        *kept = text;
        kept
    }

    /// All of it, sorted by target and kernel.
    pub(super) fn text(&self) -> String {
        self.texts.values().map(String::as_str).collect()
    }

    /// 0 nothing failed, 1 a trial failed or nothing ran, 3 trouble.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Summary { trouble: true, .. } => code::TROUBLE,
            Summary { failed: true, .. } | Summary { ran: 0, .. } => code::FAILED,
            _ => code::FINE,
        }
    }
}

fn words(summary: &reports::Summary) -> Vec<String> {
    let mut words = vec![
        format!("{} passed", summary.count(Kind::Pass)),
        format!("{} failed", summary.failed()),
        format!("{} known", summary.count(Kind::Known)),
        format!("{} skipped", summary.count(Kind::Skipped)),
    ];
    if summary.count(Kind::Error) > 0 {
        words.push(format!("{} errors", summary.count(Kind::Error)));
    }
    words
}

/// One line for each case and symptom, with how many of its trials show it.
fn failures(trials: &[Trial]) -> String {
    let mut symptoms: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for trial in trials {
        let kind = trial.outcome.kind();
        if kind.is_failure() || kind == Kind::Error {
            let symptom = trial.outcome.headline().unwrap_or_default();
            let variant = format!("{} {}", trial.id.mode, trial.id.path);
            symptoms.entry((&trial.id.case, symptom)).or_default().push(variant);
        }
    }
    let mut text = String::new();
    for ((case, symptom), variants) in symptoms.iter().take(SHOWN) {
        let of = match variants.as_slice() {
            [only] => only.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            [] => String::new(),
        };
        text += &format!("  FAIL {case}  {symptom}  ({of})\n");
    }
    if symptoms.len() > SHOWN {
        text += &format!("  and {} more symptoms\n", symptoms.len() - SHOWN);
    }
    text
}
