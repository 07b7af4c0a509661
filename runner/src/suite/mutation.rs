use std::collections::{BTreeMap, BTreeSet};

use super::guests_cache::GuestCache;
use super::trial::run_trial;
use crate::case::Case;
use crate::drive::Setting;
use crate::machine::model::{ModelMachine, Mutant};
use crate::terms::Vendor;

/// Which cases kill which mutants of the model.
#[derive(Clone, Debug, Default)]
pub struct Kills {
    /// Ids of the killing cases, by mutant; every mutant has an entry.
    pub by_mutant: BTreeMap<Mutant, BTreeSet<String>>,
}

/// Runs every case on every mutant of both vendors' models. A mutant is killed by a case if a trial of it, in any mode and
/// over any path, fails.
pub fn kills(cases: &[Case]) -> Kills {
    let threads: Vec<Kills> = std::thread::scope(|scope| {
        let vendors: Vec<_> = Vendor::ALL.iter().map(|&vendor| scope.spawn(move || kills_of(vendor, cases))).collect();
        vendors.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mut all = Kills::default();
    for (mutant, cases) in threads.into_iter().flat_map(|kills| kills.by_mutant) {
        all.by_mutant.entry(mutant).or_default().extend(cases);
    }
    all
}

fn kills_of(vendor: Vendor, cases: &[Case]) -> Kills {
    let mut guests = GuestCache::default();
    let mut kills = Kills::default();
    for &mutant in Mutant::ALL {
        let mut machine = ModelMachine::new(vendor, Some(mutant));
        let killers = cases.iter().filter(|case| kills_it(&mut machine, vendor, case, &mut guests));
        let killers = killers.map(|case| case.id.clone()).collect();
        kills.by_mutant.insert(mutant, killers);
    }
    kills
}

fn kills_it(machine: &mut ModelMachine, vendor: Vendor, case: &Case, guests: &mut GuestCache) -> bool {
    let mut trials = case.modes.iter().flat_map(|&mode| case.paths.iter().map(move |&path| (mode, path)));
    trials.any(|(mode, path)| {
        let Ok(guest) = guests.get(case, mode, path, vendor) else {
            return false;
        };
        run_trial(machine, Setting { case, guest: &guest, path }).outcome.kind().is_failure()
    })
}
