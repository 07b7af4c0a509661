use reports::{Divergence, Outcome};

use super::place::register_lines;
use crate::execute::Stop;

/// The address at which a run stopped, and its registers as lines; neither for `done` and for too many records.
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

/// The outcome of a run that stopped in this way although the case, or the plain pass, wants something else.
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
