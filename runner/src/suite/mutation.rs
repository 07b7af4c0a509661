//! Which cases kill which mutants of the model.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::guests_cache::GuestCache;
use super::trial::run_trial;
use crate::case::Case;
use crate::execute::Setting;
use crate::machine::compared::Comparison;
use crate::machine::model::ModelMachine;
use crate::machine::mutants::Mutant;
use crate::parallel::in_parallel;
use crate::terms::Vendor;
use reports::Outcome;

/// Which cases kill which mutants of the model.
#[derive(Clone, Debug, Default)]
pub struct Kills {
    /// Ids of the killing cases, by mutant; every mutant has an entry.
    pub by_mutant: BTreeMap<Mutant, BTreeSet<String>>,
    /// Mutants that a case kills, but none on this vendor's model, where they are wrong too.
    pub survive_on: BTreeSet<(Mutant, Vendor)>,
}

/// Which mutants run a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that depart from the manuals in the run of the unchanged model.
    Departing,
    /// Every one. It takes longer, and those that do not depart do what the unchanged model does.
    Every,
}

/// Runs every case on the model of each vendor, unchanged and with mutants. A case kills a mutant if one of its trials, in any mode
/// and over any path, fails on the mutant and passes on the unchanged model.
///
/// `tick` is called when a case is done, from several threads.
pub fn kills(cases: &[Case], which: Which, tick: &(dyn Fn() + Sync)) -> Kills {
    let killed = in_parallel(cases, |case| {
        let guests = GuestCache::default();
        let by = |&vendor: &Vendor| (vendor, killed_by(case, vendor, which, &guests));
        let killed = Vendor::ALL.iter().map(by).collect::<Vec<_>>();
        tick();
        killed
    });
    let wrong_on = |mutant: Mutant| mutant.vendors().iter().map(move |&vendor| (mutant, vendor));
    let mut by_mutant: BTreeMap<_, BTreeSet<_>> = Mutant::all().map(|mutant| (mutant, BTreeSet::new())).collect();
    let mut survive_on: BTreeSet<_> = Mutant::all().flat_map(wrong_on).collect();
    for (case, killed) in cases.iter().zip(killed) {
        for (vendor, mutants) in killed {
            for mutant in mutants {
                by_mutant.entry(mutant).or_default().insert(case.id.clone());
                survive_on.remove(&(mutant, vendor));
            }
        }
    }
    survive_on.retain(|(mutant, _)| by_mutant.get(mutant).is_some_and(|cases| !cases.is_empty()));
    Kills { by_mutant, survive_on }
}

/// The mutants of this vendor's model that the case kills.
fn killed_by(case: &Case, vendor: Vendor, which: Which, guests: &GuestCache) -> BTreeSet<Mutant> {
    let comparison = Arc::new(Comparison::new(vendor));
    let mut sound = ModelMachine::comparing(vendor, &comparison);
    let mut killed = BTreeSet::new();
    for (mode, path) in case.modes_and_paths() {
        let Ok(guest) = guests.get(case, mode, path, vendor) else { continue };
        let setting = Setting { case, guest: &guest, path };
        let passes = run_trial(&mut sound, setting).outcome == Outcome::Pass;
        let departed = comparison.take_departed();
        if !passes {
            continue;
        }
        let mutants = match which {
            Which::Departing => departed,
            Which::Every => Mutant::wrong_on(vendor).collect(),
        };
        for mutant in mutants {
            if !killed.contains(&mutant) && fails(vendor, mutant, setting) {
                killed.insert(mutant);
            }
        }
    }
    killed
}

fn fails(vendor: Vendor, mutant: Mutant, setting: Setting<'_>) -> bool {
    run_trial(&mut ModelMachine::new(vendor, Some(mutant)), setting).outcome.kind().is_failure()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Source, load};

    #[test]
    fn no_mutant_is_killed_but_those_that_run() {
        let library = load(&Source::Embedded).unwrap_or_else(|wrong| panic!("{wrong}"));
        let guests = GuestCache::default();
        // `ci/check mutants` compares all cases.
        let some = library.cases.iter().step_by(library.cases.len() / 8);
        let pairs: Vec<_> = some.flat_map(|case| Vendor::ALL.iter().map(move |&vendor| (case, vendor))).collect();
        in_parallel(&pairs, |&(case, vendor)| {
            let [departing, every] =
                [Which::Departing, Which::Every].map(|which| killed_by(case, vendor, which, &guests));
            assert_eq!(departing, every, "{} on {vendor}", case.id);
        });
    }
}
