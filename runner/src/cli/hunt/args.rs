//! The flags of `nmi hunt`.

use std::path::PathBuf;

use clap::Args;
use reports::HostFact;

use crate::cli::cases::CasesArg;
use crate::cli::values::{Machines, fact, machine_help, machines, micros, seconds};
use crate::hunt::MOST_LOAD;
use crate::machine::jitter::{LIMIT, LONGEST};

/// Flags whose values a journal already holds. `requires` would not refuse them: clap ignores it for a flag that conflicts with
/// what it requires.
const SETTLED: [&str; 10] =
    ["seed", "rounds", "machine", "burn", "guests", "jitter", "fact", "cases", "emulator", "time_limit"];

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["duration", "resume", "report"]))]
#[command(
    override_usage = "nmi hunt --for <TIME> --journal <FILE> [FILTERS]...\n       nmi hunt --resume <FILE>\n       nmi hunt --report <FILE>"
)]
pub(in crate::cli) struct HuntArgs {
    /// Parts of trial names, or globs; a trial is hunted if any matches; one that starts with `!` excludes (quote it)
    #[arg(conflicts_with_all = ["resume", "report"])]
    pub(in crate::cli) filters: Vec<String>,
    /// How long, such as `8h` or `90s`
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration, requires = "journal")]
    pub(in crate::cli) duration: Option<std::time::Duration>,
    /// Journal to write; it survives a reset of the host, and stays short
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "report"])]
    pub(in crate::cli) journal: Option<PathBuf>,
    /// Continue the hunt of this journal, after the trial that ended it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["duration", "report"], conflicts_with_all = SETTLED)]
    pub(in crate::cli) resume: Option<PathBuf>,
    /// Print what the hunt of this journal found
    #[arg(long, value_name = "FILE", conflicts_with = "duration", conflicts_with_all = SETTLED)]
    pub(in crate::cli) report: Option<PathBuf>,
    /// Seed of orders and delays [default: a random one]
    #[arg(long, requires = "duration")]
    pub(in crate::cli) seed: Option<u64>,
    /// Stop after N rounds, if that is sooner
    #[arg(long, value_name = "N", requires = "duration", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) rounds: Option<u64>,
    #[arg(long, value_name = "MACHINE", value_parser = machines, requires = "duration",
          help = machine_help("Machine to hunt on; may be given again [default: kvm]"))]
    pub(in crate::cli) machine: Vec<Machines>,
    /// Busy threads in rounds under load [default: one for each processor]
    #[arg(long, value_name = "N", requires = "duration", value_parser = clap::value_parser!(u16).range(..=i64::from(MOST_LOAD)))]
    pub(in crate::cli) burn: Option<u16>,
    /// Busy virtual machines in rounds under load, if the hunt is on kvm [default: one for two processors]
    #[arg(long, value_name = "N", requires = "duration", value_parser = clap::value_parser!(u16).range(..=i64::from(MOST_LOAD)))]
    pub(in crate::cli) guests: Option<u16>,
    /// Longest delay between host actions in rounds under load, in microseconds; 0 is none
    #[arg(long, value_name = "MICROS", default_value_t = micros(LONGEST), value_parser = clap::value_parser!(u64).range(..=micros(LIMIT)))]
    pub(in crate::cli) jitter: u64,
    /// Fact about this host to show in the report; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = fact, requires = "duration")]
    pub(in crate::cli) fact: Vec<HostFact>,
    #[command(flatten)]
    pub(in crate::cli) from: CasesArg,
    /// Name of the emulator that this host runs on, where it cannot be detected (`Bochs`)
    #[arg(long, value_name = "NAME", requires = "duration")]
    pub(in crate::cli) emulator: Option<String>,
    /// Seconds of processor time without an exit after which a guest counts as hanging
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(in crate::cli) time_limit: std::time::Duration,
}
