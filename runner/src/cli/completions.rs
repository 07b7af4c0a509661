use clap_complete::Shell;

use super::args::{self, CompletionsArgs};
use super::code;
use super::start::{Failure, print};

/// `nmi completions`: a script by which a shell completes commands, flags and their values.
pub(super) fn completions(args: &CompletionsArgs) -> Result<u8, Failure> {
    print(&script(args.shell)?)?;
    Ok(code::FINE)
}

fn script(shell: Shell) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut args::command(), "nmi", &mut bytes);
    String::from_utf8(bytes).map_err(|error| Failure::Trouble(error.to_string()))
}
