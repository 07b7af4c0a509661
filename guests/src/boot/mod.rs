//! Tables and registers with which a guest starts, per mode.
//!
//! [`write_tables`] puts descriptor tables, task-state segments and page tables into guest memory; [`start()`] gives the
//! initial registers of each processor. Both follow [`crate::map`] and the case's [`crate::Boot`].

mod check;
mod descriptor;
mod gate;
mod l2;
mod l2_labels;
mod paging;
mod start;
mod tables;
mod task;
mod vmcb;
mod vmcs;

pub use check::{BootProblem, check};
pub use gate::{GATE_PRESENT, HANDLED, idt_base, idt_base_of, idt_entry_size};
pub use l2::write_l2;
pub use l2_labels::L2Labels;
pub use paging::{entry_address, entry_size};
pub use start::start;
pub use tables::{Tables, write_tables};
pub use task::task_segment;
