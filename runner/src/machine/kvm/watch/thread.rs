//! The thread that watches, and the handle on it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::super::{syscalls, threads};
use super::look::Seen;
use super::task::Task;
use super::timing::Timing;
use super::wakeup::{Wakeup, lock};
use super::watched::{Decision, Waker, Watched};
use crate::machine::Trouble;

/// After this many looks without a run, the thread waits until one begins.
const IDLE_LOOKS: u32 = 200;

/// What the thread and its handle share.
struct State {
    timing: Mutex<Timing>,
    ended: AtomicBool,
    wakeup: Arc<Wakeup>,
}

/// The handle on the watching thread.
pub(crate) struct Watch {
    state: Arc<State>,
    processors: [Arc<Watched>; 2],
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts it.
    pub(crate) fn start(timing: Timing) -> Result<Self, Trouble> {
        Task(syscalls::thread_id()).can_be_seen()?;
        let state =
            Arc::new(State { timing: Mutex::new(timing), ended: AtomicBool::new(false), wakeup: Arc::default() });
        let processors = [(); 2].map(|()| Arc::new(Watched::new(&state.wakeup)));
        let (its, watched) = (Arc::clone(&state), processors.clone());
        let thread = threads::spawn("watch", move || watch(&its, &watched))?;
        Ok(Self { state, processors, thread: Some(thread) })
    }

    /// Both processors.
    pub(crate) fn processors(&self) -> [Arc<Watched>; 2] {
        self.processors.clone()
    }

    /// The first processor.
    pub(crate) fn first(&self) -> &Arc<Watched> {
        &self.processors[0]
    }

    /// The second processor.
    pub(crate) fn second(&self) -> &Arc<Watched> {
        &self.processors[1]
    }

    /// Changes how long things take, from the next look on.
    pub(crate) fn set_timing(&self, timing: Timing) {
        *lock(&self.state.timing) = timing;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        self.state.wakeup.tell();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed already.
            let _ = thread.join();
        }
    }
}

fn watch(state: &State, [first, second]: &[Arc<Watched>; 2]) {
    let (mut one, mut two) = (Seen::default(), Seen::default());
    let mut idle = 0;
    while !state.ended.load(Ordering::SeqCst) {
        let timing = *lock(&state.timing);
        thread::sleep(timing.look());
        // The waker and the second processor are read before the first processor is looked at: a wake-up that they sent until
        // then shows in that look.
        let waker = first.waker();
        let second_used = second.is_used();
        let second_runs = two.look(second, timing);
        let first_runs = one.look(first, timing);
        idle = if one.run == 0 && two.run == 0 { idle + 1 } else { 0 };
        if idle > IDLE_LOOKS {
            let nobody_runs = || first.run() == 0 && second.run() == 0;
            state.wakeup.wait_while(|| nobody_runs() && !state.ended.load(Ordering::SeqCst));
            idle = 0;
        }
        if second_runs && let Some(decision) = two.late(timing) {
            second.decide(two.run, decision);
        }
        if !first_runs {
            continue;
        }
        if waker == Waker::OtherThread {
            // Only sleep after the wake-up counts.
            one.forget_sleep();
        }
        let alone = !second_used || second.is_asleep();
        let decision = match waker {
            Waker::OwnThread if one.sleeps() => Some(Decision::Asleep),
            Waker::Nobody if one.has_slept(timing.settle) && alone => Some(Decision::Asleep),
            _ => one.late(timing),
        };
        if let Some(decision) = decision {
            first.decide(one.run, decision);
        }
    }
}
