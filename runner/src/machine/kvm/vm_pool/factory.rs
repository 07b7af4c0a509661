//! Creates virtual machines, some of them in advance, and drops them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use super::super::capabilities::Host;
use super::super::threads;
use super::super::vcpu::ResetState;
use super::super::vm::{Config, Vm};
use crate::machine::Trouble;

/// How many of one configuration are created in advance: a trial that migrates needs a fresh one at each of its snaps.
const AHEAD: usize = 2;

/// How many are created in advance on a host with one processor, where another thread saves no time. Dropping them is left to
/// another thread even there, since most of it is waiting.
const AHEAD_ALONE: usize = 0;

/// How many may wait to be dropped: each holds its memory until then.
const MOST_DISCARDED: usize = 8;

/// Creates virtual machines, and others in advance.
///
/// Creating one waits for the kernel, for milliseconds on some hosts, so other threads do it while trials run. They run no
/// guest, so a processor still runs on one thread only.
pub(crate) struct VmFactory {
    host: Arc<Host>,
    ahead: usize,
    kinds: BTreeMap<Config, Kind>,
    /// Sends virtual machines that are no longer needed to the thread that drops them, once it is started.
    discarded: Option<SyncSender<Vm>>,
}

/// What is kept for one configuration.
struct Kind {
    /// What its processors hold when they are new.
    known: Vec<Arc<ResetState>>,
    /// Those that are being created or wait to be used.
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
            // If the thread has ended, `send` returns the virtual machine, which is dropped here.
            Some(discarded) => drop(discarded.send(vm)),
            None => drop(vm),
        }
    }

    /// A virtual machine in which nothing has run yet. From the second one of a configuration on, others are created in
    /// advance.
    pub(crate) fn fresh(&mut self, config: Config) -> Result<Vm, Trouble> {
        let Some(kind) = self.kinds.get_mut(&config) else {
            let vm = Vm::create(&self.host, config, &[])?;
            self.kinds.insert(config, Kind { known: vm.reset_states(), coming: VecDeque::new() });
            return Ok(vm);
        };
        let vm = match kind.coming.pop_front().map(|coming| coming.recv()) {
            Some(Ok(Ok(vm))) => Ok(vm),
            // It could not be created: this thread tries again and returns the error.
            Some(Ok(Err(_)) | Err(_)) | None => Vm::create(&self.host, config, &kind.known),
        };
        while kind.coming.len() < self.ahead {
            kind.coming.push_back(make(&self.host, config, &kind.known));
        }
        vm
    }
}

/// Creates one on a thread of its own.
fn make(host: &Arc<Host>, config: Config, known: &[Arc<ResetState>]) -> Receiver<Result<Vm, Trouble>> {
    let (made, coming) = mpsc::channel();
    let (host, known) = (Arc::clone(host), known.to_vec());
    // If the thread cannot be started, `recv` fails. If the receiver is gone, the virtual machine is dropped on the thread.
    drop(threads::spawn("ahead", move || drop(made.send(Vm::create(&host, config, &known)))));
    coming
}
