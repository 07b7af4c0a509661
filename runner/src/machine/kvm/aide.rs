//! A second thread: it runs the second processor, and raises NMIs while the first one sleeps.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::cpu::Cpu;
use super::raise;
use super::second::Second;
use super::vm::Vm;
use super::watch::{Waker, Watched};
use crate::machine::{ExitKind, Trouble};
use crate::terms::Path;

/// How often the aide looks whether the first processor sleeps.
const LOOK: Duration = Duration::from_micros(30);
/// How long the aide may take to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the aide is to do.
pub(super) enum Order {
    /// Let the sender run until it has sent this many more interrupts.
    Send(u8),
    /// Let the case's own second processor run; its NMIs are raised by this path.
    Free(Path),
    /// Raise one NMI by this path to the first processor once that sleeps.
    Alarm(Path),
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finished {
    /// As ordered.
    Done,
    /// The second processor stopped for another reason.
    Exit(ExitKind),
    /// The first thread asked to stop.
    Stopped,
}

/// An order and what it is about.
pub(super) struct Job {
    pub(super) order: Order,
    pub(super) vm: Arc<Vm>,
    pub(super) cpu: Option<Arc<Mutex<Cpu>>>,
}

/// What both threads see.
#[derive(Default)]
pub(super) struct Shared {
    /// The aide shall stop.
    pub(super) stop: AtomicBool,
    /// The alarm saw the first processor asleep, and raises.
    pub(super) fired: AtomicBool,
}

/// The first thread's handle on the aide.
pub(super) struct Aide {
    orders: mpsc::Sender<Job>,
    replies: Receiver<Result<Finished, Trouble>>,
    pub(super) shared: Arc<Shared>,
    processors: [Arc<Watched>; 2],
    busy: bool,
}

impl Aide {
    pub(super) fn start(processors: [Arc<Watched>; 2]) -> Result<Self, Trouble> {
        let (orders, inbox) = mpsc::channel::<Job>();
        let (outbox, replies) = mpsc::channel();
        let shared = Arc::new(Shared::default());
        let (theirs, watched) = (Arc::clone(&shared), processors.clone());
        thread::Builder::new()
            .name(super::thread_name("second"))
            .spawn(move || {
                for job in inbox {
                    let ended = work(job, &theirs, &watched);
                    watched[1].engaged.store(false, Ordering::SeqCst);
                    let badly = !matches!(ended, Ok(Finished::Done | Finished::Stopped));
                    if outbox.send(ended).is_err() {
                        return;
                    }
                    // Nothing else ends the first processor's run if it waits for the second one in a loop.
                    if badly {
                        watched[0].interrupt();
                    }
                }
            })
            .map_err(|error| Trouble::new("starting a thread", format!("{error}; raise `ulimit -u`")))?;
        Ok(Self { orders, replies, shared, processors, busy: false })
    }

    /// Whether an order was given and its end not yet seen.
    pub(super) fn is_busy(&self) -> bool {
        self.busy
    }

    /// Gives an order; every order gets one reply.
    pub(super) fn give(&mut self, job: Job) -> Result<(), Trouble> {
        self.shared.stop.store(false, Ordering::SeqCst);
        self.shared.fired.store(false, Ordering::SeqCst);
        self.processors[1].engaged.store(matches!(job.order, Order::Free(_)), Ordering::SeqCst);
        self.orders.send(job).map_err(|_| gone())?;
        self.busy = true;
        Ok(())
    }

    /// The reply, if it comes in time.
    pub(super) fn wait(&mut self, time: Duration) -> Option<Result<Finished, Trouble>> {
        if !self.busy {
            return None;
        }
        let reply = match self.replies.recv_timeout(time) {
            Ok(reply) => reply,
            Err(RecvTimeoutError::Timeout) => return None,
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        };
        self.busy = false;
        Some(reply)
    }

    /// Stops the order under way; none if there is none.
    pub(super) fn stop(&mut self) -> Option<Result<Finished, Trouble>> {
        let began = Instant::now();
        // An alarm that raises already is let end: stopped behind its ICR write, the sender would owe one interrupt.
        if self.shared.fired.load(Ordering::SeqCst)
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
                return Some(Err(Trouble::new("stopping the second processor", "KVM_RUN does not return on a signal")));
            }
        }
        None
    }
}

impl Drop for Aide {
    fn drop(&mut self) {
        // With its inbox closed the thread ends by itself after the order under way.
        let _ = self.stop();
    }
}

fn gone() -> Trouble {
    Trouble::new("the second processor's thread", "it ended early; this is a bug of the runner")
}

fn work(job: Job, shared: &Shared, processors: &[Arc<Watched>; 2]) -> Result<Finished, Trouble> {
    let Job { order, vm, cpu } = job;
    let [first, watched] = processors;
    let mut guard = cpu.as_ref().map(|cpu| cpu.lock().unwrap_or_else(PoisonError::into_inner));
    let mut second = guard.as_deref_mut().map(|cpu| Second { cpu, vm: &vm, shared, watched });
    match (order, second.as_mut()) {
        (Order::Send(count), Some(second)) => second.send(count),
        (Order::Free(path), Some(second)) => second.free(path),
        (Order::Alarm(path), second) => {
            if !wait_for_sleep(first, shared) {
                return Ok(Finished::Stopped);
            }
            shared.fired.store(true, Ordering::SeqCst);
            let raised = match (path, second) {
                (Path::Ipi, Some(second)) => second.send(1),
                _ => raise::from_outside(&vm, path, 0).map(|()| Finished::Done),
            };
            first.set_waker(Waker::Nobody);
            raised
        }
        _ => Err(Trouble::new("the second processor", "this guest has none; give its program a `peer` or a sender")),
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
