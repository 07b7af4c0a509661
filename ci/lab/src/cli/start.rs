//! Parses the command line, runs the command, and prints its failure.

use std::ffi::OsString;

use clap::FromArgMatches;
use reports::code;
use runner::command::{help_width, note};

use super::args::{Cli, Command};
use super::{bare, compare, fetch, fixes, list, mutants, reproduce, run};
use crate::Failure;

/// Runs the command with these arguments, program name first, and returns its exit code.
pub fn main<I, T>(arguments: I) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    // As wide as the terminal, as the help of `nmi`.
    let command = super::args::command().term_width(help_width());
    let cli = match command.try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing can be done if the terminal is closed.
            let _ = error.print();
            return if error.use_stderr() { code::BAD_INPUT } else { code::FINE };
        }
    };
    let done = match &cli.command {
        Command::List => list::list(&cli.places),
        Command::Fetch(args) => fetch::fetch(&cli.places, args),
        Command::Run(args) => run::run(&cli.places, args),
        Command::Reproduce(args) => reproduce::reproduce(&cli.places, args),
        Command::Matrix(args) => compare::matrix(&cli.places, args),
        Command::Diff(args) => compare::diff(&cli.places, args),
        Command::Fixes(args) => fixes::fixes(&cli.places, args),
        Command::Mutants(args) => mutants::mutants(&cli.places, args),
        Command::Image(args) => bare::image(args),
        Command::Judge(args) => bare::judge(args),
    };
    done.unwrap_or_else(|failure| {
        match &failure {
            // Each problem of a file begins with its place.
            Failure::Cases(_) => note(&failure.to_string()),
            _ => note(&format!("error: {failure}")),
        }
        failure.exit_code()
    })
}
