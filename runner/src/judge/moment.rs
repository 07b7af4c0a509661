//! Moments of a run as findings name them: how it stopped, a mark, and what a mark recorded.

use guests::abi::FrameKind;
use guests::{Guest, vector};
use reports::{Moment, Record};

use super::exit::Exit;
use super::place::place;
use super::vmx_exit::VmxExit;
use crate::execute::{Mark, Stop};

/// How a run stopped.
pub fn end_of(guest: &Guest, stop: &Stop) -> Moment {
    match *stop {
        Stop::Done => Moment::Done,
        Stop::Halted { .. } => Moment::Halted,
        Stop::WakeLost { cpu, .. } => Moment::WakeLost { cpu },
        Stop::Hang { cpu, ref registers } => Moment::Hang { cpu, at: place(guest, registers.rip) },
        Stop::Endless { exits, ref registers } => Moment::Endless { exits, at: place(guest, registers.rip) },
        Stop::Shutdown { cpu, .. } => Moment::Shutdown { cpu },
        Stop::Fault { cpu, vector, error, rip, .. } => {
            Moment::Fault { cpu, exception: vector::title(vector), error, at: place(guest, rip) }
        }
        Stop::Overflow { reserved } => Moment::Overflow { records: reserved },
    }
}

/// A mark, by its name.
pub(super) fn mark_of(mark: &Mark) -> Moment {
    Moment::Mark { name: mark.name.clone(), cpu: mark.cpu }
}

/// The slots of a record of this kind, with 0 for what the manuals leave undefined; `None` if it has none.
pub fn kept(frame: FrameKind, slots: [u64; 6]) -> Option<[u64; 6]> {
    match frame {
        FrameKind::None => None,
        FrameKind::Interrupt | FrameKind::Error => Some(slots),
        FrameKind::Exit => Some(Exit::of(slots).defined()),
        FrameKind::VmcsExit => Some(VmxExit::of(slots).defined()),
    }
}

/// All that a mark recorded.
pub(super) fn record_of(guest: &Guest, mark: &Mark) -> Record {
    let [first, second, ..] = mark.stack;
    let (error, from) = match mark.frame {
        FrameKind::None => (None, None),
        FrameKind::Interrupt => (None, Some(first)),
        FrameKind::Error => (Some(first), Some(second)),
        FrameKind::Exit => (None, Some(Exit::of(mark.stack).rip)),
        FrameKind::VmcsExit => (None, Some(VmxExit::of(mark.stack).rip)),
    };
    Record {
        name: mark.name.clone(),
        cpu: mark.cpu,
        snap: mark.snap,
        rsp: mark.rsp,
        rflags: mark.rflags,
        error,
        from: from.map(|address| place(guest, address)),
        stack: kept(mark.frame, mark.stack).map(|slots| slots.to_vec()).unwrap_or_default(),
    }
}
