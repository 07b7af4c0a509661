//! What virtualizing NMIs cost on a host.

use crate::machine::MachineKind;
use crate::{SavedRun, Trial};

/// KVM's own counter of exits; see [`Cost::INJECTIONS`].
const EXITS: &str = "exits";
/// The suite's own: see [`Cost::entries`].
const ENTRIES: &str = "nmi_entries";

/// What virtualizing NMIs cost on a host: sums over the plain pass of every trial on KVM in which an NMI was injected. They include
/// the exits by which the suite itself marks, raises and looks, so only runs of the same trials can be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Trials counted.
    pub trials: usize,
    /// NMIs that KVM injected; one whose delivery was interrupted and injected again counts twice.
    pub injections: u64,
    /// VM exits of any kind.
    pub exits: u64,
    /// VM exits because an NMI window opened, which virtual NMIs avoid.
    pub window_exits: u64,
    /// Entries of the NMI handler that guests recorded, and the injections of the trials whose guests record every entry. None if
    /// no guest does.
    pub entries: Option<(u64, u64)>,
}

impl Cost {
    /// KVM's counter of the NMIs that it handed to a processor (KVM_GET_STATS_FD; kernel sources, `kvm_vcpu_stats_desc` in
    /// arch/x86/kvm/x86.c).
    pub const INJECTIONS: &str = "nmi_injections";
    /// KVM's counter of the exits because an NMI window opened: on kvm_amd, of intercepted IRETs.
    pub const WINDOW_EXITS: &str = "nmi_window_exits";

    /// The sums of a run. None if KVM has no counters, or injected nothing.
    pub fn of(run: &SavedRun) -> Option<Cost> {
        let on_kvm = |trial: &&Trial| MachineKind::of(&trial.id.machine) == MachineKind::Kvm;
        let counted = run.trials.iter().filter(on_kvm).filter(|trial| count(trial, Cost::INJECTIONS) > 0);
        let cost = counted.fold(Cost::default(), Cost::with);
        (cost.trials > 0).then_some(cost)
    }

    fn with(self, trial: &Trial) -> Cost {
        let injections = count(trial, Cost::INJECTIONS);
        let entries = trial.statistics.get(ENTRIES).map(|&entries| {
            let (before, injected) = self.entries.unwrap_or_default();
            (before.saturating_add(entries), injected.saturating_add(injections))
        });
        Cost {
            trials: self.trials + 1,
            injections: self.injections.saturating_add(injections),
            exits: self.exits.saturating_add(count(trial, EXITS)),
            window_exits: self.window_exits.saturating_add(count(trial, Cost::WINDOW_EXITS)),
            entries: entries.or(self.entries),
        }
    }

    /// `count` per injected NMI.
    pub fn per_nmi(&self, count: u64) -> f64 {
        count as f64 / self.injections.max(1) as f64
    }
}

/// Counters that stayed 0 are not saved.
fn count(trial: &Trial, name: &str) -> u64 {
    trial.statistics.get(name).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Outcome;
    use crate::samples::{run_of, saved, trial};

    fn counted(name: &str, counters: &[(&str, u64)]) -> Trial {
        let statistics: BTreeMap<String, u64> =
            counters.iter().map(|&(name, count)| (name.to_owned(), count)).collect();
        Trial { statistics, ..trial(name, Outcome::Pass) }
    }

    #[test]
    fn only_trials_on_kvm_that_injected_count() {
        let run = saved(&run_of(vec![
            counted(
                "kvm::long::ioctl::a/b",
                &[(EXITS, 9), (Cost::INJECTIONS, 2), (Cost::WINDOW_EXITS, 1), (ENTRIES, 2)],
            ),
            counted("kvm::long::events::a/b", &[(EXITS, 6), (Cost::INJECTIONS, 2)]),
            counted("kvm::long::none::a/c", &[(EXITS, 500)]),
            counted("model:amd::long::ioctl::a/b", &[(EXITS, 500), (Cost::INJECTIONS, 2)]),
        ]));
        let cost = Cost::of(&run).expect("counters");
        let wanted = Cost { trials: 2, injections: 4, exits: 15, window_exits: 1, entries: Some((2, 2)) };
        assert_eq!(cost, wanted);
        assert_eq!((cost.per_nmi(cost.exits), cost.per_nmi(cost.window_exits)), (3.75, 0.25));
    }

    #[test]
    fn a_host_without_counters_has_no_cost() {
        assert_eq!(Cost::of(&saved(&run_of(vec![counted("kvm::long::ioctl::a/b", &[])]))), None);
    }
}
