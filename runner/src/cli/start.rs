use std::ffi::OsString;
use std::io::{self, Write};

use clap::{CommandFactory, FromArgMatches};
use reports::printable_lines;

use super::args::{Cli, Command};
use super::{
    check, code, completions, diff, errata, explain, host, hunt, list, man, merge, mutants, new, report, rules, run,
    terminal,
};

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Something the user wrote; the text is complete and ends without a newline.
    #[error("{0}")]
    Input(String),
    /// What is wrong with case files; the text is complete, may have colours of its own, and ends without a newline.
    #[error("{0}")]
    Cases(String),
    /// Reading, writing, or KVM.
    #[error("{0}")]
    Trouble(String),
    /// The reader of our output has gone: there is nobody to tell.
    #[error("the output was closed")]
    Closed,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Trouble(format!("failed to write the output: {error}")),
        }
    }
}

/// Runs the command with these arguments, program name first, and returns its exit code.
pub fn main<I, T>(arguments: I) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString>,
{
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let command = Cli::command().color(terminal::of_help(&arguments)).term_width(terminal::help_width());
    let parsed = command.try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // A closed terminal is nothing to report on.
            let _ = error.print();
            return if error.use_stderr() { code::BAD_INPUT } else { code::FINE };
        }
    };
    terminal::choose(cli.color);
    let done = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::List(args) => list::list(&args),
        Command::Check(args) => check::check(&args),
        Command::New(args) => new::new(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Host => host::host(),
        Command::Rules(args) => rules::rules(&args),
        Command::Mutants(args) => mutants::mutants(&args),
        Command::Hunt(args) => hunt::hunt(&args),
        Command::Errata(args) => errata::errata(&args),
        Command::Report(args) => report::report(&args),
        Command::Completions(args) => completions::completions(&args),
        Command::Man => man::man(),
    };
    done.unwrap_or_else(|failure| {
        let _ = match &failure {
            // Names of files and lines of files are in these.
            Failure::Input(text) => writeln!(io::stderr(), "{}", printable_lines(text)),
            Failure::Cases(text) => writeln!(io::stderr(), "{text}"),
            Failure::Trouble(text) => writeln!(io::stderr(), "error: {}", printable_lines(text)),
            Failure::Closed => Ok(()),
        };
        match failure {
            Failure::Input(_) | Failure::Cases(_) => code::BAD_INPUT,
            Failure::Trouble(_) => code::TROUBLE,
            Failure::Closed => code::FINE,
        }
    })
}

/// Writes text to standard output.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
