use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};
use guests::Mode;
use reports::{Details, HostFact, Kind};

use super::code;
use super::errata::number;
use super::format::Format;
use super::given::fact;
use super::terminal::Color;
use super::values::{
    Machines, Outcomes, count, jobs, machine_help, machines, micros, modes, outcomes, paths, seconds, times, vendors,
};
use crate::hunt::MOST_LOAD;
use crate::machine::jitter::{Delays, LIMIT, LONGEST};
use crate::suite::{MachineSpec, Requirement, Shard};
use crate::terms::{Path, Vendor};

/// The version with the commit that was built, where the build knew one: `0.1.0 (f167083)`.
pub(super) const VERSION: &str = env!("NMI_VERSION");

/// Does a guest on this host see NMIs the way the manuals say?
#[derive(Debug, Parser)]
#[command(name = "nmi", version = VERSION, after_help = code::help())]
pub(super) struct Cli {
    /// Whether to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", global = true)]
    pub(super) color: Color,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The command line of `nmi`, for tests of what is written about it.
pub fn command() -> clap::Command {
    Cli::command()
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run cases and print what this host does
    Run(RunArgs),
    /// Say what changed from one saved run to another; exit code 1 if something is worse
    Diff(DiffArgs),
    /// Join the shards of one host's run to one saved run
    Merge(MergeArgs),
    /// List the cases with what they need
    List(ListArgs),
    /// Check case files and say everything that is wrong with them, without running any
    Check(CheckArgs),
    /// Write a new case to begin with
    New(NewArgs),
    /// Show one case: its listing, its timeline, its rules with their sources
    Explain(ExplainArgs),
    /// Show this host's facts and strategy, what cannot run here and why, and how to switch strategy
    Host,
    /// Show the rules, and which of them would be tested here on which machine, or what a saved run says of them
    Rules(RulesArgs),
    /// Run every case on every mutant of the model and show which cases kill which mutants
    Mutants(MutantsArgs),
    /// List known errata of this host's processor, or of others
    Errata(ErrataArgs),
    /// Run the suite again and again, in random order and under load, to find what fails seldom
    Hunt(HuntArgs),
    /// Show saved runs: one as `nmi run` told it, or one or several as a page for a browser
    Report(ReportArgs),
    /// Print a script by which a shell completes this command
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// Where cases come from.
#[derive(Clone, Debug, Args)]
pub(super) struct CasesArg {
    /// Folder of cases to use instead of those built into this binary; without a folder `rules` in it, or as a single file, its
    /// cases use the rules built in, and they alone run
    #[arg(long, value_name = "PATH")]
    pub(super) cases: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Parts of trial names, or globs such as `kvm::*::blocking/*`; a trial runs if any fits
    ///
    /// One that starts with `!` excludes what it fits, wherever it stands; with such ones alone, all others run. Put it
    /// in single quotes, because some shells replace `!` from their history: `nmi run blocking '!*::x2apic::*'`.
    pub(super) filters: Vec<String>,
    /// Take the filters as whole trial names
    #[arg(long, requires = "filters")]
    pub(super) exact: bool,
    #[arg(long, value_name = "MACHINE", value_parser = machines,
          help = machine_help("Machine to run on; may be given again [default: kvm and model]"))]
    pub(super) machine: Vec<Machines>,
    /// Run only trials that failed when they last ran, or in this saved run
    ///
    /// Trouble (`error`) counts as failed. A failed trial is remembered until it has run again without failing, in
    /// `$XDG_STATE_HOME/nmi/last-failed/` (by default `~/.local/state/nmi/last-failed/`), apart for each folder of cases; of a
    /// run with `--baseline`, what failed beyond it. Without `--machine`, trials run on the machine on which they failed. Where
    /// none of the chosen trials failed, all of them run, as with pytest. Name a saved run for shards: what is remembered changes
    /// with each of them.
    #[arg(long, value_name = "RUN", num_args = 0..=1, require_equals = true)]
    pub(super) last_failed: Option<Option<PathBuf>>,
    /// End the run after the first trial that fails or ends in trouble
    ///
    /// Trials that run beside it (`--jobs`) end, too. The run counts as incomplete: `nmi diff` and `nmi merge` say so. With
    /// `--baseline`, what failed there in the same way does not end it.
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Run each trial so many times, and show the first failure of each, or else its worst outcome
    ///
    /// The trial counts once. Where its repetitions end in different ways, reports say how many ended in which.
    #[arg(long, value_name = "N", default_value = "1", hide_default_value = true, value_parser = times)]
    pub(super) repeat: NonZeroU32,
    /// Run every N-th trial only, beginning with the I-th: one of N parts that together are the whole
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    /// Begin behind this trial, to go on after a host that died in it; of a shard it must be in the shard
    #[arg(long, value_name = "TRIAL")]
    pub(super) after: Option<String>,
    /// Fact about this host to show in every report; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = fact)]
    pub(super) fact: Vec<HostFact>,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Write the run as JSON lines, as it goes; `-` writes them to standard output, in place of the text
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Write each trial's start through to the disk before it runs, so that it survives a host that resets
    #[arg(long, requires = "json")]
    pub(super) sync: bool,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Fail only for trials that did not fail in this saved run, or not in the same way, and say what changed since
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// With a baseline: pass although trials of it are not in this run, or were skipped, or either is incomplete
    #[arg(long, requires = "baseline")]
    pub(super) allow_missing: bool,
    /// Fail unless the host has this: a machine such as kvm, or of its KVM a mode or what cases may need, such as smm; may be
    /// given again
    #[arg(long, value_name = "WHAT")]
    pub(super) require: Vec<Requirement>,
    /// Fail for trials that are skipped and whose name fits this glob, or has this part; may be given again
    #[arg(long, value_name = "GLOB")]
    pub(super) deny_skips: Vec<String>,
    /// Print KTAP instead of text
    #[arg(long)]
    pub(super) ktap: bool,
    /// Name of the emulator that this host is, where it cannot be told from inside (`Bochs`)
    #[arg(long, value_name = "NAME")]
    pub(super) emulator: Option<String>,
    /// List the trials instead of running them
    #[arg(long)]
    pub(super) list: bool,
    /// Print a line for every trial
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// Run so many trials side by side; they are told in order [default: two for each processor, but one with `--sync` or
    /// `--jitter`]
    #[arg(long, value_name = "N", value_parser = jobs, conflicts_with_all = ["sync", "jitter"])]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Seconds of processor time without an exit after which a guest is said to hang
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(super) time_limit: std::time::Duration,
    /// Delay what the host does by random short times that follow from this seed, as hunts do, each of 500 microseconds or
    /// so many at most
    #[arg(long, value_name = "SEED[:MICROS]")]
    pub(super) jitter: Option<Delays>,
    #[command(flatten)]
    pub(super) details: DetailsArgs,
}

/// What the text of a run shows beyond the usual.
#[derive(Debug, Args)]
pub(super) struct DetailsArgs {
    /// Show the trials that ended so in full, in place of those that failed; may be given again, or several with commas
    ///
    /// `fail` is every outcome that fails a run. Trials that say the same are shown once, with the names of the others. Counts,
    /// tables and the exit code stay as they are.
    #[arg(long, value_name = "OUTCOME", value_delimiter = ',', value_parser = outcomes(), conflicts_with = "ktap")]
    pub(super) outcome: Vec<Outcomes>,
    /// List the N slowest trials and cases, or all for 0 [default: 10]
    #[arg(long, value_name = "N", value_parser = count, num_args = 0..=1, require_equals = true, conflicts_with = "ktap")]
    pub(super) durations: Option<Option<usize>>,
}

impl DetailsArgs {
    /// The same for reports.
    pub(super) fn details(&self) -> Details {
        const SLOWEST: usize = 10;
        let kinds: Vec<Kind> = self.outcome.iter().flat_map(|outcomes| outcomes.0.iter().copied()).collect();
        let slowest = self.durations.map(|count| count.unwrap_or(SLOWEST));
        Details { outcomes: (!kinds.is_empty()).then_some(kinds), slowest }
    }
}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The saved run to compare with
    pub(super) a: PathBuf,
    /// The saved run that is judged
    pub(super) b: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    /// Judge only what is there: B may lack trials of A or skip them, and either may be incomplete
    #[arg(long)]
    pub(super) allow_missing: bool,
}

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Saved runs that have no trial in common
    #[arg(required = true, value_name = "RUN")]
    pub(super) runs: Vec<PathBuf>,
    /// Write the joined run here as JSON lines; `-` writes to standard output
    #[arg(long, value_name = "FILE")]
    pub(super) json: PathBuf,
    /// Exit with 0 although shards are missing, or a run is incomplete
    #[arg(long)]
    pub(super) allow_missing: bool,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Parts of case ids, or globs such as `blocking/*`; one that starts with `!` excludes (quote it)
    pub(super) filters: Vec<String>,
    #[command(flatten)]
    pub(super) from: CasesArg,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Files and folders of cases, each as for `--cases` [default: the cases built into this binary]
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Id of the case, lowercase words with `-` between them and folders: `blocking/second-nmi-waits`
    pub(super) name: String,
    /// Folder to write it into [default: this one]
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub(super) cases: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Id of the case, such as `blocking/second-nmi-waits-for-iret`
    pub(super) case: String,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Mode to show [default: the last one the case names]
    #[arg(long, value_parser = modes())]
    pub(super) mode: Option<Mode>,
    /// Path to show [default: the first one the case names]
    #[arg(long, value_parser = paths())]
    pub(super) path: Option<Path>,
    #[arg(long, value_name = "MACHINE", default_value = "model:intel",
          help = machine_help("Whose manual to show; a machine that is no model runs the case, too"))]
    pub(super) machine: MachineSpec,
    /// Print JSON for programs: listing, trace, and the model's state after each instruction
    ///
    /// What its fields mean is said in `runner/explain-json.md`. A machine that is no model only says whose manual it is.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// Saved run of which to show what it says of each rule [default: what would run here]
    #[arg(value_name = "RUN")]
    pub(super) run: Option<PathBuf>,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Print Markdown instead of text
    #[arg(long)]
    pub(super) markdown: bool,
}

#[derive(Debug, Args)]
pub(super) struct MutantsArgs {
    /// Cases to ask about: ids, or globs such as `blocking/*`; which mutants these kill, and which case kills what [default:
    /// all, and whether a mutant survives them]
    #[arg(value_name = "CASE")]
    pub(super) words: Vec<String>,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Write what was found of all cases as JSON, for `nmi report --mutants`
    #[arg(long, value_name = "FILE", conflicts_with = "words")]
    pub(super) json: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Saved runs, as `nmi run --json` writes them
    #[arg(required = true, value_name = "RUN")]
    pub(super) runs: Vec<PathBuf>,
    /// Write a page that holds all it needs and opens from the disk
    #[arg(long, value_name = "FILE", conflicts_with_all = ["outcome", "durations"])]
    pub(super) html: Option<PathBuf>,
    /// Show on the page what `nmi mutants --json` wrote
    #[arg(long, value_name = "FILE", requires = "html")]
    pub(super) mutants: Option<PathBuf>,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Write a JUnit report of the run
    #[arg(long, value_name = "FILE", conflicts_with = "html")]
    pub(super) junit: Option<PathBuf>,
    /// Print KTAP instead of text
    #[arg(long, conflicts_with = "html")]
    pub(super) ktap: bool,
    #[command(flatten)]
    pub(super) details: DetailsArgs,
    /// Exit with 0 although a run is incomplete
    #[arg(long)]
    pub(super) allow_missing: bool,
}

/// What the journal of a hunt settles. `requires` would not do: it lets pass what conflicts with what it requires.
const SETTLED: [&str; 10] =
    ["seed", "rounds", "machine", "burn", "guests", "jitter", "fact", "cases", "emulator", "time_limit"];

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["duration", "resume", "report"]))]
#[command(
    override_usage = "nmi hunt --for <TIME> --journal <FILE> [FILTERS]...\n       nmi hunt --resume <FILE>\n       nmi hunt --report <FILE>"
)]
pub(super) struct HuntArgs {
    /// Parts of trial names, or globs; a trial is hunted if any fits; one that starts with `!` excludes (quote it)
    #[arg(conflicts_with_all = ["resume", "report"])]
    pub(super) filters: Vec<String>,
    /// How long, such as `8h` or `90s`
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration, requires = "journal")]
    pub(super) duration: Option<std::time::Duration>,
    /// Journal to write: it survives a host that resets, and stays short
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "report"])]
    pub(super) journal: Option<PathBuf>,
    /// Go on with the hunt of this journal, behind the trial that ended it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["duration", "report"], conflicts_with_all = SETTLED)]
    pub(super) resume: Option<PathBuf>,
    /// Print what the hunt of this journal found
    #[arg(long, value_name = "FILE", conflicts_with = "duration", conflicts_with_all = SETTLED)]
    pub(super) report: Option<PathBuf>,
    /// Number from which orders and delays follow [default: a random one]
    #[arg(long, requires = "duration")]
    pub(super) seed: Option<u64>,
    /// Stop after so many rounds, if that is sooner
    #[arg(long, value_name = "N", requires = "duration", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) rounds: Option<u64>,
    #[arg(long, value_name = "MACHINE", value_parser = machines, requires = "duration",
          help = machine_help("Machine to hunt on; may be given again [default: kvm]"))]
    pub(super) machine: Vec<Machines>,
    /// Threads that burn in rounds under load [default: one for each processor]
    #[arg(long, value_name = "N", requires = "duration", value_parser = clap::value_parser!(u16).range(..=i64::from(MOST_LOAD)))]
    pub(super) burn: Option<u16>,
    /// Virtual machines that run beside in rounds under load, where the hunt is on kvm [default: one for two processors]
    #[arg(long, value_name = "N", requires = "duration", value_parser = clap::value_parser!(u16).range(..=i64::from(MOST_LOAD)))]
    pub(super) guests: Option<u16>,
    /// Longest delay between host actions in rounds under load, in microseconds; 0 is none
    #[arg(long, value_name = "MICROS", default_value_t = micros(LONGEST), value_parser = clap::value_parser!(u64).range(..=micros(LIMIT)))]
    pub(super) jitter: u64,
    /// Fact about this host to show in the report; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = fact, requires = "duration")]
    pub(super) fact: Vec<HostFact>,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Name of the emulator that this host is, where it cannot be told from inside (`Bochs`)
    #[arg(long, value_name = "NAME", requires = "duration")]
    pub(super) emulator: Option<String>,
    /// Seconds of processor time without an exit after which a guest is said to hang
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(super) time_limit: std::time::Duration,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct ErrataArgs {
    /// List them all
    #[arg(long, conflicts_with_all = ["vendor", "family", "model", "stepping"])]
    pub(super) all: bool,
    /// Those of this vendor's processors
    #[arg(long, value_parser = vendors())]
    pub(super) vendor: Option<Vendor>,
    /// Those of processors of this family, such as 0x19
    #[arg(long, value_name = "NUMBER", value_parser = number)]
    pub(super) family: Option<u32>,
    /// Those of processors of this model, such as 0x11
    #[arg(long, value_name = "NUMBER", value_parser = number, requires = "family")]
    pub(super) model: Option<u32>,
    /// Those of processors of this stepping
    #[arg(long, value_name = "NUMBER", value_parser = number, requires = "model")]
    pub(super) stepping: Option<u32>,
    #[command(flatten)]
    pub(super) from: CasesArg,
}
