//! Every case on every mutant of the model.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;

use super::guests_cache::GuestCache;
use super::trial::run_trial;
use crate::case::Case;
use crate::execute::Setting;
use crate::machine::Machine;
use crate::machine::model::ModelMachine;
use crate::machine::mutants::Mutant;
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

/// Runs every case on every mutant, on the model of each vendor for which the mutant is wrong. A case kills a mutant if one of
/// its trials, in any mode and over any path, fails on the mutant and passes on the unchanged model.
///
/// `tick` is called when a mutant of one vendor's model is done, [`mutations`] times in all, from several threads.
pub fn kills(cases: &[Case], tick: &(dyn Fn() + Sync)) -> Kills {
    let threads: Vec<Kills> = std::thread::scope(|scope| {
        let vendors: Vec<_> =
            Vendor::ALL.iter().map(|&vendor| scope.spawn(move || kills_of(vendor, cases, tick))).collect();
        vendors.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    let mut all = Kills::default();
    for kills in threads {
        all.survive_on.extend(kills.survive_on);
        for (mutant, cases) in kills.by_mutant {
            all.by_mutant.entry(mutant).or_default().extend(cases);
        }
    }
    let by_mutant = &all.by_mutant;
    all.survive_on.retain(|(mutant, _)| by_mutant.get(mutant).is_some_and(|cases| !cases.is_empty()));
    all
}

/// How many pairs of a mutant and a vendor there are.
pub fn mutations() -> usize {
    Mutant::all().map(|mutant| mutant.vendors().len()).sum()
}

fn kills_of(vendor: Vendor, cases: &[Case], tick: &(dyn Fn() + Sync)) -> Kills {
    let guests = GuestCache::default();
    let mut kills = Kills::default();
    let mut sound = ModelMachine::new(vendor, None);
    for mutant in Mutant::all().filter(|mutant| mutant.vendors().contains(&vendor)) {
        let mut machine = ModelMachine::new(vendor, Some(mutant));
        let killers = cases.iter().filter(|case| kills_it(&mut machine, &mut sound, case, &guests));
        let killers: BTreeSet<String> = killers.map(|case| case.id.clone()).collect();
        if killers.is_empty() {
            kills.survive_on.insert((mutant, vendor));
        }
        kills.by_mutant.insert(mutant, killers);
        tick();
    }
    kills
}

fn kills_it(mutant: &mut ModelMachine, sound: &mut ModelMachine, case: &Case, guests: &GuestCache) -> bool {
    let vendor = sound.vendor();
    let mut trials = case.modes.iter().flat_map(|&mode| case.paths.iter().map(move |&path| (mode, path)));
    trials.any(|(mode, path)| {
        let Ok(guest) = guests.get(case, mode, path, vendor) else {
            return false;
        };
        let setting = Setting { case, guest: &guest, path };
        run_trial(mutant, setting).outcome.kind().is_failure() && run_trial(sound, setting).outcome == Outcome::Pass
    })
}
