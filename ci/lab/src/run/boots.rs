//! Boots a machine again and again until every trial of a job has ended, even if the machine dies in some of them.

use std::path::{Path, PathBuf};

use reports::Event;
use runner::case::Site;

use super::collect::ShardHandle;
use super::incomplete::Incomplete;
use super::one_boot::OneBoot;
use super::{Job, Lab};
use crate::Failure;
use crate::boot::{Boot, Ending, Limits, Logs, limits};
use crate::cache::Lock;
use crate::kernel::{Kernel, Module, closure};
use crate::target::Place;

/// How many boots in a row may end without a finished trial before a trial is blamed.
const TRIES: usize = 2;

impl Lab<'_> {
    /// Runs a job to its end: fills `shares`, one for each target, and calls `changed` with the target's number at each change.
    /// Errors: trouble on this host, or Ctrl-C; nothing that a guest does is an error.
    pub fn run(&self, job: &Job<'_>, shares: &[ShardHandle], changed: &dyn Fn(usize)) -> Result<(), Failure> {
        let Some((kernel, machine)) = job.kernel.as_ref().zip(job.machine()) else {
            return match job.targets.first().map(|target| &target.place) {
                Some(Place::Bare(processor)) => super::bare::run(self, job, processor, shares, changed),
                _ => super::local::run(self, job, shares, changed),
            };
        };
        let left = self.runnable(job, kernel, shares);
        if left.is_empty() {
            return Ok(());
        }
        let modules = closure(&kernel.modules, machine.module.name())?;
        let boot = self.emulators.boot(machine, kernel)?;
        self.boots(job, kernel, (&boot, limits(machine.emulator), &modules), shares, left, changed)
    }

    /// Boots a machine until nothing is left to run.
    pub(super) fn boots(
        &self,
        job: &Job<'_>,
        kernel: &Kernel,
        (boot, limits, modules): (&Boot<Path>, Limits, &[Module]),
        shares: &[ShardHandle],
        mut left: Vec<usize>,
        changed: &dyn Fn(usize),
    ) -> Result<(), Failure> {
        let (folder, _lock) = self.folder(job, kernel)?;
        let logs = Logs::in_folder(&folder);
        let (mut idle, mut blamed) = (0, false);
        while !left.is_empty() {
            let before = finished(shares);
            let one = OneBoot { lab: self, job, boot, limits, modules, logs: &logs, shares, left: &left };
            let ending = one.run(changed)?;
            if ending == Ending::Interrupted {
                return Err(Failure::Interrupted);
            }
            let emulator = Some(boot.emulator.to_owned());
            let site = Site { kernel: kernel.label.clone(), emulator, ..Site::default() };
            self.judge(&ending, &logs, &site, job, &mut left, shares)?;
            if finished(shares) > before {
                (idle, blamed) = (0, false);
            } else {
                idle += 1;
            }
            if idle >= TRIES && !left.is_empty() {
                idle = 0;
                // The second time in a row, the trial is not the cause.
                if blamed || !self.blame_next(&ending, &logs, &site, job, left.first().copied(), shares)? {
                    give_up(&ending, &logs, shares.get(left.remove(0)));
                }
                blamed = !blamed;
            }
            (0..shares.len()).for_each(changed);
        }
        Ok(())
    }

    /// A machine that dies at once loses the last bytes on its serial port: if the suite ran, the next trial may have started
    /// although no event says so. Ends that trial as one in which the host died, and returns whether there is one.
    fn blame_next(
        &self,
        ending: &Ending,
        logs: &Logs,
        site: &Site,
        job: &Job<'_>,
        number: Option<usize>,
        shares: &[ShardHandle],
    ) -> Result<bool, Failure> {
        let number = number.filter(|_| matches!(ending, Ending::Died | Ending::Silent));
        let Some((target, share)) = number.and_then(|number| Some((job.targets.get(number)?, shares.get(number)?)))
        else {
            return Ok(false);
        };
        share.with(|part| {
            let next = self.verdict.next(self.filters_of(target), job.shard, part.last());
            let Some(id) = next.filter(|_| part.run.facts.is_some()) else { return Ok(false) };
            part.take(&Event::TrialStarted { id })?;
            part.end_running(|id| self.verdict.host_died(id, &logs.last_words(200), site))?;
            part.ended |= target.planted().is_some_and(|planted| planted.stops);
            Ok(true)
        })
    }

    /// The targets that this kernel can run; for the others, notes why not.
    fn runnable(&self, job: &Job<'_>, kernel: &Kernel, shares: &[ShardHandle]) -> Vec<usize> {
        let mut able = Vec::new();
        for ((number, target), share) in job.targets.iter().enumerate().zip(shares) {
            let range = target.machine().and_then(|machine| machine.kernels.as_ref());
            // The label of a developer's own kernel is a file name; it is tried.
            let is_version = kernel.label.starts_with(|c: char| c.is_ascii_digit());
            match range.filter(|range| is_version && !range.holds(&kernel.label)) {
                Some(range) => share.with(|part| part.missing = Some(Incomplete::Kernel(range.as_str().to_owned()))),
                None => able.push(number),
            }
        }
        able
    }

    /// The folder of the job's boots, locked: a second lab that wants the same boot waits.
    fn folder(&self, job: &Job<'_>, kernel: &Kernel) -> Result<(PathBuf, Lock), Failure> {
        let names: Vec<&str> = job.targets.iter().map(|target| target.name.as_str()).collect();
        let (shard, shards) = job.shard;
        // A boot of planted faults has too many targets for the name of a folder; its first one is unique.
        let planted = job.targets.iter().any(|target| target.planted().is_some());
        let names = match names.first() {
            Some(first) if planted => format!("mutants/{first}"),
            _ => names.join("+"),
        };
        let name = format!("boots/{names}/{}-{shard}of{shards}", kernel.label);
        Ok((self.cache.folder(&name)?, self.cache.lock(&name)?))
    }

    /// After a boot: ends the trial that was running, and keeps in `left` the targets that are not finished.
    fn judge(
        &self,
        ending: &Ending,
        logs: &Logs,
        site: &Site,
        job: &Job<'_>,
        left: &mut Vec<usize>,
        shares: &[ShardHandle],
    ) -> Result<(), Failure> {
        for (target, share) in left.iter().filter_map(|number| Some((job.targets.get(*number)?, shares.get(*number)?)))
        {
            share.with(|part| {
                let died = part.run.last_unfinished().is_some();
                let facts = part.run.facts.clone().unwrap_or_default();
                let parameters = facts.host.into_iter().map(|fact| (fact.name, fact.value)).collect();
                let site = Site { strategy: facts.strategy.unwrap_or_default(), parameters, ..site.clone() };
                let words = part.words.last().cloned().unwrap_or_default();
                part.end_running(|id| match ending {
                    Ending::Done => self.verdict.suite_died(id, &words),
                    _ => self.verdict.host_died(id, &logs.last_words(200), &site),
                })?;
                // One failure is enough for a planted fault.
                part.ended |= died && target.planted().is_some_and(|planted| planted.stops);
                Ok::<(), Failure>(())
            })?;
        }
        let open = |share: &ShardHandle| share.with(|part| !part.ended && part.missing.is_none());
        left.retain(|number| shares.get(*number).is_some_and(open));
        Ok(())
    }
}

fn finished(shares: &[ShardHandle]) -> usize {
    shares.iter().map(|share| share.with(|part| part.finished())).sum()
}

/// Gives up the first target, since two boots in a row finished no trial; the others may still run.
fn give_up(ending: &Ending, logs: &Logs, share: Option<&ShardHandle>) {
    let words = logs.last_words(1).join("");
    if let Some(share) = share {
        let why = Incomplete::Boots { ending: ending.clone(), words, console: logs.console.clone() };
        share.with(|part| part.missing = Some(why));
    }
}
