//! Finds out from another thread whether a processor sleeps for good or hangs.
//!
//! A processor in KVM_RUN must not be disturbed: KVM checks for events whenever KVM_RUN is entered, so a signal or an ioctl
//! would hide a wake-up or an interprocessor interrupt that KVM lost. Instead the watching thread reads what the kernel tells
//! of the processor's thread, and interrupts it only once the run is decided.
//!
//! No decision depends on the load of the host: a processor sleeps if its thread waits in HLT, which a thread that is only not
//! scheduled does not, and it hangs if it has used a certain amount of processor time.

mod look;
mod task;
mod thread;
mod timing;
mod wakeup;
mod watched;

#[cfg(test)]
pub(super) use task::Task;
pub(super) use thread::Watch;
pub use timing::Timing;
pub(super) use timing::starved_after;
pub(super) use watched::{Decision, Run, Waker, Watched};
