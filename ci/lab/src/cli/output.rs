use std::io;

use crate::Failure;

/// Prints what was asked for; a reader who leaves (`| head`) is fine.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    match runner::command::print(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::trouble("write the output", error)),
        _ => Ok(()),
    }
}
