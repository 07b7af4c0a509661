//! One trial in full, as text.

use crate::explain::at_stake;
use crate::json_text::with_printable_texts;
use crate::kind::Class;
use crate::layout::{broken, hanging, one_line};
use crate::printable::printable;
use crate::timeline::parting;
use crate::{Divergence, Excerpt, History, Kind, Look, Outcome, Parting, RuleRef, Tone, Trial};

/// The word that starts a trial's line.
pub(crate) fn verdict(kind: Kind) -> &'static str {
    match kind.class() {
        Class::Passed => "pass",
        Class::Known => "known",
        Class::Skipped => "skip",
        Class::Trouble => "ERROR",
        Class::Failed => "FAIL",
    }
}

/// One trial in full: its summary, the rules at stake with their sources, where it differs from the manual, and how to run it
/// again. For a trial that passed only its id and summary.
pub fn failure(trial: &Trial, rules: &[RuleRef], look: Look) -> String {
    let trial = &with_printable_texts(trial);
    let kind = trial.outcome.kind();
    let word = look.style.paint(Tone::of(kind), verdict(kind));
    let mut out = format!("{word} {}\n", look.style.paint(Tone::Strong, &trial.id.to_string()));
    out.push_str(&hanging("  ", &trial.summary, look.width));
    out.extend(trial.differing().map(|differing| hanging("  repeated: ", &differing, look.width)));
    match &trial.outcome {
        Outcome::Pass => {}
        Outcome::Skipped { requirement } => out.push_str(&hanging("  skipped: ", &requirement.to_string(), look.width)),
        Outcome::Known { symptom, reason, .. } => {
            out.push_str(&hanging("  known deviation: ", &symptom.to_string(), look.width));
            out.push_str(&hanging("  reason: ", reason, look.width));
        }
        Outcome::Fixed { expected, reason, .. } => {
            out.push('\n');
            out.push_str(&hanging("  fixed: ", "the known deviation did not show", look.width));
            out.push_str(&hanging("    expected: ", expected, look.width));
            out.push_str(&hanging("    reason:   ", reason, look.width));
            let advice = "Remove its entry from the known deviations, or narrow it to where it still shows.";
            out.push_str(&hanging("  ", advice, look.width));
        }
        Outcome::Error(trouble) => {
            out.push_str(&hanging("  failed: ", &trouble.title(), look.width));
            out.push_str(&hanging("  likely: ", &trouble.likely(), look.width));
        }
        parted => {
            let Some(divergence) = parted.divergence() else { return out };
            at_stake(trial).iter().for_each(|id| rule(id, rules, look, &mut out));
            divergent(kind, divergence, look, &mut out);
        }
    }
    out
}

pub(super) fn rule(id: &str, rules: &[RuleRef], look: Look, out: &mut String) {
    out.push_str(&format!("\n  rule {}\n", look.style.paint(Tone::Strong, id)));
    let Some(rule) = rules.iter().find(|rule| printable(&rule.id) == id) else {
        out.push_str("    not in this run's list of rules\n");
        return;
    };
    out.push_str(&hanging("    ", &rule.statement, look.width));
    for source in &rule.sources {
        out.push_str(&look.hanging(Tone::Quiet, "    ", source));
    }
}

fn divergent(kind: Kind, divergence: &Divergence, look: Look, out: &mut String) {
    let pass = divergence.other_pass().map(|pass| format!(" in pass {pass}")).unwrap_or_default();
    let story = match kind {
        Kind::Unstable => "two runs from reset differ",
        Kind::Hang => "no exit in time",
        Kind::GuestFault => "an exception that the case does not expect",
        Kind::Shutdown => "a triple fault that the case does not expect",
        Kind::KernelWarning => "the host's kernel reported a fault of its own while the trial ran",
        Kind::HostDied => "the host ended while the trial ran, and these were its last words",
        _ => "the trace and the manual part",
    };
    out.push('\n');
    out.push_str(&hanging(&format!("  {}{pass}: ", kind.name()), story, look.width));
    let sides = Parting { finding: &divergence.finding, runs: kind == Kind::Unstable };
    let nothing_seen = History::default();
    out.push_str(&parting(divergence.history.as_ref().unwrap_or(&nothing_seen), &sides, look));
    let rows = divergence.excerpt.as_ref().map(Excerpt::rows).unwrap_or_default();
    block(rows.iter().map(|row| (row.pointed(), row.here)), look, out);
    block(divergence.details.iter().map(|line| (line.clone(), false)), look, out);
    if !divergence.place.is_empty() {
        out.push_str(&format!("\n  case:  {}\n", one_line(&divergence.place)));
    }
    if !divergence.rerun.is_empty() {
        let rerun = one_line(&divergence.rerun);
        let gap = if divergence.place.is_empty() { "\n" } else { "" };
        out.push_str(&format!("{gap}  rerun: {}\n", look.style.paint(Tone::Strong, &rerun)));
    }
}

/// Lines with their columns kept, each with whether it is highlighted.
fn block(lines: impl ExactSizeIterator<Item = (String, bool)>, look: Look, out: &mut String) {
    if lines.len() > 0 {
        out.push('\n');
    }
    for (line, here) in lines {
        for part in broken(&line, look.width.saturating_sub(4)) {
            let painted = if here { look.style.paint(Tone::Bad, &part) } else { part };
            out.push_str(format!("    {painted}").trim_end());
            out.push('\n');
        }
    }
}
