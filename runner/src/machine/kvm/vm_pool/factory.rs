//! Making virtual machines, some of them ahead of need, and dropping them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use super::super::capabilities::Host;
use super::super::threads;
use super::super::vcpu::ResetState;
use super::super::vm::{Config, Vm};
use crate::machine::Trouble;

/// How many of one kind are made ahead: a trial that migrates needs a fresh one at each of its snaps.
const AHEAD: usize = 2;

/// How many are made ahead on a host with one processor: to hand the work to another thread only adds to it there. Not so
/// the end of one, most of which is waiting.
const AHEAD_ALONE: usize = 0;

/// How many may wait to be dropped: each holds its memory until then.
const MOST_DISCARDED: usize = 8;

/// Makes virtual machines, and further ones ahead of need.
///
/// To make one is to wait for the kernel, for milliseconds on some hosts, so other threads do it while trials run. None
/// of them runs a guest, so that a processor still has one thread only.
pub(crate) struct VmFactory {
    host: Arc<Host>,
    ahead: usize,
    kinds: BTreeMap<Config, Kind>,
    /// Takes those that nobody needs any more to the thread that drops them, if there is one.
    discarded: Option<SyncSender<Vm>>,
}

/// What is kept for one configuration.
struct Kind {
    /// What its processors hold when they are new.
    known: Vec<Arc<ResetState>>,
    /// Those that are being made, or wait to be taken.
    coming: VecDeque<Receiver<Result<Vm, Trouble>>>,
}

impl VmFactory {
    pub(crate) fn new(host: &Arc<Host>) -> Self {
        let alone = thread::available_parallelism().is_ok_and(|processors| processors.get() == 1);
        let ahead = if alone { AHEAD_ALONE } else { AHEAD };
        Self { host: Arc::clone(host), ahead, kinds: BTreeMap::new(), discarded: None }
    }

    /// Drops a virtual machine. That waits for the kernel, too, so another thread does it.
    pub(crate) fn discard(&mut self, vm: Vm) {
        if self.discarded.is_none() {
            let (discarded, inbox) = mpsc::sync_channel::<Vm>(MOST_DISCARDED);
            let started = threads::spawn("discard", move || inbox.into_iter().for_each(drop));
            self.discarded = started.is_ok().then_some(discarded);
        }
        match &self.discarded {
            // If the thread is gone, the machine comes back and is dropped here.
            Some(discarded) => drop(discarded.send(vm)),
            None => drop(vm),
        }
    }

    /// A virtual machine in which nothing has run yet. From the second one of a kind on, more are made ahead.
    pub(crate) fn fresh(&mut self, config: Config) -> Result<Vm, Trouble> {
        let Some(kind) = self.kinds.get_mut(&config) else {
            let vm = Vm::create(&self.host, config, &[])?;
            self.kinds.insert(config, Kind { known: vm.reset_states(), coming: VecDeque::new() });
            return Ok(vm);
        };
        let vm = match kind.coming.pop_front().map(|coming| coming.recv()) {
            Some(Ok(Ok(vm))) => Ok(vm),
            // Whatever kept it from being made, this thread sees for itself.
            Some(Ok(Err(_)) | Err(_)) | None => Vm::create(&self.host, config, &kind.known),
        };
        while kind.coming.len() < self.ahead {
            kind.coming.push_back(make(&self.host, config, &kind.known));
        }
        vm
    }
}

/// Makes one on a thread of its own.
fn make(host: &Arc<Host>, config: Config, known: &[Arc<ResetState>]) -> Receiver<Result<Vm, Trouble>> {
    let (made, coming) = mpsc::channel();
    let (host, known) = (Arc::clone(host), known.to_vec());
    // If there can be no thread, the receiver says so. Nobody may be waiting any more, and then it is dropped there.
    drop(threads::spawn("ahead", move || drop(made.send(Vm::create(&host, config, &known)))));
    coming
}
