//! The first thread's handle on the second one, and the jobs that the second one does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::super::nmi_source::NmiSource;
use super::super::threads;
use super::super::vcpu::Vcpu;
use super::super::vm::{Platform, Vm, lock};
use super::super::watch::{Waker, Watched};
use super::run::{Ended, Second};
use crate::machine::{Cannot, NoRaise, Trouble};

/// The interval at which the thread checks whether the first processor sleeps.
const LOOK: Duration = Duration::from_micros(30);
/// How long the thread may take to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the thread is to do.
#[derive(Clone, Copy)]
pub(crate) enum Job {
    /// Run the sender until it has sent this many more interrupts.
    Send(u8),
    /// Run the case's own second processor, whose NMIs this source raises.
    RunPeer(NmiSource),
    /// Raise one NMI from this source to the first processor once that sleeps.
    RaiseOnHalt(NmiSource),
}

/// A job and the virtual machine that it is for.
struct Message {
    job: Job,
    platform: Arc<Platform>,
    vcpu: Option<Arc<Mutex<Vcpu>>>,
}

/// What both threads see.
#[derive(Default)]
struct Shared {
    /// The second thread must stop its job.
    stop: AtomicBool,
    /// The first processor sleeps, and its NMI is being raised.
    raising: AtomicBool,
}

/// The channels to and from the thread.
struct Channels {
    jobs: Sender<Message>,
    replies: Receiver<Result<Ended, Trouble>>,
}

/// The handle on the second thread, which is started with its first job.
pub(crate) struct SecondThread {
    channels: Option<Channels>,
    shared: Arc<Shared>,
    processors: [Arc<Watched>; 2],
    busy: bool,
}

impl SecondThread {
    pub(crate) fn new(processors: [Arc<Watched>; 2]) -> Self {
        Self { channels: None, shared: Arc::default(), processors, busy: false }
    }

    /// Whether a job was started whose end was not received yet.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    /// Whether the running job has found the first processor asleep and raises its NMI.
    pub(crate) fn is_raising(&self) -> bool {
        self.busy && self.shared.raising.load(Ordering::SeqCst)
    }

    /// Starts a job; every job gets one reply.
    pub(crate) fn start(&mut self, job: Job, vm: &Vm) -> Result<(), Trouble> {
        let message = Message { job, platform: Arc::clone(&vm.platform), vcpu: vm.second.clone() };
        let channels = match self.channels.take() {
            Some(channels) => channels,
            None => start_thread(&self.shared, &self.processors)?,
        };
        let channels = self.channels.insert(channels);
        self.shared.stop.store(false, Ordering::SeqCst);
        self.shared.raising.store(false, Ordering::SeqCst);
        self.processors[1].set_used(matches!(job, Job::RunPeer(_)));
        channels.jobs.send(message).map_err(|_| gone())?;
        self.busy = true;
        Ok(())
    }

    /// Waits for the reply, at most for this time; `None` if idle or if it does not come in time.
    pub(crate) fn wait(&mut self, time: Duration) -> Option<Result<Ended, Trouble>> {
        let channels = self.channels.as_ref().filter(|_| self.busy)?;
        let reply = match channels.replies.recv_timeout(time) {
            Ok(reply) => reply,
            Err(RecvTimeoutError::Timeout) => return None,
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        };
        self.busy = false;
        Some(reply)
    }

    /// Stops the running job and returns its reply; `None` if idle.
    pub(crate) fn stop(&mut self) -> Option<Result<Ended, Trouble>> {
        let began = Instant::now();
        // Wait for an NMI that is being raised already: a sender that is stopped after its ICR write would send one too many
        // later.
        if self.is_raising()
            && let Some(reply) = self.wait(PATIENCE)
        {
            return Some(reply);
        }
        while self.busy {
            self.shared.stop.store(true, Ordering::SeqCst);
            self.processors[1].interrupt();
            if let Some(reply) = self.wait(Duration::from_millis(1)) {
                return Some(reply);
            }
            if began.elapsed() > PATIENCE {
                self.busy = false;
                return Some(Err(Cannot::StopSecond.into()));
            }
        }
        None
    }
}

impl Drop for SecondThread {
    fn drop(&mut self) {
        // The thread ends once its channel is closed.
        let _ = self.stop();
    }
}

fn start_thread(shared: &Arc<Shared>, processors: &[Arc<Watched>; 2]) -> Result<Channels, Trouble> {
    let (jobs, inbox) = mpsc::channel::<Message>();
    let (ended, replies) = mpsc::channel();
    let (shared, watched) = (Arc::clone(shared), processors.clone());
    threads::spawn("second", move || {
        for message in inbox {
            let reply = carry_out(message, &shared, &watched);
            watched[1].set_used(false);
            let badly = !matches!(reply, Ok(Ended::Done | Ended::Stopped));
            if ended.send(reply).is_err() {
                return;
            }
            // Nothing else ends the run of a first processor that waits for the second one in a loop.
            if badly {
                watched[0].interrupt();
            }
        }
    })?;
    Ok(Channels { jobs, replies })
}

fn gone() -> Trouble {
    Cannot::OrderSecond.into()
}

fn carry_out(message: Message, shared: &Shared, [first, watched]: &[Arc<Watched>; 2]) -> Result<Ended, Trouble> {
    let Message { job, platform, vcpu } = message;
    let mut vcpu = vcpu.as_deref().map(lock);
    let mut second = vcpu.as_deref_mut().map(|vcpu| Second { vcpu, platform: &platform, stop: &shared.stop, watched });
    match (job, second.as_mut()) {
        (Job::Send(count), Some(second)) => second.send(count),
        (Job::RunPeer(source), Some(second)) => second.run_peer(source),
        (Job::RaiseOnHalt(source), second) => {
            if !wait_for_sleep(first, shared) {
                return Ok(Ended::Stopped);
            }
            shared.raising.store(true, Ordering::SeqCst);
            let raised = match (source, second) {
                (NmiSource::Platform { raise, .. }, _) => raise(&platform, 0).map(|()| Ended::Done),
                (NmiSource::Sender, Some(second)) => second.send(1),
                _ => Err(Cannot::Raise { cpu: 0, why: NoRaise::OwnThread }.into()),
            };
            first.set_waker(Waker::Nobody);
            raised
        }
        _ => Err(Cannot::FindProcessor { cpu: 1 }.into()),
    }
}

/// Waits until the first processor sleeps in HLT; false if told to stop.
fn wait_for_sleep(first: &Watched, shared: &Shared) -> bool {
    // It sleeps if it did at two looks and used no processor time between them.
    let mut before = None;
    loop {
        if shared.stop.load(Ordering::SeqCst) {
            return false;
        }
        let now = first.sleeps_now().then(|| first.task().processor_time());
        if now.is_some() && now == before {
            return true;
        }
        before = now;
        thread::sleep(LOOK);
    }
}
