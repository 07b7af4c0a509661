//! The trials of a run.

use std::num::NonZeroU32;

use guests::Mode;
use reports::TrialId;

use super::filter::Filter;
use super::machines::Slot;
use crate::case::Case;
use crate::terms::Path;

/// One trial to run: a case in one mode over one path on one machine.
#[derive(Clone, Debug)]
pub struct Planned<'a> {
    /// Name of the trial.
    pub id: TrialId,
    /// Case that it runs.
    pub case: &'a Case,
    /// Mode in which the guest starts.
    pub mode: Mode,
    /// Path by which NMIs are raised.
    pub path: Path,
    /// Index of the machine, or of its slot.
    pub slot: usize,
    /// How many times it is run.
    pub times: NonZeroU32,
}

/// Every trial of these cases on these machines that the filter chooses: machine by machine, case by case.
pub fn plan<'a>(cases: &'a [Case], slots: &[Slot], filter: &Filter) -> Vec<Planned<'a>> {
    plan_for(cases, slots.iter().map(|slot| slot.name.as_str()), filter)
}

/// Whether the filter may choose a trial of a case of which only the id is known, on one of these machines.
pub fn may_choose<'b>(filter: &Filter, machines: impl IntoIterator<Item = &'b str>, case: &str) -> bool {
    machines.into_iter().any(|machine| {
        Mode::ALL.iter().flat_map(|mode| Path::ALL.iter().map(move |path| (mode, path))).any(|(mode, path)| {
            let (mode, path) = (mode.to_string(), path.to_string());
            filter.chooses(&TrialId { machine: machine.to_owned(), mode, path, case: case.to_owned() })
        })
    })
}

/// The same for machines that are known by name only: `kvm` of another host.
pub fn plan_for<'a, 'b>(
    cases: &'a [Case],
    machines: impl IntoIterator<Item = &'b str>,
    filter: &Filter,
) -> Vec<Planned<'a>> {
    let mut trials = Vec::new();
    for (slot, name) in machines.into_iter().enumerate() {
        for case in cases {
            for (mode, path) in case.modes_and_paths() {
                let id = TrialId {
                    machine: name.to_owned(),
                    mode: mode.to_string(),
                    path: path.to_string(),
                    case: case.id.clone(),
                };
                if filter.chooses(&id) {
                    trials.push(Planned { id, case, mode, path, slot, times: NonZeroU32::MIN });
                }
            }
        }
    }
    trials
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_may_be_chosen_by_any_part_of_a_trials_name() {
        let may =
            |word: &str| may_choose(&Filter::new(&[word.to_owned()]).unwrap(), ["kvm", "model:amd"], "blocking/one");
        assert!(may("kvm::long") && may("blocking/") && may("model:amd::real::ipi::blocking/one") && may("*::none::*"));
        assert!(!may("delivery/") && !may("model:intel") && !may("kvm::long::ioctl::blocking/other"));
        let exact = |name: &str| may_choose(&Filter::exact(&[name.to_owned()]).unwrap(), ["kvm"], "blocking/one");
        assert!(exact("kvm::long::ioctl::blocking/one"));
        assert!(!exact("kvm::long::ioctl::blocking/on"));
        assert!(may_choose(&Filter::default(), ["kvm"], "anything"));
    }
}
