use clap::Args;
use clap_complete::Shell;
use reports::code;

use super::failure::Failure;
use crate::command::print;

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: Shell,
}

/// `nmi completions`: a script by which a shell completes this command's subcommands, flags and their values.
pub(super) fn completions(args: &CompletionsArgs, mut command: clap::Command) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "nmi", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(code::FINE)
}
