use std::sync::atomic::AtomicBool;

use super::job::{Job, jobs};
use crate::Cache;
use crate::boot::Emulators;
use crate::guest::{Binaries, Cases};
use crate::kernel::Kernel;
use crate::plan::Crash;
use crate::target::Target;
use crate::verdict::Verdict;

/// What all jobs share.
pub struct Lab<'a> {
    /// Where downloads, builds and logs are kept.
    pub cache: &'a Cache,
    /// What runs in the guests.
    pub binaries: &'a Binaries,
    /// The suite's own judgement of a machine that died.
    pub verdict: &'a Verdict,
    /// Makes the emulators.
    pub emulators: &'a Emulators<'a>,
    /// The suite's cases, for programs that have none inside.
    pub suite: Option<&'a Cases>,
    /// Cases to run in place of, or beside, the suite's, as `nmi run --cases` takes them.
    pub cases: Option<&'a Cases>,
    /// Filters, as `nmi run` takes them.
    pub filters: &'a [String],
    /// Crashes that a test of the lab asks for.
    pub crashes: &'a [Crash],
    /// Set by Ctrl-C.
    pub stop: &'a AtomicBool,
}

impl Lab<'_> {
    /// The jobs that keep so many workers busy, with no more shards than trials: the suite refuses one that holds none.
    pub fn jobs<'a>(&self, targets: &[&'a Target], kernels: &[Kernel], workers: usize) -> Vec<Job<'a>> {
        jobs(targets, kernels, workers.min(self.verdict.count(self.filters)))
    }

    /// The filters of a target's trials.
    pub(super) fn filters_of<'a>(&'a self, target: &'a Target) -> &'a [String] {
        target.planted().map_or(self.filters, |planted| &planted.filters)
    }
}
