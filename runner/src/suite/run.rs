use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use reports::{Event, Kind, Outcome, Reporter, RunFacts, Summary, Trial};

use super::ended::ended;
use super::filter::Filter;
use super::guests_cache::GuestCache;
use super::machines::Slot;
use super::plan::{Planned, plan};
use super::stale::Stale;
use super::trial::{self, Report, run_trial};
use crate::case::Library;
use crate::drive::Setting;
use crate::host::KernelLog;
use crate::judge::kernel_warning;

/// A run that could not report: the first error, and what was counted until then.
#[derive(Debug, thiserror::Error)]
#[error("failed to write the report: {source}")]
pub struct Stopped {
    /// What went wrong.
    pub source: std::io::Error,
}

/// Runs the trials in order and tells the reporter of each as it starts and as it ends.
///
/// Between trials `interrupted` is asked; a run that was interrupted ends with a summary that says so.
/// Errors: the reporter failed.
pub fn run(
    library: &Library,
    slots: &mut [Slot],
    trials: &[Planned<'_>],
    facts: RunFacts,
    reporter: &mut dyn Reporter,
    interrupted: &AtomicBool,
) -> Result<Summary, Stopped> {
    let started = Instant::now();
    let mut tell = |event: &Event| reporter.take(event).map_err(|source| Stopped { source });
    tell(&Event::RunStarted(facts))?;
    let mut guests = GuestCache::default();
    let mut summary = Summary::default();
    let mut stale = Stale::default();
    for planned in trials {
        if interrupted.load(Ordering::Relaxed) {
            summary.interrupted = true;
            break;
        }
        tell(&Event::TrialStarted { id: planned.id.clone() })?;
        let trial = run_one(library, &mut slots[planned.slot], planned, &mut guests);
        let kind = trial.outcome.kind();
        stale.see(library, &slots[planned.slot], planned, &trial.outcome);
        *summary.counts.entry(kind.name().to_owned()).or_default() += 1;
        summary.executed += usize::from(!matches!(kind, Kind::Skipped | Kind::Error));
        tell(&Event::TrialFinished(Box::new(trial)))?;
    }
    if !summary.interrupted && trials.len() == plan(&library.cases, slots, &Filter::default()).len() {
        summary.stale = stale.reasons(library);
    }
    summary.millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tell(&Event::RunFinished(summary.clone()))?;
    Ok(summary)
}

/// Runs one trial on its machine and holds the outcome against the known deviations.
pub fn run_one(library: &Library, slot: &mut Slot, planned: &Planned<'_>, guests: &mut GuestCache) -> Trial {
    let Planned { case, mode, path, .. } = planned;
    let started = Instant::now();
    let mut report = match &mut slot.machine {
        Err(trouble) if trouble.is_absence() => {
            Report::without_run(Outcome::Skipped { requirement: trouble.to_string() })
        }
        Err(trouble) => Report::without_run(trial::trouble(trouble.clone())),
        Ok(machine) => match guests.get(case, *mode, *path, slot.vendor) {
            Ok(guest) => run_trial(machine.as_mut(), Setting { case, guest: &guest, path: *path }),
            Err(trouble) => Report::without_run(trial::trouble(trouble)),
        },
    };
    if let Some(splat) = slot.kernel_log.as_mut().and_then(KernelLog::next_splat) {
        report.outcome = kernel_warning(&splat, report.outcome);
    }
    ended(library, planned, &slot.site, report, started.elapsed())
}
