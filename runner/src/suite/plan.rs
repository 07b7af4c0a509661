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
    /// Its name.
    pub id: TrialId,
    /// The case.
    pub case: &'a Case,
    /// The mode.
    pub mode: Mode,
    /// The path.
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

/// The same for machines that are known by name only: `kvm` of another host.
pub fn plan_for<'a, 'b>(
    cases: &'a [Case],
    machines: impl IntoIterator<Item = &'b str>,
    filter: &Filter,
) -> Vec<Planned<'a>> {
    let mut trials = Vec::new();
    for (slot, name) in machines.into_iter().enumerate() {
        for case in cases {
            for (&mode, &path) in case.modes.iter().flat_map(|mode| case.paths.iter().map(move |path| (mode, path))) {
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
