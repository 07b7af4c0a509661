//! What a run of a case showed.

use std::collections::BTreeMap;

use guests::abi::FrameKind;

use crate::machine::Registers;
use crate::terms::Events;

/// What one run of one case showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// In order: the records of both processors, what the host saw, and what it did.
    pub seen: Vec<Seen>,
    /// How the run ended.
    pub stop: Stop,
    /// What the host saw at the end, if it looked.
    pub end_view: Option<Events>,
    /// The moments of host steps that were not carried out.
    pub left_out: Vec<String>,
    /// The machine's counters.
    pub statistics: BTreeMap<String, u64>,
}

impl Trace {
    /// The names of a processor's marks, in order.
    pub fn names(&self, cpu: u8) -> Vec<String> {
        let marks = self.seen.iter().filter_map(|seen| match seen {
            Seen::Mark(mark) if mark.cpu == cpu => Some(mark.name.clone()),
            _ => None,
        });
        marks.collect()
    }

    /// The index in `seen` of the processor's mark with this number, from 0; the length of `seen` if there is none.
    pub fn index_of_mark(&self, cpu: u8, number: usize) -> usize {
        let own = |(_, seen): &(usize, &Seen)| matches!(seen, Seen::Mark(mark) if mark.cpu == cpu);
        self.seen.iter().enumerate().filter(own).nth(number).map_or(self.seen.len(), |(index, _)| index)
    }
}

/// One thing seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A record of the guest.
    Mark(Mark),
    /// What KVM_GET_VCPU_EVENTS returned at an exit.
    View {
        /// Name of the snap, or the kind of another exit, such as `raise`.
        at: String,
        /// Which occurrence of that name, from 1.
        occurrence: u32,
        /// What the ioctl returned.
        events: Events,
    },
    /// What the host did.
    Did(HostAction),
}

/// One thing the host did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAction {
    /// In words: `raise 1 by ioctl`.
    pub words: String,
    /// Whether it raised NMIs.
    pub raises: bool,
    /// Linear address of the instruction at which it did so, if it is certain.
    pub at: Option<u64>,
}

/// A record of the guest, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Name of the mark or snap in the case.
    pub name: String,
    /// Which occurrence of that name on this processor, from 1.
    pub occurrence: u32,
    /// Processor that wrote it.
    pub cpu: u8,
    /// Whether it was a snap.
    pub snap: bool,
    /// Address of the instruction after the call that wrote it.
    pub site: u64,
    /// RSP.
    pub rsp: u64,
    /// RFLAGS.
    pub rflags: u64,
    /// What `stack` holds.
    pub frame: FrameKind,
    /// Stack slots from RSP upwards.
    pub stack: [u64; 6],
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// By `done`.
    Done,
    /// Halted for good.
    Halted {
        /// The processor's registers.
        registers: Registers,
    },
    /// Halted although an event was due: the wake-up was lost. Only a signal to the processor's thread showed it.
    WakeLost {
        /// Processor that stopped.
        cpu: u8,
        /// Registers of that processor.
        registers: Registers,
    },
    /// No exit until the limit of processor time.
    Hang {
        /// Processor that stopped.
        cpu: u8,
        /// Registers of that processor.
        registers: Registers,
    },
    /// More exits than a run may take.
    Endless {
        /// How many exits it took.
        exits: u32,
        /// The first processor's registers.
        registers: Registers,
    },
    /// Triple fault.
    Shutdown {
        /// Processor that stopped.
        cpu: u8,
        /// Its registers, as far as the machine keeps them.
        registers: Registers,
    },
    /// An exception that no handler of the case took.
    Fault {
        /// Processor that stopped.
        cpu: u8,
        /// Vector.
        vector: u8,
        /// Error code, if the vector pushes one in this mode.
        error: Option<u64>,
        /// Saved instruction pointer, as linear address.
        rip: u64,
        /// Registers at the exit.
        registers: Registers,
    },
    /// The guest wrote more records than the ring holds.
    Overflow {
        /// How many it reserved.
        reserved: u32,
    },
}
