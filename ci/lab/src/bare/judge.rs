//! The suite's judgement of guests that ran on a bare machine.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{SystemTime, UNIX_EPOCH};

use guests::Guest;
use reports::{HostFact, Reporter, RunFacts, Summary};
use runner::case::{Library, Site};
use runner::command::VERSION;
use runner::suite::{self, Conduct, Planned, Slot, Stopped, references};
use runner::terms::Vendor;

use super::answer::Fate;
use super::features::Features;
use super::recorded::Recorded;

/// A processor on which guests ran.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The machine's name in trial names: `bare:qemu`.
    pub name: String,
    /// Whose manual it follows.
    pub vendor: Vendor,
    /// The features that it has.
    pub have: Features,
    /// The emulator's name, as known deviations use it; `None` for a physical machine.
    pub emulator: Option<String>,
    /// What reports say about it.
    pub facts: Vec<HostFact>,
}

/// Judges these trials by how their guests ended, with the events of an ordinary run. Errors: the reporter failed.
pub fn judge(
    library: &Library,
    trials: &[Planned<'_>],
    ran: &Ran,
    fates: Vec<(Arc<Guest>, Fate)>,
    reporter: &mut dyn Reporter,
    stop: &AtomicBool,
) -> Result<Summary, Stopped> {
    let site = Site { strategy: ran.name.clone(), emulator: ran.emulator.clone(), ..Site::default() };
    let facts = RunFacts {
        version: VERSION.to_owned(),
        started: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        trials: trials.len(),
        machines: vec![ran.name.clone()],
        host: ran.facts.clone(),
        rules: references(&library.rules),
        ..RunFacts::default()
    };
    let machine = Recorded { name: ran.name.clone(), vendor: ran.vendor, have: ran.have, fates };
    let mut slots = [Slot::of(Box::new(machine), site)];
    let conduct = Conduct { jobs: NonZeroUsize::MIN, open: &Vec::new, interrupted: stop };
    suite::run(library, &mut slots, trials, facts, reporter, &conduct)
}
