//! The processor that the rules sit in: state, memory, events and privileged transfers.

mod access;
mod boundary;
mod debug;
mod deliver;
mod descriptor;
mod far;
mod fault;
pub(crate) mod flags;
mod gate;
mod iret;
mod paging;
mod stack;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use access::canonical;
pub(crate) use boundary::Taken;
pub(crate) use deliver::{Event, Source};
pub(crate) use descriptor::flat;
pub(crate) use fault::{Abort, Fault, Run};
pub(crate) use state::{CS, Cpu, DS, ES, FS, GS, Noted, RSP, Regs, SS, SmmSave};

use super::chips::Bus;
use super::choices::Choices;

/// A processor at work: its state, what it can reach, and what it chooses where the manuals leave something open.
pub(crate) struct Core<'a> {
    pub cpu: &'a mut Cpu,
    pub bus: &'a mut Bus,
    pub choices: &'a mut Choices,
}
