//! Machines: what a guest can run on, behind one trait.

pub mod compared;
mod exit;

pub mod faulty;
mod hooks;
pub mod jitter;
pub mod kvm;
pub mod model;
pub mod mutants;

use std::collections::BTreeMap;
use std::sync::Arc;

use guests::{Guest, Mode};

pub use exit::{Exit, Registers};
pub use reports::{
    At, Cannot, ExitKind, Harness, HostAct, Lack, NoEntry, NoMemory, NoRaise, NoTurn, Returned, Trouble, Unmodelled,
    UnmodelledMode,
};

use crate::terms::{Events, EventsChange, Need, Path, Vendor};

/// How many exits a processor may take in a run: a guest that exits in an endless loop never reaches the time limit.
pub(crate) const MOST_EXITS: u32 = 10_000;

/// A machine that runs one guest at a time and is reset between trials.
pub trait Machine {
    /// The name in trial names: `kvm`, `model:amd`, ...
    fn name(&self) -> &str;

    /// The vendor whose manual this machine should follow.
    fn vendor(&self) -> Vendor;

    /// What this machine lacks of `need`; `None` if it has it.
    fn lacks(&self, need: Need) -> Option<Lack>;

    /// What this machine lacks to run guests in `mode`; `None` if it can.
    fn lacks_mode(&self, mode: Mode) -> Option<Lack> {
        let _ = mode;
        None
    }

    /// Resets the machine to the guest's start. NMIs will be raised by `path`.
    fn load(&mut self, guest: &Arc<Guest>, path: Path) -> Result<Box<dyn Session + '_>, Trouble>;

    /// Makes the next load take a way that was not taken yet, of those that the manuals allow.
    fn next_way(&mut self) -> Way {
        Way::Fixed
    }
}

/// Whether a machine has another way to take where the manuals leave behaviour open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Yes, and the next load takes it.
    Another,
    /// No, all were taken.
    Last,
    /// It does not let anyone choose.
    Fixed,
}

/// A loaded guest, until the next is loaded.
///
/// A trial runs it until an exit that ends it, with host actions on the first processor in between.
pub trait Session {
    /// Runs the guest until its next exit to the host program.
    fn run(&mut self) -> Result<Exit, Trouble>;

    /// Makes `count` NMIs pending by the loaded path, all before the guest's next instruction.
    fn raise(&mut self, count: u8) -> Result<(), Trouble>;

    /// Raises one NMI by the loaded path once the first processor has halted, during a later [`Session::run`].
    fn arm(&mut self) -> Result<(), Trouble>;

    /// Makes an external interrupt pending.
    fn interrupt(&mut self, vector: u8) -> Result<(), Trouble>;

    /// Makes a system-management interrupt pending.
    fn smi(&mut self) -> Result<(), Trouble>;

    /// The events of the first processor, as KVM_GET_VCPU_EVENTS returns them.
    fn events(&mut self) -> Result<Events, Trouble>;

    /// Changes events of the first processor, as KVM_GET_VCPU_EVENTS followed by KVM_SET_VCPU_EVENTS does. Fields that are not
    /// changed are not written back, where a flag can say so; an empty change writes back everything.
    fn set_events(&mut self, change: EventsChange) -> Result<(), Trouble>;

    /// Saves all state and restores it into a fresh virtual machine, on which the guest continues.
    fn migrate(&mut self) -> Result<(), Trouble>;

    /// Sets the breakpoints: the guest stops before the instructions at these addresses (at most four) until they are changed.
    fn set_breakpoints(&mut self, addresses: &[u64]) -> Result<(), Trouble>;

    /// A processor's registers, by the manuals' names.
    fn registers(&mut self, cpu: u8) -> Result<Registers, Trouble>;

    /// Reads guest-physical memory.
    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Trouble>;

    /// Writes guest-physical memory.
    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Trouble>;

    /// Counters since `load` (`exits`, `nmi_injections`, `nmi_window_exits`), where the machine has them.
    fn statistics(&mut self) -> BTreeMap<String, u64>;
}
