//! The flags of `nmi run`.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};

use clap::Args;
use reports::HostFact;

use crate::cli::cases::CasesArg;
use crate::cli::details::DetailsArgs;
use crate::cli::values::{Machines, fact, jobs, machine_help, machines, seconds, times};
use crate::machine::jitter::Delays;
use crate::suite::{Requirement, Shard};

#[derive(Debug, Args)]
pub(in crate::cli) struct RunArgs {
    /// Parts of trial names, or globs such as `kvm::*::blocking/*`; a trial runs if any fits
    ///
    /// One that starts with `!` excludes what it fits, wherever it stands; with such ones alone, all others run. Put it
    /// in single quotes, because some shells replace `!` from their history: `nmi run blocking '!*::x2apic::*'`.
    pub(in crate::cli) filters: Vec<String>,
    /// Take the filters as whole trial names
    #[arg(long, requires = "filters")]
    pub(in crate::cli) exact: bool,
    #[arg(long, value_name = "MACHINE", value_parser = machines,
          help = machine_help("Machine to run on; may be given again [default: kvm and model]"))]
    pub(in crate::cli) machine: Vec<Machines>,
    /// Run only trials that failed when they last ran, or in this saved run
    ///
    /// Trouble (`error`) counts as failed. A failed trial is remembered until it has run again without failing, in
    /// `$XDG_STATE_HOME/nmi/last-failed/` (by default `~/.local/state/nmi/last-failed/`), apart for each folder of cases; of a
    /// run with `--baseline`, what failed beyond it. Without `--machine`, trials run on the machine on which they failed. Where
    /// none of the chosen trials failed, all of them run, as with pytest. Name a saved run for shards: what is remembered changes
    /// with each of them.
    #[arg(long, value_name = "RUN", num_args = 0..=1, require_equals = true)]
    pub(in crate::cli) last_failed: Option<Option<PathBuf>>,
    /// End the run after the first trial that fails or ends in trouble
    ///
    /// Trials that run beside it (`--jobs`) end, too. The run counts as incomplete: `nmi diff` and `nmi merge` say so. With
    /// `--baseline`, what failed there in the same way does not end it.
    #[arg(long)]
    pub(in crate::cli) fail_fast: bool,
    /// Run each trial so many times, and show the first failure of each, or else its worst outcome
    ///
    /// The trial counts once. Where its repetitions end in different ways, reports say how many ended in which.
    #[arg(long, value_name = "N", default_value = "1", hide_default_value = true, value_parser = times)]
    pub(in crate::cli) repeat: NonZeroU32,
    /// Run only every N-th trial, beginning with the I-th: one of N parts of the whole
    #[arg(long, value_name = "I/N")]
    pub(in crate::cli) shard: Option<Shard>,
    /// Begin after this trial, to continue after a host that died in it; with `--shard`, a trial of that shard
    #[arg(long, value_name = "TRIAL")]
    pub(in crate::cli) after: Option<String>,
    /// Fact about this host to show in every report; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = fact)]
    pub(in crate::cli) fact: Vec<HostFact>,
    #[command(flatten)]
    pub(in crate::cli) from: CasesArg,
    /// Write the run as JSON lines while it runs; `-` writes them to standard output, in place of the text
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) json: Option<PathBuf>,
    /// Write each trial's start to the disk before it runs, so that it survives a reset of the host
    #[arg(long, requires = "json")]
    pub(in crate::cli) sync: bool,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) junit: Option<PathBuf>,
    /// Fail only for trials that did not fail in this saved run, or not in the same way, and say what changed since
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) baseline: Option<PathBuf>,
    /// With a baseline: pass although trials of it are not in this run, or were skipped, or either is incomplete
    #[arg(long, requires = "baseline")]
    pub(in crate::cli) allow_missing: bool,
    /// Fail unless the host has this: a machine such as kvm, or a mode or a need of cases on its KVM, such as smm; may be given
    /// again
    #[arg(long, value_name = "WHAT")]
    pub(in crate::cli) require: Vec<Requirement>,
    /// Fail for skipped trials whose name matches this glob, or has this part; may be given again
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) deny_skips: Vec<String>,
    /// Print KTAP instead of text
    #[arg(long)]
    pub(in crate::cli) ktap: bool,
    /// Name of the emulator that this host runs on, where it cannot be detected (`Bochs`)
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) emulator: Option<String>,
    /// List the trials instead of running them
    #[arg(long)]
    pub(in crate::cli) list: bool,
    /// Print a line for every trial
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,
    /// Run N trials side by side; they are reported in order [default: two for each processor, but one with `--sync` or
    /// `--jitter`]
    #[arg(long, value_name = "N", value_parser = jobs, conflicts_with_all = ["sync", "jitter"])]
    pub(in crate::cli) jobs: Option<NonZeroUsize>,
    /// Seconds of processor time without an exit after which a guest counts as hanging
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(in crate::cli) time_limit: std::time::Duration,
    /// Delay the host's actions by short random times from this seed, as hunts do, each of at most MICROS microseconds or 500
    #[arg(long, value_name = "SEED[:MICROS]")]
    pub(in crate::cli) jitter: Option<Delays>,
    #[command(flatten)]
    pub(in crate::cli) details: DetailsArgs,
}

impl RunArgs {
    /// Whether JSON lines replace the text on standard output.
    pub(super) fn has_json_on_stdout(&self) -> bool {
        self.json.as_deref() == Some(Path::new("-"))
    }
}
