use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use super::cpu::FreshCpu;
use super::open::Host;
use super::unit::Unit;
use super::vm::Config;
use crate::machine::Trouble;

/// How many of one kind are made ahead: a trial that migrates needs a fresh one at each of its snaps.
const AHEAD: usize = 2;

/// How many are made ahead on a host with one processor: to hand the work to another thread only adds to it there. Not so
/// the end of one, most of which is waiting.
const AHEAD_ALONE: usize = 0;

/// How many may wait to be dropped: each holds its memory until then.
const ATTIC: usize = 8;

/// Makes virtual machines, and further ones ahead of need.
///
/// To make one is to wait for the kernel, for milliseconds on some hosts, so other threads do it while trials run. None
/// of them runs a guest, so that a processor still has one thread only.
pub(super) struct Spares {
    host: Arc<Host>,
    ahead: usize,
    kinds: BTreeMap<Config, Kind>,
    /// Takes those that nobody needs any more, if there is a thread to do so.
    attic: Option<SyncSender<Unit>>,
}

/// What is kept for one configuration.
struct Kind {
    /// What its processors hold when they are new.
    known: Vec<Arc<FreshCpu>>,
    /// Those that are being made, or wait to be taken.
    coming: VecDeque<Receiver<Result<Unit, Trouble>>>,
}

impl Spares {
    pub(super) fn new(host: &Arc<Host>) -> Self {
        let alone = thread::available_parallelism().is_ok_and(|processors| processors.get() == 1);
        let ahead = if alone { AHEAD_ALONE } else { AHEAD };
        Self { host: Arc::clone(host), ahead, kinds: BTreeMap::new(), attic: None }
    }

    /// Drops a virtual machine. That waits for the kernel, too, so another thread does it.
    pub(super) fn give_up(&mut self, unit: Unit) {
        if self.attic.is_none() {
            let (attic, inbox) = mpsc::sync_channel::<Unit>(ATTIC);
            let thread = thread::Builder::new().name(super::thread_name("attic"));
            self.attic = thread.spawn(move || inbox.into_iter().for_each(drop)).is_ok().then_some(attic);
        }
        match &self.attic {
            // If the thread is gone, the unit comes back and is dropped here.
            Some(attic) => drop(attic.send(unit)),
            None => drop(unit),
        }
    }

    /// A virtual machine in which nothing has run yet. From the second one of a kind on, more are made ahead.
    pub(super) fn fresh(&mut self, config: Config) -> Result<Unit, Trouble> {
        let Some(kind) = self.kinds.get_mut(&config) else {
            let unit = Unit::create(&self.host, config, &[])?;
            self.kinds.insert(config, Kind { known: unit.known(), coming: VecDeque::new() });
            return Ok(unit);
        };
        let unit = match kind.coming.pop_front().map(|coming| coming.recv()) {
            Some(Ok(Ok(unit))) => Ok(unit),
            // Whatever kept it from being made, this thread sees for itself.
            Some(Ok(Err(_)) | Err(_)) | None => Unit::create(&self.host, config, &kind.known),
        };
        while kind.coming.len() < self.ahead {
            kind.coming.push_back(make(&self.host, config, &kind.known));
        }
        unit
    }
}

/// Makes one on a thread of its own; if there can be no thread, the receiver says so.
fn make(host: &Arc<Host>, config: Config, known: &[Arc<FreshCpu>]) -> Receiver<Result<Unit, Trouble>> {
    let (made, coming) = mpsc::channel();
    let (host, known) = (Arc::clone(host), known.to_vec());
    let thread = thread::Builder::new().name(super::thread_name("spare"));
    // Nobody may be waiting any more, and then it is dropped here.
    let started = thread.spawn(move || drop(made.send(Unit::create(&host, config, &known))));
    drop(started);
    coming
}
