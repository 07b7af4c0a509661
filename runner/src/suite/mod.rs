//! From cases to trials: the machines, modes and paths of each, their order, and the run of all of them.

mod case_view;
mod choose;
mod conduct;
mod ended;
mod errata;
mod fail_fast;
mod filter;
mod guests_cache;
mod kicks;
mod machines;
mod mutation;
mod options;
mod part;
mod plan;
mod references;
mod repeat;
mod require;
mod rerun;
mod run;
mod run_one;
mod stale;
mod trial;
mod ways;
mod worker_name;
mod workers;

#[cfg(test)]
mod tests;

pub use case_view::{Explanation, case_view, listing, variant, want};
pub(crate) use choose::offer;
pub use choose::{UnusedWord, choose, choose_cases};
pub use conduct::{Conduct, Stopped};
pub use ended::ended;
pub use errata::{HostErrata, errata_of, host_errata};
pub use fail_fast::FailFast;
pub use filter::{BadFilter, Filter};
pub use guests_cache::GuestCache;
pub(crate) use guests_cache::not_built;
pub use machines::{MachineSpec, Slot, UnknownMachine, open, open_all};
pub use mutation::{Kills, Which, kills};
pub use options::Options;
pub use part::{BadShard, Shard, UnknownTrial, after};
pub use plan::{Planned, may_choose, plan, plan_for};
pub use references::{caveat, references};
pub use require::{Requirement, UnknownRequirement, Unmet};
pub use rerun::Rerun;
pub use run::run;
pub use run_one::run_one;
pub use trial::{Report, lacking, run_trial};
pub use workers::usual_jobs;
