use std::io;

use crate::{Attempt, Failure};

/// Prints to standard output; a pipe closed by its reader (`| head`) is no error.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    match runner::command::print(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::trouble(Attempt::WriteOutput, error)),
        _ => Ok(()),
    }
}
