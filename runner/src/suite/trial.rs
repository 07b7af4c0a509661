//! One trial: all its passes, and the outcome.

use std::collections::BTreeMap;

use guests::{Guest, Mode, SectionName, vector};
use reports::Outcome;

use crate::case::Case;
use crate::execute::{Seen, Setting, Stop, Trace, execute};
use crate::judge::{compare, judge};
use crate::machine::{Lack, Machine, Trouble};
use crate::terms::{Need, Pass, Path};

use super::ways::every_way;

/// How a trial ended, before known deviations are considered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How the trial ended.
    pub outcome: Outcome,
    /// The machine's counters in the plain pass.
    pub statistics: BTreeMap<String, u64>,
}

impl Report {
    /// Of a trial that did not run, or without counters.
    pub fn without_run(outcome: Outcome) -> Self {
        Self { outcome, statistics: BTreeMap::new() }
    }
}

/// Runs one trial: the plain pass twice, then every other pass that can differ from it, until one is not as wanted. A machine
/// without a host program runs only the silent pass.
pub fn run_trial(machine: &mut dyn Machine, setting: Setting<'_>) -> Report {
    let mut statistics = BTreeMap::new();
    let outcome = match lacking(machine, setting.case, setting.guest.mode, setting.path) {
        Some(requirement) => Outcome::Skipped { requirement },
        None => passes(machine, setting, &mut statistics).unwrap_or_else(Outcome::Error),
    };
    Report { outcome, statistics }
}

/// What the machine lacks to run the case in this mode over this path; `None` if it can.
pub fn lacking(machine: &dyn Machine, case: &Case, mode: Mode, path: Path) -> Option<Lack> {
    machine.lacks_mode(mode).or_else(|| case.needs(path).into_iter().find_map(|need| machine.lacks(need)))
}

fn passes(
    machine: &mut dyn Machine,
    setting: Setting<'_>,
    statistics: &mut BTreeMap<String, u64>,
) -> Result<Outcome, Trouble> {
    let Setting { case, guest, .. } = setting;
    if machine.lacks(Need::Host).is_some() {
        let silent = execute(machine, setting, Pass::Silent)?;
        return Ok(judge(case, case.expect(machine.vendor()), guest, &silent, Pass::Silent));
    }
    let plain = execute(machine, setting, Pass::Plain)?;
    statistics.clone_from(&plain.statistics);
    statistics.extend(nmi_entries(guest, &plain).map(|entries| ("nmi_entries".to_owned(), entries)));
    let expect = case.expect(machine.vendor());
    if matches!(plain.stop, Stop::Endless { .. } | Stop::Overflow { .. }) {
        // No case wants such an end, and every other pass would only take the same time again.
        return Ok(judge(case, expect, guest, &plain, Pass::Plain));
    }
    let again = execute(machine, setting, Pass::Again)?;
    if let Some(unstable) = compare(case, guest, &plain, &again, Pass::Again) {
        return Ok(unstable);
    }
    // The second run looks where the first one does, so its views are judged too.
    for (trace, pass) in [(&plain, Pass::Plain), (&again, Pass::Again)] {
        let outcome = judge(case, expect, guest, trace, pass);
        if outcome != Outcome::Pass {
            return Ok(outcome);
        }
    }
    if let Some(different) = every_way(machine, setting, expect, &plain)? {
        return Ok(different);
    }
    let others = [Pass::Blind, Pass::Silent, Pass::Peek, Pass::Migrate];
    let vendor = machine.vendor();
    for pass in others.into_iter().filter(|&pass| setting.differs(pass, vendor)) {
        let other = execute(machine, setting, pass)?;
        if let Some(different) = compare(case, guest, &plain, &other, pass) {
            return Ok(different);
        }
        let outcome = judge(case, expect, guest, &other, pass);
        if outcome != Outcome::Pass {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Pass)
}

/// How often the NMI handler was entered, also by INT 2; `None` if it does not begin with a mark.
fn nmi_entries(guest: &Guest, trace: &Trace) -> Option<u64> {
    let begins = guest.symbols.get(SectionName::Handler(vector::NMI).word())?;
    let first = guest.sites.iter().find(|site| site.address == *begins)?.call?;
    let entry = |seen: &&Seen| matches!(seen, Seen::Mark(mark) if mark.site == first.returns);
    Some(trace.seen.iter().filter(entry).count() as u64)
}
