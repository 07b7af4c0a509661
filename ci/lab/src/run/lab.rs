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
#[derive(Clone, Copy)]
pub struct Lab<'a> {
    /// Where downloads, builds and logs are kept.
    pub cache: &'a Cache,
    /// What runs in the guests.
    pub binaries: &'a Binaries,
    /// Judges trials in which a machine died.
    pub verdict: &'a Verdict,
    /// Finds or builds emulators.
    pub emulators: &'a Emulators<'a>,
    /// The user's cases, as `nmi run --cases` takes them.
    pub cases: Option<&'a Cases>,
    /// Filters, as `nmi run` takes them.
    pub filters: &'a [String],
    /// Crashes that a test of the lab asks for.
    pub crashes: &'a [Crash],
    /// Set by Ctrl-C.
    pub stop: &'a AtomicBool,
}

impl Lab<'_> {
    /// Jobs for so many workers, with no more shards than trials: the suite refuses an empty shard.
    pub fn jobs<'a>(&self, targets: &[&'a Target], kernels: &[Kernel], workers: usize) -> Vec<Job<'a>> {
        jobs(targets, kernels, workers.min(self.verdict.count(self.filters)))
    }

    /// The filters of a target's trials.
    pub(super) fn filters_of<'a>(&'a self, target: &'a Target) -> &'a [String] {
        target.planted().map_or(self.filters, |planted| &planted.filters)
    }
}
