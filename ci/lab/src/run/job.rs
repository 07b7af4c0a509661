//! Divides the work into jobs: targets that share a boot, and shards of trials.

use super::RunId;
use crate::kernel::Kernel;
use crate::target::{Machine, Place, Target};

/// The work of one series of boots: targets that share a boot, a kernel, and a shard of the trials.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// The targets, a round each.
    pub targets: Vec<&'a Target>,
    /// The kernel; `None` if the lab boots none.
    pub kernel: Option<Kernel>,
    /// The shard of the trials, from 1, and the number of shards.
    pub shard: (usize, usize),
}

impl Job<'_> {
    /// The runs that it is a part of, one for each target.
    pub fn ids(&self) -> Vec<RunId> {
        let kernel = |target: &Target| match (&self.kernel, &target.place) {
            (Some(kernel), _) => kernel.label.clone(),
            (None, Place::Bare(_)) => "none".to_owned(),
            (None, _) => "own".to_owned(),
        };
        let id = |target: &&Target| RunId { target: target.name.clone(), kernel: kernel(target) };
        self.targets.iter().map(id).collect()
    }

    /// The machine that all its targets boot.
    pub fn machine(&self) -> Option<&Machine> {
        self.targets.first()?.machine()
    }
}

/// Divides the work into jobs for `workers` threads: targets that can share a boot do, and each target's trials are divided
/// into shards if there are fewer boots than workers.
pub fn jobs<'a>(targets: &[&'a Target], kernels: &[Kernel], workers: usize) -> Vec<Job<'a>> {
    let mut groups: Vec<Vec<&'a Target>> = Vec::new();
    let mut own = Vec::new();
    for target in targets {
        let Some(machine) = target.machine() else {
            own.push(Job { targets: vec![*target], kernel: None, shard: (1, 1) });
            continue;
        };
        let shares = |group: &&mut Vec<&Target>| {
            group.first().and_then(|first| first.machine()).is_some_and(|first| first.shares_boot_with(machine))
        };
        match groups.iter_mut().find(shares) {
            Some(group) => group.push(*target),
            None => groups.push(vec![*target]),
        }
    }
    let series = (groups.len() * kernels.len()).max(1);
    let shards = (workers / series).max(1);
    let mut jobs = own;
    for kernel in kernels {
        for group in &groups {
            for shard in 1..=shards {
                jobs.push(Job { targets: group.clone(), kernel: Some(kernel.clone()), shard: (shard, shards) });
            }
        }
    }
    jobs
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::jobs;
    use crate::kernel::Kernel;
    use crate::target::Target;

    fn targets() -> Vec<Target> {
        Target::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("targets")).unwrap()
    }

    fn kernel(label: &str) -> Kernel {
        Kernel { label: label.to_owned(), image: PathBuf::new(), modules: PathBuf::new(), key: label.to_owned() }
    }

    fn words(names: &[&str], kernels: &[&str], workers: usize) -> Vec<String> {
        let all = targets();
        let chosen: Vec<&Target> = all.iter().filter(|target| names.contains(&target.name.as_str())).collect();
        let kernels: Vec<Kernel> = kernels.iter().map(|label| kernel(label)).collect();
        let words = jobs(&chosen, &kernels, workers).into_iter().map(|job| {
            let names: Vec<&str> = job.targets.iter().map(|target| target.name.as_str()).collect();
            let kernel = job.kernel.map_or("own".to_owned(), |kernel| kernel.label);
            format!("{} on {kernel} {}/{}", names.join("+"), job.shard.0, job.shard.1)
        });
        words.collect()
    }

    #[test]
    fn one_target_is_shared_out_among_the_workers() {
        let words = words(&["amd-event-injection"], &["6.1"], 2);
        assert_eq!(words, ["amd-event-injection on 6.1 1/2", "amd-event-injection on 6.1 2/2"]);
    }

    #[test]
    fn targets_that_differ_in_parameters_only_share_a_boot() {
        let words = words(&["intel-vnmi", "intel-soft-vnmi", "bochs-amd", "local"], &["6.1", "6.12"], 2);
        let wanted = [
            "local on own 1/1",
            "bochs-amd on 6.1 1/1",
            "intel-soft-vnmi+intel-vnmi on 6.1 1/1",
            "bochs-amd on 6.12 1/1",
            "intel-soft-vnmi+intel-vnmi on 6.12 1/1",
        ];
        assert_eq!(words, wanted);
    }
}
