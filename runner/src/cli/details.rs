use clap::Args;
use reports::{Details, Kind};

use super::values::{Outcomes, count, outcomes};

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
    /// The details as reporters take them.
    pub(super) fn details(&self) -> Details {
        const SLOWEST: usize = 10;
        let kinds: Vec<Kind> = self.outcome.iter().flat_map(|outcomes| outcomes.0.iter().copied()).collect();
        let slowest = self.durations.map(|count| count.unwrap_or(SLOWEST));
        Details { outcomes: (!kinds.is_empty()).then_some(kinds), slowest }
    }
}
