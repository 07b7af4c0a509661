//! How a program of the guest ended.

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use serde::{Deserialize, Serialize};

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgramEnd {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It did not start, for this error of the system.
    NotStarted(i32),
}

impl From<ExitStatus> for ProgramEnd {
    fn from(status: ExitStatus) -> ProgramEnd {
        // What ended without a signal has an exit code.
        status.signal().map_or(ProgramEnd::Code(status.code().unwrap_or_default()), ProgramEnd::Signal)
    }
}

/// For the words after the program's name.
impl fmt::Display for ProgramEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            ProgramEnd::Code(code) => write!(f, "ended with exit code {code}"),
            ProgramEnd::Signal(signal) => write!(f, "ended by signal {signal}"),
            ProgramEnd::NotStarted(errno) => write!(f, "did not start: {}", io::Error::from_raw_os_error(errno)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::ProgramEnd;

    #[test]
    fn a_shell_ends_as_it_is_told() {
        let end = |script| ProgramEnd::from(Command::new("sh").args(["-c", script]).status().unwrap());
        assert_eq!([end("exit 3"), end("kill -9 $$")], [ProgramEnd::Code(3), ProgramEnd::Signal(9)]);
    }
}
