//! Sees from outside whether a processor sleeps for good or hangs.
//!
//! A processor in KVM_RUN is left alone: KVM looks for events whenever it is entered, so a signal or an ioctl would hide a
//! wake-up or a interprocessor interrupt that KVM lost. A thread of its own looks at what the kernel tells of the processor's thread instead, and
//! interrupts that only once the run is decided.
//!
//! No decision rests on time that other programs took: a processor sleeps if its thread waits in HLT, which a thread that
//! merely is not scheduled does not, and it hangs once it has used so much processor time.

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
