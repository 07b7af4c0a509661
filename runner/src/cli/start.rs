//! The command line of `nmi`: its commands, and how their failures are reported.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use reports::{Style, code, printable_lines};

use super::failure::{Failure, errors};
use super::{
    check, completions, diff, errata, explain, host, hunt, list, man, merge, mutants, new, report, reproduce, rules,
    run,
};
use crate::case::Diagnostics;
use crate::command::{Color, VERSION, choose_color, color_of_help, error_style, help_width};

/// Does a guest on this host see NMIs as the manuals say?
#[derive(Debug, Parser)]
#[command(name = "nmi", version = VERSION, after_help = code::help())]
struct Cli {
    /// Whether to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", global = true)]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run cases and print what this host does
    Run(run::RunArgs),
    /// Show what changed from one saved run to another; exit code 1 if something is worse
    Diff(diff::DiffArgs),
    /// Join the shards of one host's run into one saved run
    Merge(merge::MergeArgs),
    /// List the cases with what they need
    List(list::ListArgs),
    /// Check case files and report everything that is wrong with them, without running any
    Check(check::CheckArgs),
    /// Write a new case from a template
    New(new::NewArgs),
    /// Show one case: its listing, its timeline, its rules with their sources
    Explain(explain::ExplainArgs),
    /// Write a stand-alone C program that shows whether KVM does as a case expects
    Reproduce(reproduce::ReproduceArgs),
    /// Show this host's facts and strategy, what cannot run here and why, and how to switch strategy
    Host,
    /// Show the rules, and how many trials would test each here on each machine, or the outcomes of a saved run
    Rules(rules::RulesArgs),
    /// Run every case on every mutant of the model and show which cases kill which mutants
    Mutants(mutants::MutantsArgs),
    /// List known errata of this host's processor, or of others
    Errata(errata::ErrataArgs),
    /// Run the suite again and again, in random order and under load, to find rare failures
    Hunt(hunt::HuntArgs),
    /// Show saved runs: one as `nmi run` reported it, or one or several as a page for a browser
    Report(report::ReportArgs),
    /// Print a script by which a shell completes this command
    Completions(completions::CompletionsArgs),
    /// Print the manual page
    Man,
}

/// The command line of `nmi`, for tests of help and pages.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command with these arguments, program name first, and returns its exit code.
pub fn main<I, T>(arguments: I) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString>,
{
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let colored = command().color(color_of_help(&arguments)).term_width(help_width());
    let parsed = colored.try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // An error of printing cannot be reported either.
            let _ = error.print();
            return if error.use_stderr() { code::BAD_INPUT } else { code::FINE };
        }
    };
    choose_color(cli.color);
    let done = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::List(args) => list::list(&args),
        Command::Check(args) => check::check(&args),
        Command::New(args) => new::new(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Reproduce(args) => reproduce::reproduce(&args),
        Command::Host => host::host(),
        Command::Rules(args) => rules::rules(&args),
        Command::Mutants(args) => mutants::mutants(&args),
        Command::Hunt(args) => hunt::hunt(&args),
        Command::Errata(args) => errata::errata(&args),
        Command::Report(args) => report::report(&args),
        Command::Completions(args) => completions::completions(&args, command()),
        Command::Man => man::man(command()),
    };
    done.unwrap_or_else(|failure| {
        tell(&failure);
        failure.exit_code()
    })
}

/// Writes the failure to standard error. Errors of writing are ignored.
fn tell(failure: &Failure) {
    let _ = match failure {
        Failure::Closed => Ok(()),
        Failure::Cases(wrong) => writeln!(io::stderr(), "{}", rendered(wrong)),
        Failure::Checked(wrong) => writeln!(io::stderr(), "{}\n\n{}", rendered(wrong), errors(wrong)),
        // Names and lines of files may have control characters.
        other => writeln!(io::stderr(), "error: {}", printable_lines(&other.to_string())),
    };
}

fn rendered(wrong: &Diagnostics) -> String {
    wrong.render(error_style() == Style::Colour).trim_end().to_owned()
}
