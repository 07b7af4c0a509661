use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Wakes the watching thread when a run begins after a time without any.
#[derive(Default)]
pub(super) struct Wakeup {
    /// The thread waits to be told.
    waits: AtomicBool,
    told: Mutex<()>,
    wake: Condvar,
}

impl Wakeup {
    /// Tells the thread, if it waits.
    pub(super) fn tell_if_waiting(&self) {
        if self.waits.load(Ordering::SeqCst) {
            self.tell();
        }
    }

    /// Tells the thread.
    pub(super) fn tell(&self) {
        let _held = lock(&self.told);
        self.wake.notify_one();
    }

    /// Waits to be told, as long as `idle` holds.
    pub(super) fn wait_while(&self, idle: impl Fn() -> bool) {
        let mut held = lock(&self.told);
        self.waits.store(true, Ordering::SeqCst);
        while idle() {
            held = self.wake.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        self.waits.store(false, Ordering::SeqCst);
    }
}

/// Locks, also if a thread panicked with the lock: what these locks guard is consistent at any time.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
