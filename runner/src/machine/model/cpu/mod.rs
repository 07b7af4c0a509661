//! The processor that the rules sit in: state, memory, events and privileged transfers.

mod access;
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

pub(crate) use access::canonical;
pub(crate) use deliver::{Event, Source};
pub(crate) use descriptor::flat;
pub(crate) use fault::{Abort, Fault, Run};
pub(crate) use state::{CS, Cpu, DS, ES, FS, GS, RSP, Regs, SS, SmmSave};

use super::chips::Bus;
use super::rules::Rules;

/// A processor at work: its state, what it can reach, and the rules it follows.
pub(crate) struct Core<'a> {
    pub cpu: &'a mut Cpu,
    pub bus: &'a mut Bus,
    pub rules: Rules,
}
