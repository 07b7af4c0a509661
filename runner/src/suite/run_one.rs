//! Runs one planned trial, with the kernel log watched and the known deviations applied.

use std::time::Instant;

use reports::{Outcome, Trial};

use super::ended::ended;
use super::guests_cache::GuestCache;
use super::machines::Slot;
use super::plan::Planned;
use super::trial::{Report, run_trial};
use super::worker_name::is_anothers;
use crate::case::Library;
use crate::execute::Setting;
use crate::host::Splat;
use crate::judge::kernel_warning;

/// Runs one trial on its machine and applies the known deviations to its outcome.
pub fn run_one(library: &Library, slot: &mut Slot, planned: &Planned<'_>, guests: &GuestCache) -> Trial {
    let Planned { case, mode, path, .. } = planned;
    let started = Instant::now();
    slot.start_delays();
    let mut report = match &mut slot.machine {
        Err(trouble) if trouble.is_absence() => {
            Report::without_run(Outcome::Skipped { requirement: trouble.clone().into() })
        }
        Err(trouble) => Report::without_run(Outcome::Error(trouble.clone())),
        Ok(machine) => match guests.get(case, *mode, *path, slot.vendor) {
            Ok(guest) => run_trial(machine.as_mut(), Setting { case, guest: &guest, path: *path }),
            Err(trouble) => Report::without_run(Outcome::Error(trouble)),
        },
    };
    let ours = |splat: &Splat| !is_anothers(splat);
    if let Some(splat) = slot.kernel_log.as_mut().and_then(|log| log.next_splat(ours)) {
        report.outcome = kernel_warning(&splat, report.outcome);
    }
    let mut trial = ended(library, planned, &slot.site, report, started.elapsed());
    slot.rerun.put_into(&mut trial.outcome, &planned.id, case);
    trial
}
