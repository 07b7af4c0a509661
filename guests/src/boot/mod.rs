//! Tables and registers with which a guest starts, per mode.
//!
//! [`write_tables`] puts descriptor tables, task-state segments and page tables into guest memory; [`start()`] says what
//! each processor's registers hold. Both follow [`crate::map`] and the case's [`crate::Boot`].

mod check;
mod descriptor;
mod gate;
mod paging;
mod register;
mod start;
mod tables;
mod task;

pub use check::check;
pub use descriptor::Descriptor;
pub use gate::{GateDescriptor, HANDLED, idt_base, idt_entry_size};
pub use paging::{PageEntry, entry_address, entry_size};
pub use register::{Cr0, Cr4, Efer, RFLAGS_FIXED};
pub use start::start;
pub use tables::{Tables, write_tables};
pub use task::task_segment;
