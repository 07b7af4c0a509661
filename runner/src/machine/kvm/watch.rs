//! Sees from outside whether a processor sleeps for good or hangs.
//!
//! A processor in KVM_RUN is left alone: KVM looks for events whenever it is entered, so a signal or an ioctl would hide a
//! wake-up or a kick that KVM lost. A thread of its own looks at what the kernel tells of the processor's thread instead, and
//! interrupts that only once the run is decided.
//!
//! No decision rests on time that other programs took: a processor sleeps if its thread waits in HLT, which a thread that
//! merely is not scheduled does not, and it hangs once it has used so much processor time.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::stats::SleepWatch;
use super::sys;
use super::task::Task;
use super::timing::Timing;
use crate::machine::Trouble;

/// Looks without anybody in KVM_RUN after which the thread waits to be told of the next run.
const IDLE_LOOKS: u32 = 200;
/// Processor time that counts for one look, as a multiple of the time between two. More passed unseen: this machine was
/// stopped, or is itself a guest that was not given its processor.
const MOST_PER_LOOK: u32 = 8;
/// A run that is neither asleep nor out of its processor time after so many times its limit was not given any.
const STARVED: u32 = 120;

/// What was decided of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It sleeps, and nobody is left to wake it.
    Asleep,
    /// It used up its processor time.
    Spent,
    /// It was given so much processor time in so much time, which decides nothing.
    Starved {
        /// What it was given.
        given: Duration,
        /// How long it took.
        took: Duration,
    },
}

/// Who will wake a processor once it sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waker {
    /// Nobody, or another processor.
    Nobody,
    /// The processor's own thread, which must be interrupted for that.
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

/// One processor, as the thread that runs it and the watching thread see it.
pub(super) struct Watched {
    watcher: Arc<Watcher>,
    /// The number of the run under way; 0 if there is none.
    run: AtomicU64,
    /// Runs begun so far.
    runs: AtomicU64,
    /// The thread that runs it.
    thread: AtomicI32,
    waker: AtomicU8,
    /// Somebody runs it, or is about to.
    pub(super) engaged: AtomicBool,
    /// The number of the run that has slept long enough to count as asleep; 0 if none has.
    asleep: AtomicU64,
    sleep: Mutex<Option<SleepWatch>>,
    /// What was decided of the run with this number.
    decision: Mutex<Option<(u64, Decision)>>,
}

impl Watched {
    fn new(watcher: &Arc<Watcher>) -> Self {
        Self {
            watcher: Arc::clone(watcher),
            run: AtomicU64::new(0),
            runs: AtomicU64::new(0),
            thread: AtomicI32::new(0),
            waker: AtomicU8::new(Waker::Nobody as u8),
            engaged: AtomicBool::new(false),
            asleep: AtomicU64::new(0),
            sleep: Mutex::new(None),
            decision: Mutex::new(None),
        }
    }

    /// Begins a run of it by this thread; `sleep` tells whether the processor sleeps in HLT, where KVM says so.
    pub(super) fn begin(self: &Arc<Self>, sleep: Option<SleepWatch>) -> Run {
        *lock(&self.sleep) = sleep;
        self.thread.store(sys::thread_id(), Ordering::SeqCst);
        let number = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
        self.run.store(number, Ordering::SeqCst);
        if self.watcher.waits.load(Ordering::SeqCst) {
            self.watcher.tell();
        }
        Run { watched: Arc::clone(self), number }
    }

    /// Says who wakes the processor once it sleeps.
    pub(super) fn set_waker(&self, waker: Waker) {
        self.waker.store(waker as u8, Ordering::SeqCst);
    }

    /// Whether the processor sleeps, and has for a while.
    pub(super) fn is_asleep(&self) -> bool {
        let run = self.run.load(Ordering::SeqCst);
        run != 0 && self.asleep.load(Ordering::SeqCst) == run
    }

    /// Whether the processor's thread waits in HLT at this moment.
    pub(super) fn sleeps_now(&self) -> bool {
        self.run.load(Ordering::SeqCst) != 0 && self.waits(self.task())
    }

    /// The thread that runs it, or ran it last.
    pub(super) fn task(&self) -> Task {
        Task(self.thread.load(Ordering::SeqCst))
    }

    /// Interrupts the thread that runs it, if a run is under way.
    pub(super) fn interrupt(&self) {
        let _held = lock(&self.decision);
        if self.run.load(Ordering::SeqCst) != 0 {
            sys::ring(self.thread.load(Ordering::SeqCst));
        }
    }

    /// A task that waits and is not about to run: with its wake-up on the way it would be runnable. What else a task can wait
    /// for in KVM_RUN is over soon; where KVM has the statistic `blocking`, it tells HLT from that.
    fn waits(&self, task: Task) -> bool {
        task.is_waiting() && lock(&self.sleep).as_ref().is_none_or(SleepWatch::is_asleep)
    }

    fn decide(&self, run: u64, decision: Decision) {
        let mut decided = lock(&self.decision);
        if self.run.load(Ordering::SeqCst) == run && decided.is_none_or(|(of, _)| of != run) {
            *decided = Some((run, decision));
            sys::ring(self.thread.load(Ordering::SeqCst));
        }
    }
}

/// A run under way; it ends when this is dropped.
pub(super) struct Run {
    watched: Arc<Watched>,
    number: u64,
}

impl Run {
    /// What was decided of it; none as long as nothing is.
    pub(super) fn decision(&self) -> Option<Decision> {
        lock(&self.watched.decision).filter(|(run, _)| *run == self.number).map(|(_, decision)| decision)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Held, so that no decision about this run interrupts what the thread does next.
        let _held = lock(&self.watched.decision);
        // A new run may have begun already.
        if self.watched.run.compare_exchange(self.number, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            // Its file holds the virtual machine.
            lock(&self.watched.sleep).take();
        }
    }
}

/// How the watching thread is reached.
struct Watcher {
    timing: Mutex<Timing>,
    /// It waits to be told of a run.
    waits: AtomicBool,
    ended: AtomicBool,
    told: Mutex<()>,
    wake: Condvar,
}

impl Watcher {
    fn tell(&self) {
        let _held = lock(&self.told);
        self.wake.notify_one();
    }
}

/// The handle on the watching thread.
pub(super) struct Watch {
    watcher: Arc<Watcher>,
    processors: [Arc<Watched>; 2],
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts it.
    pub(super) fn start(timing: Timing) -> Result<Self, Trouble> {
        Task(sys::thread_id()).can_be_seen()?;
        let watcher = Arc::new(Watcher {
            timing: Mutex::new(timing),
            waits: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            told: Mutex::new(()),
            wake: Condvar::new(),
        });
        let processors = [(); 2].map(|()| Arc::new(Watched::new(&watcher)));
        let (its, watched) = (Arc::clone(&watcher), processors.clone());
        let thread = thread::Builder::new()
            .name(super::thread_name("watch"))
            .spawn(move || watch(&its, &watched))
            .map_err(|error| Trouble::new("starting a thread", format!("{error}; raise `ulimit -u`")))?;
        Ok(Self { watcher, processors, thread: Some(thread) })
    }

    /// Both processors.
    pub(super) fn processors(&self) -> [Arc<Watched>; 2] {
        self.processors.clone()
    }

    /// The first processor.
    pub(super) fn first(&self) -> &Arc<Watched> {
        &self.processors[0]
    }

    /// The second processor.
    pub(super) fn second(&self) -> &Arc<Watched> {
        &self.processors[1]
    }

    /// Changes how long things take, from the next look on.
    pub(super) fn set_timing(&self, timing: Timing) {
        *lock(&self.watcher.timing) = timing;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.watcher.ended.store(true, Ordering::SeqCst);
        self.watcher.tell();
        if let Some(thread) = self.thread.take() {
            // A panic there was printed; there is nobody here to tell.
            let _ = thread.join();
        }
    }
}

/// What the watching thread keeps in mind of a processor's run.
#[derive(Default)]
struct Seen {
    run: u64,
    began: Option<Instant>,
    /// The thread's processor time at the last look.
    clock: Duration,
    /// What the run was given since it was first seen.
    given: Duration,
    /// Since when it sleeps, and for how long by the last look: what passes between that and the decision counts for nothing.
    asleep: Option<Instant>,
    slept: Duration,
}

impl Seen {
    /// Looks at a processor; false if no run is under way, or it was not there at the last look.
    fn look(&mut self, watched: &Watched, timing: Timing) -> bool {
        let at = Instant::now();
        let run = watched.run.load(Ordering::SeqCst);
        let task = watched.task();
        let known = run != 0 && run == self.run;
        if !known {
            *self = Seen { run, began: Some(at), ..Seen::default() };
            if run != 0 {
                self.clock = task.processor_time();
            }
            watched.asleep.store(0, Ordering::SeqCst);
            return false;
        }
        let now = task.processor_time();
        let ran = now.saturating_sub(self.clock);
        self.clock = now;
        self.given += ran.min(timing.look() * MOST_PER_LOOK);
        if !ran.is_zero() || !watched.waits(task) {
            self.asleep = None;
        } else if self.asleep.is_none() {
            self.asleep = Some(at);
        }
        self.slept = self.asleep.map_or(Duration::ZERO, |since| at.saturating_duration_since(since));
        watched.asleep.store(if self.has_slept(timing.settle) { run } else { 0 }, Ordering::SeqCst);
        true
    }

    fn has_slept(&self, time: Duration) -> bool {
        self.asleep.is_some() && self.slept >= time
    }

    fn late(&self, timing: Timing) -> Option<Decision> {
        let took = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        if self.given > timing.limit {
            return Some(Decision::Spent);
        }
        (took > starved_after(timing)).then_some(Decision::Starved { given: self.given, took })
    }
}

/// How long a run may take however little it is given.
pub(super) fn starved_after(timing: Timing) -> Duration {
    timing.limit.max(Duration::from_millis(500)) * STARVED
}

fn watch(watcher: &Watcher, [first, second]: &[Arc<Watched>; 2]) {
    let (mut one, mut two) = (Seen::default(), Seen::default());
    let mut idle = 0;
    while !watcher.ended.load(Ordering::SeqCst) {
        let timing = *lock(&watcher.timing);
        thread::sleep(timing.look());
        // Who could wake the first one is looked at before it: a wake-up sent until then shows in the look at it.
        let waker = Waker::from_number(first.waker.load(Ordering::SeqCst));
        let engaged = second.engaged.load(Ordering::SeqCst);
        let second_runs = two.look(second, timing);
        let first_runs = one.look(first, timing);
        idle = if one.run == 0 && two.run == 0 { idle + 1 } else { 0 };
        if idle > IDLE_LOOKS {
            wait_for_run(watcher, [first, second]);
            idle = 0;
        }
        if second_runs && let Some(decision) = two.late(timing) {
            second.decide(two.run, decision);
        }
        if !first_runs {
            continue;
        }
        if waker == Waker::OtherThread {
            // What comes after its wake-up counts.
            one.asleep = None;
        }
        let alone = !engaged || second.is_asleep();
        let decision = match waker {
            Waker::OwnThread if one.asleep.is_some() => Some(Decision::Asleep),
            Waker::Nobody if one.has_slept(timing.settle) && alone => Some(Decision::Asleep),
            _ => one.late(timing),
        };
        if let Some(decision) = decision {
            first.decide(one.run, decision);
        }
    }
}

/// Waits until somebody begins a run.
fn wait_for_run(watcher: &Watcher, processors: [&Arc<Watched>; 2]) {
    let mut held = lock(&watcher.told);
    watcher.waits.store(true, Ordering::SeqCst);
    let nobody = || processors.iter().all(|watched| watched.run.load(Ordering::SeqCst) == 0);
    while nobody() && !watcher.ended.load(Ordering::SeqCst) {
        held = watcher.wake.wait(held).unwrap_or_else(PoisonError::into_inner);
    }
    watcher.waits.store(false, Ordering::SeqCst);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
