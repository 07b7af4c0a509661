use reports::{Divergence, Outcome};

use super::place::register_lines;
use crate::execute::Stop;

/// Where a run stopped: the instruction's address, and the registers. Neither where it stopped as it was asked to.
pub(super) fn stop_place(stop: &Stop) -> (Option<u64>, Vec<String>) {
    match stop {
        Stop::Done | Stop::Overflow { .. } => (None, Vec::new()),
        Stop::Fault { rip, registers, .. } => (Some(*rip), register_lines(registers)),
        Stop::Halted { registers }
        | Stop::WakeLost { registers, .. }
        | Stop::Hang { registers, .. }
        | Stop::Endless { registers, .. }
        | Stop::Shutdown { registers, .. } => (Some(registers.rip), register_lines(registers)),
    }
}

/// The outcome of a run that stopped so although something else was wanted, in whichever pass that was.
pub(super) fn stopped(stop: &Stop, divergence: Divergence) -> Outcome {
    match stop {
        Stop::Hang { .. } | Stop::Endless { .. } => Outcome::Hang(divergence),
        Stop::Shutdown { .. } => Outcome::Shutdown(divergence),
        Stop::Fault { .. } => Outcome::GuestFault(divergence),
        Stop::Done | Stop::Halted { .. } | Stop::WakeLost { .. } | Stop::Overflow { .. } => {
            Outcome::Mismatch(divergence)
        }
    }
}
