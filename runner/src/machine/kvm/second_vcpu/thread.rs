//! The first thread's handle on the second one, and what that does for each order.

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

/// How often the thread looks whether the first processor sleeps.
const LOOK: Duration = Duration::from_micros(30);
/// How long the thread may take to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the thread is to do.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    /// Let the sender run until it has sent this many more interrupts.
    Send(u8),
    /// Let the case's own second processor run, whose NMIs come from here.
    RunPeer(NmiSource),
    /// Raise one NMI from here to the first processor once that sleeps.
    RaiseOnHalt(NmiSource),
}

/// An order and what it is about.
struct Job {
    order: Order,
    platform: Arc<Platform>,
    vcpu: Option<Arc<Mutex<Vcpu>>>,
}

/// What both threads see.
#[derive(Default)]
struct Shared {
    /// The second thread shall stop.
    stop: AtomicBool,
    /// The first processor was seen asleep, and its NMI is being raised.
    raising: AtomicBool,
}

/// The thread's two ends, while it runs.
struct Channels {
    orders: Sender<Job>,
    replies: Receiver<Result<Ended, Trouble>>,
}

/// The handle on the second thread, which is started when it is first needed.
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

    /// Whether an order was given and its end not yet seen.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    /// Whether the order under way has seen the first processor asleep, and raises its NMI.
    pub(crate) fn is_raising(&self) -> bool {
        self.busy && self.shared.raising.load(Ordering::SeqCst)
    }

    /// Gives an order; every order gets one reply.
    pub(crate) fn give(&mut self, order: Order, vm: &Vm) -> Result<(), Trouble> {
        let job = Job { order, platform: Arc::clone(&vm.platform), vcpu: vm.second.clone() };
        let channels = match self.channels.take() {
            Some(channels) => channels,
            None => start(&self.shared, &self.processors)?,
        };
        let channels = self.channels.insert(channels);
        self.shared.stop.store(false, Ordering::SeqCst);
        self.shared.raising.store(false, Ordering::SeqCst);
        self.processors[1].set_used(matches!(order, Order::RunPeer(_)));
        channels.orders.send(job).map_err(|_| gone())?;
        self.busy = true;
        Ok(())
    }

    /// The reply, if it comes in time.
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

    /// Stops the order under way; none if there is none.
    pub(crate) fn stop(&mut self) -> Option<Result<Ended, Trouble>> {
        let began = Instant::now();
        // An NMI that is being raised already is waited for: stopped behind its ICR write, the sender would owe one interrupt.
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
        // With its channel closed the thread ends by itself after the order under way.
        let _ = self.stop();
    }
}

fn start(shared: &Arc<Shared>, processors: &[Arc<Watched>; 2]) -> Result<Channels, Trouble> {
    let (orders, jobs) = mpsc::channel::<Job>();
    let (ended, replies) = mpsc::channel();
    let (shared, watched) = (Arc::clone(shared), processors.clone());
    threads::spawn("second", move || {
        for job in jobs {
            let reply = carry_out(job, &shared, &watched);
            watched[1].set_used(false);
            let badly = !matches!(reply, Ok(Ended::Done | Ended::Stopped));
            if ended.send(reply).is_err() {
                return;
            }
            // Nothing else ends the first processor's run if it waits for the second one in a loop.
            if badly {
                watched[0].interrupt();
            }
        }
    })?;
    Ok(Channels { orders, replies })
}

fn gone() -> Trouble {
    Cannot::OrderSecond.into()
}

fn carry_out(job: Job, shared: &Shared, [first, watched]: &[Arc<Watched>; 2]) -> Result<Ended, Trouble> {
    let Job { order, platform, vcpu } = job;
    let mut vcpu = vcpu.as_deref().map(lock);
    let mut second = vcpu.as_deref_mut().map(|vcpu| Second { vcpu, platform: &platform, stop: &shared.stop, watched });
    match (order, second.as_mut()) {
        (Order::Send(count), Some(second)) => second.send(count),
        (Order::RunPeer(source), Some(second)) => second.run_peer(source),
        (Order::RaiseOnHalt(source), second) => {
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
    // Asleep at two looks without a moment awake between them.
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
