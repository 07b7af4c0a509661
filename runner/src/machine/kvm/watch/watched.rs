//! The state of one processor that the thread that runs it and the watching thread share.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::syscalls;
use super::super::vcpu::SleepFlag;
use super::task::Task;
use super::wakeup::{Wakeup, lock};

/// What was decided of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It sleeps, and nothing is left that could wake it.
    Asleep,
    /// It used up its processor time.
    Spent,
    /// It was given too little processor time to decide anything.
    Starved {
        /// Processor time that it was given.
        given: Duration,
        /// Wall-clock time that it took.
        took: Duration,
    },
}

/// Who will wake a processor once it sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waker {
    /// Nothing, or another processor.
    Nobody,
    /// The processor's own thread, which must be interrupted to do it.
    OwnThread,
    /// Another thread, which has not done so yet.
    OtherThread,
}

impl Waker {
    fn from_number(number: u8) -> Self {
        match number {
            1 => Self::OwnThread,
            2 => Self::OtherThread,
            _ => Self::Nobody,
        }
    }
}

/// The state of one processor that the thread that runs it and the watching thread share.
pub(crate) struct Watched {
    wakeup: Arc<Wakeup>,
    /// The number of the current run; 0 if there is none.
    run: AtomicU64,
    /// Runs begun so far.
    runs: AtomicU64,
    /// The thread that runs it.
    thread: AtomicI32,
    waker: AtomicU8,
    /// A thread runs it or is about to.
    used: AtomicBool,
    /// The number of the run that has slept long enough to count as asleep; 0 if none has.
    asleep: AtomicU64,
    sleep: Mutex<Option<SleepFlag>>,
    /// What was decided of the run with this number.
    decision: Mutex<Option<(u64, Decision)>>,
}

impl Watched {
    pub(super) fn new(wakeup: &Arc<Wakeup>) -> Self {
        Self {
            wakeup: Arc::clone(wakeup),
            run: AtomicU64::new(0),
            runs: AtomicU64::new(0),
            thread: AtomicI32::new(0),
            waker: AtomicU8::new(Waker::Nobody as u8),
            used: AtomicBool::new(false),
            asleep: AtomicU64::new(0),
            sleep: Mutex::new(None),
            decision: Mutex::new(None),
        }
    }

    /// Begins a run by this thread; `sleep` is the statistic that shows HLT, if KVM has it.
    pub(crate) fn begin(self: &Arc<Self>, sleep: Option<SleepFlag>) -> Run {
        *lock(&self.sleep) = sleep;
        self.thread.store(syscalls::thread_id(), Ordering::SeqCst);
        let number = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
        self.run.store(number, Ordering::SeqCst);
        self.wakeup.tell_if_waiting();
        Run { watched: Arc::clone(self), number }
    }

    /// Sets who will wake the processor once it sleeps.
    pub(crate) fn set_waker(&self, waker: Waker) {
        self.waker.store(waker as u8, Ordering::SeqCst);
    }

    /// Sets whether a thread runs the processor or is about to.
    pub(crate) fn set_used(&self, used: bool) {
        self.used.store(used, Ordering::SeqCst);
    }

    /// Whether a thread runs the processor or is about to.
    pub(super) fn is_used(&self) -> bool {
        self.used.load(Ordering::SeqCst)
    }

    /// Who will wake the processor once it sleeps.
    pub(super) fn waker(&self) -> Waker {
        Waker::from_number(self.waker.load(Ordering::SeqCst))
    }

    /// The number of the current run; 0 if there is none.
    pub(super) fn run(&self) -> u64 {
        self.run.load(Ordering::SeqCst)
    }

    /// Notes that the processor has slept for a while in the run with this number; 0 if it has not.
    pub(super) fn set_asleep(&self, run: u64) {
        self.asleep.store(run, Ordering::SeqCst);
    }

    /// Whether the processor sleeps, and has for a while.
    pub(crate) fn is_asleep(&self) -> bool {
        let run = self.run();
        run != 0 && self.asleep.load(Ordering::SeqCst) == run
    }

    /// Whether the processor's thread waits in HLT at this moment.
    pub(crate) fn sleeps_now(&self) -> bool {
        self.run() != 0 && self.waits(self.task())
    }

    /// The thread that runs it or ran it last.
    pub(crate) fn task(&self) -> Task {
        Task(self.thread.load(Ordering::SeqCst))
    }

    /// Interrupts the thread that runs it, during a run.
    pub(crate) fn interrupt(&self) {
        let _held = lock(&self.decision);
        if self.run.load(Ordering::SeqCst) != 0 {
            syscalls::interrupt(self.thread.load(Ordering::SeqCst));
        }
    }

    /// Whether the thread waits in HLT: with a wake-up on the way it would be runnable. Any other wait in KVM_RUN is short; the
    /// statistic `blocking`, if KVM has it, tells HLT from such a wait.
    pub(super) fn waits(&self, task: Task) -> bool {
        task.is_waiting() && lock(&self.sleep).as_ref().is_none_or(SleepFlag::is_asleep)
    }

    /// Decides a run and interrupts its thread, unless the run is over or decided already.
    pub(super) fn decide(&self, run: u64, decision: Decision) {
        let mut decided = lock(&self.decision);
        if self.run.load(Ordering::SeqCst) == run && decided.is_none_or(|(of, _)| of != run) {
            *decided = Some((run, decision));
            syscalls::interrupt(self.thread.load(Ordering::SeqCst));
        }
    }
}

/// A run in progress, which ends when this is dropped.
pub(crate) struct Run {
    watched: Arc<Watched>,
    number: u64,
}

impl Run {
    /// What was decided of it, if anything was yet.
    pub(crate) fn decision(&self) -> Option<Decision> {
        lock(&self.watched.decision).filter(|(run, _)| *run == self.number).map(|(_, decision)| decision)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Held, so that no decision about this run interrupts what the thread does next.
        let _held = lock(&self.watched.decision);
        // A new run may have begun already.
        if self.watched.run.compare_exchange(self.number, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            // Its file keeps the virtual machine alive.
            lock(&self.watched.sleep).take();
        }
    }
}
