//! The command line of `lab`.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};
use reports::code;
use runner::command::Format;
use runner::terms::Vendor;

use super::places::Places;
use crate::kernel::Spec;
use crate::plan::Crash;

/// The suite on real kvm_amd and kvm_intel of many kernels, on emulated processors.
#[derive(Debug, Parser)]
#[command(name = "lab", version, after_help = code::help())]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) places: Places,
}

/// The command line of `lab`, for tests of what is written about it.
pub fn command() -> clap::Command {
    Cli::command()
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the targets and the kernels: what is cached, and how to get what is missing
    List,
    /// Download and build what runs need, for machines that will be offline
    Fetch(FetchArgs),
    /// Run the suite on targets and kernels
    Run(RunArgs),
    /// Run the programs that show findings, as `nmi reproduce` writes them, and tell which do
    Reproduce(ReproduceArgs),
    /// Show what differs between the targets and kernels that were run
    Matrix(MatrixArgs),
    /// Say what changed between two kernels or two targets
    Diff(DiffArgs),
    /// Show of each patch for a finding that it removes the finding and changes nothing else
    Fixes(FixesArgs),
    /// Plant faults in real KVM and show which of them the suite notices
    Mutants(MutantsArgs),
    /// Make an image that runs cases on a physical processor, without an operating system
    Image(ImageArgs),
    /// Judge what such an image wrote to the serial port
    Judge(JudgeArgs),
}

/// Which trials an image has: the same words make the same image.
#[derive(Debug, Args)]
pub(super) struct ImageTrials {
    /// Whose processor it is for
    #[arg(long, value_name = "VENDOR", value_parser = vendor)]
    pub(super) vendor: Vendor,
    /// Filters of trials, as `nmi run` takes them
    #[arg(value_name = "FILTER")]
    pub(super) filters: Vec<String>,
    /// Cases to use instead of those built into the suite, as `nmi run --cases` takes them
    #[arg(long, value_name = "DIR")]
    pub(super) cases: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ImageArgs {
    /// The file to write, for GRUB's `multiboot` or for kexec
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) trials: ImageTrials,
}

#[derive(Debug, Args)]
pub(super) struct JudgeArgs {
    /// What the machine wrote to its first serial port
    #[arg(value_name = "SERIAL")]
    pub(super) serial: PathBuf,
    #[command(flatten)]
    pub(super) trials: ImageTrials,
    /// Where the run is saved, for `nmi report` and `nmi diff`
    #[arg(long, value_name = "FILE")]
    pub(super) json: PathBuf,
}

fn vendor(word: &str) -> Result<Vendor, String> {
    word.parse().map_err(|()| "write amd or intel".to_owned())
}

#[derive(Debug, Args)]
pub(super) struct FetchArgs {
    /// Names of targets [default: all]
    #[arg(value_name = "TARGET")]
    pub(super) names: Vec<String>,
    /// Kernel: newest, a series (6.1), a release (6.1.192, 6.1.0-56-amd64); may be given again
    #[arg(long, value_name = "VERSION", default_values = ["5.10", "6.1", "6.12", "newest"])]
    pub(super) kernel: Vec<Spec>,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Names of targets [default: all], and filters of trials as `nmi run` takes them, also with `!` to exclude
    #[arg(value_name = "TARGET|FILTER")]
    pub(super) words: Vec<String>,
    /// Kernel: newest, a series (6.1), a release (6.1.192), or BZIMAGE:MODULES for one of your own; may be given again
    #[arg(long, value_name = "VERSION", default_value = "newest")]
    pub(super) kernel: Vec<Spec>,
    /// Patch of KVM to boot with: its modules are built from Debian's source of that kernel; may be given again
    #[arg(long, value_name = "FILE")]
    pub(super) patch: Vec<PathBuf>,
    /// Cases to run instead of those built into the suite, as `nmi run --cases` takes them
    #[arg(long, value_name = "DIR")]
    pub(super) cases: Option<PathBuf>,
    /// Write each target's run as JSON lines into this folder, too
    #[arg(long, value_name = "DIR")]
    pub(super) json: Option<PathBuf>,
    /// Boots at once [default: one for each processor of this machine]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) jobs: Option<u16>,
    /// Let the machine crash in a trial, as a test of the lab: panic=TRIAL or hang=TRIAL; may be given again
    #[arg(long, value_name = "KIND=TRIAL", hide = true)]
    pub(super) crash: Vec<Crash>,
    /// Static `nmi` and `lab-init` in this folder, instead of building them from the checkout; an `nmi` that was built without cases,
    /// as the lab builds it, runs those of this lab
    #[arg(long, value_name = "DIR")]
    pub(super) binaries: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ReproduceArgs {
    /// Names of targets and numbers of findings [default: all that have a program]
    #[arg(value_name = "TARGET|FINDING")]
    pub(super) words: Vec<String>,
    /// Kernel, as `lab run` takes it; may be given again
    #[arg(long, value_name = "VERSION", default_value = "newest")]
    pub(super) kernel: Vec<Spec>,
    /// Static `nmi` and `lab-init` in this folder, instead of building them from the checkout
    #[arg(long, value_name = "DIR")]
    pub(super) binaries: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct FixesArgs {
    /// Numbers of findings [default: all that have a patch], and filters of trials as `nmi run` takes them
    #[arg(value_name = "NUMBER|FILTER")]
    pub(super) words: Vec<String>,
    /// Kernel: the patches are made for this series
    #[arg(long, value_name = "VERSION", default_value = "7.3")]
    pub(super) kernel: Spec,
    /// Run the finding's cases alone, not the whole suite
    #[arg(long)]
    pub(super) near: bool,
    /// Build them all into one kernel, and run once with it
    #[arg(long)]
    pub(super) together: bool,
    /// Show the patches, and run nothing
    #[arg(long)]
    pub(super) list: bool,
    /// Boots at once [default: one for each processor of this machine]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) jobs: Option<u16>,
}

#[derive(Debug, Args)]
pub(super) struct MutantsArgs {
    /// Names of targets [default: amd-event-injection and amd-vnmi], and numbers of mutants [default: all]
    #[arg(value_name = "TARGET|NUMBER")]
    pub(super) words: Vec<String>,
    /// Kernel: the mutants are made for this series
    #[arg(long, value_name = "VERSION", default_value = "7.3")]
    pub(super) kernel: Spec,
    /// Run each mutant's cases to their end, and show all that notice, not the first one alone
    #[arg(long)]
    pub(super) whole: bool,
    /// Run survivors again with every case, in every mode and over every path
    #[arg(long)]
    pub(super) deep: bool,
    /// Show the mutants and what they break, and run nothing
    #[arg(long)]
    pub(super) list: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    /// Boots at once [default: one for each processor of this machine]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) jobs: Option<u16>,
}

#[derive(Debug, Args)]
pub(super) struct MatrixArgs {
    /// Saved runs [default: the last ones of every target and kernel]
    pub(super) runs: Vec<PathBuf>,
    /// Show also the cases in which nothing differs
    #[arg(long)]
    pub(super) all: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// A target, a kernel, TARGET@KERNEL, or a saved run
    pub(super) a: String,
    /// What to compare it with
    pub(super) b: String,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_tells_every_exit_code() {
        let help = command().render_help().to_string();
        for (code, meaning) in code::MEANINGS {
            assert!(help.contains(&format!("{code:<3}  {meaning}")), "{help}");
        }
    }

    /// Each command is built with the flags that all of them share: two arguments of one name end it with a panic.
    #[test]
    fn every_command_takes_its_words_beside_the_flags_of_all() {
        for words in [
            "lab list",
            "lab fetch amd-vnmi intel-vnmi --kernel 6.1",
            "lab run amd-vnmi delivery --jobs 2",
            "lab reproduce amd-vnmi 3 --kernel 7.3",
            "lab matrix a.jsonl --all",
            "lab diff 6.1 7.3",
            "lab mutants amd-vnmi 7 12 --whole",
        ] {
            let words = words.split(' ').chain(["--cache", "c", "--targets", "t", "--mirror", "m"]);
            let cli = Cli::try_parse_from(words).unwrap();
            assert_eq!(cli.places.targets.as_deref(), Some("t".as_ref()));
        }
        let Command::Fetch(fetch) = Cli::try_parse_from(["lab", "fetch", "amd-vnmi"]).unwrap().command else {
            panic!()
        };
        assert_eq!(fetch.names, ["amd-vnmi"]);
    }
}
