//! A processor: its state, memory accesses, delivery of events, and privileged transfers.

mod abort;
mod access;
mod boundary;
mod debug;
mod deliver;
mod descriptor;
mod event;
mod far;
mod fault;
pub(crate) mod flags;
mod gate;
mod iret;
mod paging;
mod registers;
mod stack;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use abort::{Abort, Run};
pub(crate) use access::mask;
pub(crate) use boundary::Taken;
pub(crate) use descriptor::{flat, rights};
pub(crate) use event::{Event, Source};
pub(crate) use fault::Fault;
pub(crate) use registers::Regs;
pub(crate) use state::{Cpu, Noted, SmmSave};

use super::chips::Bus;
use super::choices::Choices;

/// A processor with the bus and the choices that its steps use.
pub(crate) struct Core<'a> {
    pub cpu: &'a mut Cpu,
    pub bus: &'a mut Bus,
    pub choices: &'a mut Choices,
}
