use reports::{Event, HostFact, Reporter};

use super::collect::ShardHandle;
use super::{Job, Lab};
use crate::bare::{Patience, Ran, boot_all, judge, plan, select};
use crate::target::Processor;
use crate::{Attempt, Failure};

/// Runs the suite on a processor without a kernel: first all guests, then the suite judges what they left behind.
pub(super) fn run(
    lab: &Lab<'_>,
    job: &Job<'_>,
    processor: &Processor,
    shares: &[ShardHandle],
    changed: &dyn Fn(usize),
) -> Result<(), Failure> {
    let Some((target, share)) = job.targets.first().zip(shares.first()) else { return Ok(()) };
    let machine = lab.emulators.bare(processor)?;
    let library = lab.verdict.library();
    // The target `bare-qemu` is the machine `bare:qemu`.
    let name = target.name.replacen('-', ":", 1);
    let trials = plan(library, &name, processor.vendor, lab.filters)?;
    let entries =
        select(&trials, processor.vendor).map_err(|trouble| Failure::trouble(Attempt::BuildGuests, trouble))?;
    let boots = format!("boots/{}", target.name);
    let (folder, _lock) = (lab.cache.folder(&boots)?, lab.cache.lock(&boots)?);
    let (fates, have) = boot_all(&machine, &entries, &folder, Patience::default(), lab.stop)?;
    let fates = entries.into_iter().map(|entry| entry.guest).zip(fates).collect();
    let fact = |name: &str, value: &str| HostFact { name: name.to_owned(), value: value.to_owned(), detail: false };
    let mut facts = vec![fact("target", &target.name), fact("emulator", &machine.about)];
    facts.extend(processor.note.as_ref().map(|note| fact("note", note)));
    let emulator = Some(machine.emulator.to_owned());
    let ran = Ran { name, vendor: processor.vendor, have: have.unwrap_or_default(), emulator, facts };
    let mut taken = Taken { share, changed, failure: None };
    let done = judge(library, &trials, &ran, fates, &mut taken, lab.stop);
    match (taken.failure, done) {
        (Some(failure), _) => Err(failure),
        (None, done) => done.map(drop).map_err(|stopped| Failure::trouble(Attempt::KeepRun, stopped)),
    }
}

/// Passes the suite's events on.
struct Taken<'a> {
    share: &'a ShardHandle,
    changed: &'a dyn Fn(usize),
    failure: Option<Failure>,
}

impl Reporter for Taken<'_> {
    fn take(&mut self, event: &Event) -> std::io::Result<()> {
        let taken = self.share.with(|part| part.take(event));
        (self.changed)(0);
        taken.map_err(|failure| {
            let told = std::io::Error::other(failure.to_string());
            self.failure = Some(failure);
            told
        })
    }
}
