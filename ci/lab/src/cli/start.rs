use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::FromArgMatches;
use reports::{ColourChoice, Look};
use runner::cli::code;

use super::args::{Cli, Command, Places};
use super::{list, run, show};
use crate::debian::Archive;
use crate::target::Target;
use crate::{Cache, Failure};

/// Runs the command with these arguments, program name first, and returns its exit code.
pub fn main<I, T>(arguments: I) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    // As wide as what it is read on, as the help of `nmi` is.
    let command = super::args::command().term_width(Look::of_stdout(ColourChoice::Auto).width.min(100));
    let cli = match command.try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed terminal is nothing to report on.
            let _ = error.print();
            return if error.use_stderr() { code::BAD_INPUT } else { code::FINE };
        }
    };
    let done = match &cli.command {
        Command::List => list::list(&cli.places),
        Command::Fetch(args) => list::fetch(&cli.places, args),
        Command::Run(args) => run::run(&cli.places, args),
        Command::Matrix(args) => show::matrix(&cli.places, args),
        Command::Diff(args) => show::diff(&cli.places, args),
    };
    done.unwrap_or_else(|failure| {
        tell(&match &failure {
            Failure::Input(text) => text.clone(),
            other => format!("error: {other}"),
        });
        match failure {
            Failure::Input(_) => code::BAD_INPUT,
            Failure::Absent(_) | Failure::Trouble(_) => code::TROUBLE,
            Failure::Interrupted => code::INTERRUPTED,
        }
    })
}

/// Tells a person who waits.
pub(super) fn tell(text: &str) {
    // Nobody to tell is no reason to stop.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints what was asked for; a reader who leaves (`| head`) is fine.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::trouble("write the output", error)),
        _ => Ok(()),
    }
}

impl Places {
    /// The cache.
    pub(super) fn cache(&self) -> Result<Cache, Failure> {
        let own = || checkout().join("../../target/lab");
        Cache::open(&self.cache.clone().unwrap_or_else(own))
    }

    /// Every target there is.
    pub(super) fn targets(&self) -> Result<Vec<Target>, Failure> {
        Target::read_all(&self.targets.clone().unwrap_or_else(|| checkout().join("targets")))
    }

    /// Debian's archive.
    pub(super) fn archive(&self, cache: &Cache) -> Result<Archive, Failure> {
        Archive::open(cache, self.mirror.as_deref(), true, &tell)
    }
}

/// The lab's own folder in the checkout it was built from: it builds what runs in its guests.
fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
