//! All unsafe code: the memory slot, a few ioctls without a safe wrapper, and threads and their signals.
#![expect(unsafe_code, reason = "the one place for unsafe code; each block says why it is sound")]

mod entry;
mod ioctls;
mod memory;
mod signal;
mod threads;

pub(super) use entry::{complete, run};
#[cfg(test)]
pub(super) use ioctls::read_ioapic_entry;
pub(super) use ioctls::{set_ioapic_entry, set_xsave, statistics_file};
pub(super) use memory::{clear_memory, unmap_memory};
pub use memory::{map_memory, new_memory};
pub(super) use signal::{interrupt, take_interruption};
pub(super) use threads::{processor_time, thread_id};
