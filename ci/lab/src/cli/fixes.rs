//! `lab fixes`: proves of each patch for a finding that it removes the finding and changes nothing else.

use std::collections::{BTreeMap, BTreeSet};

use reports::{SavedRun, code};
use runner::command::note;

use super::args::FixesArgs;
use super::gather::gather;
use super::interrupt::watch_for_interrupt;
use super::needs::refuse_if_missing;
use super::output::print;
use super::places::{Places, checkout};
use super::run::{kernels, patched, workers};
use crate::boot::Emulators;
use crate::fixes::{Fix, Proof, read_all};
use crate::guest::Binaries;
use crate::kernel::Kernel;
use crate::modules::Patch;
use crate::run::{Lab, RunId, State};
use crate::target::Target;
use crate::{Failure, Verdict};

/// `lab fixes`: exit code 1 if a fix does not hold.
pub(super) fn fixes(places: &Places, args: &FixesArgs) -> Result<u8, Failure> {
    let all = read_all(&checkout().join("fixes"))?;
    let (chosen, filters) = split(&all, &args.words);
    let verdict = Verdict::new(None)?;
    verdict.check(&filters)?;
    if args.list {
        let line =
            |fix: &&Fix| format!("{}  {}\n    {}: {}\n", fix.name, fix.subject, fix.targets.join(", "), fix.case);
        return print(&chosen.iter().map(line).collect::<String>()).map(|()| code::FINE);
    }
    let every = places.targets()?;
    let targets: Vec<&Target> =
        every.iter().filter(|target| chosen.iter().any(|fix| fix.targets.contains(&target.name))).collect();
    let cache = places.cache()?;
    let emulators = Emulators::new(&cache, places.mirror.clone(), &note);
    let specs = std::slice::from_ref(&args.kernel);
    refuse_if_missing(&cache, &emulators, &targets, specs, true)?;
    let debian = kernels(places, &cache, specs)?;
    let binaries = Binaries::build(&cache, &note)?;
    let stop = watch_for_interrupt()?;
    let lab = Lab {
        cache: &cache,
        binaries: &binaries,
        verdict: &verdict,
        emulators: &emulators,
        cases: None,
        filters: &filters,
        crashes: &[],
        stop: &stop,
    };
    let workers = workers(args.jobs);
    let mut holds = true;
    let mut plain: BTreeMap<String, SavedRun> = BTreeMap::new();
    // One kernel with all of them, or one for each.
    let groups: Vec<Vec<&Fix>> =
        if args.together { vec![chosen.clone()] } else { chosen.iter().map(|fix| vec![*fix]).collect() };
    for group in groups.iter().filter(|group| !group.is_empty()) {
        let of = |target: &&&Target| group.iter().any(|fix| fix.targets.contains(&target.name));
        let concerned: Vec<&Target> = targets.iter().filter(of).copied().collect();
        // Without a filter all trials run: nothing else may change.
        let words = if args.near { near(&verdict, group, &concerned) } else { filters.clone() };
        let lab = Lab { filters: &words, ..lab };
        if args.near {
            plain.clear();
        }
        // Before anything runs, for a patch may not apply to this kernel.
        let patches: Vec<Patch> = group.iter().map(|fix| fix.patch.clone()).collect();
        let changed = patched(places, &cache, debian.clone(), &patches)?;
        let missing: Vec<&Target> = concerned.iter().copied().filter(|it| !plain.contains_key(&it.name)).collect();
        if !missing.is_empty() {
            note("with Debian's own modules");
            plain.extend(run(&lab, &missing, &debian, workers)?);
        }
        let names: Vec<&str> = group.iter().map(|fix| fix.name.as_str()).collect();
        note(&format!("with {}", names.join(", ")));
        let fixed = run(&lab, &concerned, &changed, workers)?;
        for (fix, target) in group.iter().flat_map(|fix| concerned.iter().map(move |target| (*fix, *target))) {
            let Some((before, after)) = plain.get(&target.name).zip(fixed.get(&target.name)) else { continue };
            if fix.targets.contains(&target.name) {
                let proof = Proof::of(before, after, &cases_of(&verdict, fix, target));
                holds &= proof.holds();
                print(&proof.text(&fix.name, &target.name))?;
            }
        }
    }
    Ok(if holds { code::FINE } else { code::FAILED })
}

/// The fixes that words name by number or name, all if none does; the other words are filters.
fn split<'a>(all: &'a [Fix], words: &[String]) -> (Vec<&'a Fix>, Vec<String>) {
    let names = |fix: &Fix, word: &String| fix.name == *word || word.parse() == Ok(fix.finding);
    let filters: Vec<String> = words.iter().filter(|word| !all.iter().any(|fix| names(fix, word))).cloned().collect();
    let none = filters.len() == words.len();
    (all.iter().filter(|fix| none || words.iter().any(|word| names(fix, word))).collect(), filters)
}

/// The cases whose known deviations name a fix's finding on a target.
fn cases_of(verdict: &Verdict, fix: &Fix, target: &Target) -> BTreeSet<String> {
    let strategy = target.machine().map(|machine| machine.strategy.clone()).unwrap_or_default();
    let library = verdict.library();
    let own: Vec<&str> = library
        .deviations
        .iter()
        .filter(|entry| entry.strategies.contains(&strategy) && entry.findings.contains(&fix.finding))
        .flat_map(|entry| entry.cases.iter().map(String::as_str))
        // A finding that may show in any case is judged by the case that its fix names.
        .filter(|case| *case != "**")
        .collect();
    let ids = library.cases.iter().map(|case| case.id.clone());
    ids.filter(|id| *id == fix.case || own.contains(&id.as_str())).collect()
}

/// Filters of the cases of these findings.
fn near(verdict: &Verdict, fixes: &[&Fix], targets: &[&Target]) -> Vec<String> {
    let cases = fixes.iter().flat_map(|fix| targets.iter().flat_map(|target| cases_of(verdict, fix, target)));
    cases.collect::<BTreeSet<String>>().into_iter().map(|case| format!("kvm::*::{case}")).collect()
}

/// Runs targets on kernels, and returns the runs by target.
fn run(
    lab: &Lab<'_>,
    targets: &[&Target],
    kernels: &[Kernel],
    workers: usize,
) -> Result<BTreeMap<String, SavedRun>, Failure> {
    let told = gather(lab, &lab.jobs(targets, kernels, workers), workers, "runs/fixes", say)?;
    Ok(told.into_iter().map(|(target, (run, _))| (target, run)).collect())
}

fn say(id: &RunId, state: &State, run: &SavedRun) {
    let why = state.collected.missing().map(|why| format!(", not to its end: {why}")).unwrap_or_default();
    note(&format!("{id}: {} trials in {:.1} s{why}", run.trials.len(), state.took.as_secs_f64()));
}

#[cfg(test)]
mod tests {
    use super::super::places::checkout;
    use super::{read_all, split};

    #[test]
    fn a_word_is_a_fix_by_its_number_or_name_or_else_a_filter() {
        let all = read_all(&checkout().join("fixes")).unwrap();
        let said = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let (chosen, filters) = split(&all, &words);
            (chosen.iter().map(|fix| fix.finding).collect::<Vec<u32>>(), filters)
        };
        let every: Vec<u32> = all.iter().map(|fix| fix.finding).collect();
        assert_eq!(said(&[]), (every.clone(), vec![]));
        assert_eq!(said(&["4"]), (vec![4], vec![]));
        assert_eq!(said(&["04-nmi-before-an-interrupt", "smm/"]), (vec![4], vec!["smm/".to_owned()]));
        assert_eq!(said(&["smm/"]), (every, vec!["smm/".to_owned()]));
    }
}
