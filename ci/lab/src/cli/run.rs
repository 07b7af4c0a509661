//! `lab run`.

use std::thread;

use guests::suggest;
use runner::command::note;

use super::args::RunArgs;
use super::interrupt::watch_for_interrupt;
use super::needs::refuse_if_missing;
use super::output::print;
use super::places::Places;
use super::progress::{Progress, part_file};
use crate::boot::Emulators;
use crate::guest::{Binaries, Cases};
use crate::kernel::{Finder, Kernel, Spec};
use crate::modules::{self, Builder, Patch};
use crate::needs::Missing;
use crate::run::{Journal, Lab, RunId, run_all};
use crate::target::{Place, Target};
use crate::{Cache, Failure, Verdict};

/// `lab run`: boots each target on each kernel, and saves the suite's runs.
pub(super) fn run(places: &Places, args: &RunArgs) -> Result<u8, Failure> {
    let all = places.targets()?;
    let (targets, filters) = split(&all, &args.words);
    let verdict = Verdict::new(args.cases.as_deref())?;
    check(&all, &filters, args, &verdict)?;
    let cases = args.cases.as_deref().map(Cases::read).transpose()?;
    let patches: Vec<Patch> = args.patch.iter().map(|file| Patch::read(file)).collect::<Result<_, _>>()?;
    let cache = places.cache()?;
    let emulators = Emulators::new(&cache, places.mirror.clone(), &note);
    // A target that boots nothing needs no kernel.
    let specs: &[Spec] = if targets.iter().any(|target| target.machine().is_some()) { &args.kernel } else { &[] };
    // The cases of a bare machine run without the suite's programs.
    let runs_suite = targets.iter().any(|target| !matches!(target.place, Place::Bare(_)));
    refuse_if_missing(&cache, &emulators, &targets, specs, args.binaries.is_none() && runs_suite)?;
    let kernels = patched(places, &cache, kernels(places, &cache, specs)?, &patches)?;
    let binaries = match &args.binaries {
        Some(folder) => Binaries::in_folder(folder)?,
        None if !runs_suite => Binaries::default(),
        None => Binaries::build(&cache, &note)?,
    };
    let workers = workers(args.jobs);
    // An interrupt ends the boots; finished trials are kept.
    let stop = watch_for_interrupt()?;
    let lab = Lab {
        cache: &cache,
        binaries: &binaries,
        verdict: &verdict,
        emulators: &emulators,
        cases: cases.as_ref(),
        filters: &filters,
        crashes: &args.crash,
        stop: &stop,
    };
    let jobs = lab.jobs(&targets, &kernels, workers);
    // `lab matrix` and `lab diff` compare whole runs: runs with filters, the user's cases or patched kernels must not replace them.
    let whole = filters.is_empty() && cases.is_none() && patches.is_empty();
    let runs = cache.folder(if whole { "runs" } else { "runs/filtered" })?;
    let progress = Progress::new(&runs, args.json.as_deref());
    let journal = |id: &RunId, shard| Journal::new(part_file(&runs, id, shard));
    let done = run_all(&lab, &jobs, workers, &journal, &progress);
    let (summary, saved) = progress.close();
    print(&summary.text())?;
    done.and(saved).map(|()| summary.exit_code())
}

/// Checks the filters before anything is built or booted, unless the binaries may have other cases.
fn check(all: &[Target], filters: &[String], args: &RunArgs, verdict: &Verdict) -> Result<(), Failure> {
    if args.binaries.is_some() {
        return Ok(());
    }
    verdict.check(filters).map_err(|why| {
        let targets = || all.iter().map(|target| target.name.as_str());
        let meant = filters.iter().find_map(|word| suggest::nearest(word, targets()));
        Failure::Word { why, meant: meant.map(ToOwned::to_owned) }
    })
}

/// The targets that words name, all if none does; the other words are filters.
fn split<'a>(all: &'a [Target], words: &[String]) -> (Vec<&'a Target>, Vec<String>) {
    let is_target = |word: &&String| all.iter().any(|target| target.name == **word);
    let (named, filters): (Vec<&String>, Vec<&String>) = words.iter().partition(is_target);
    let chosen = all.iter().filter(|target| named.is_empty() || named.contains(&&target.name));
    (chosen.collect(), filters.into_iter().cloned().collect())
}

/// The number of parallel boots: as asked for, or one for each processor of this machine.
pub(super) fn workers(jobs: Option<u16>) -> usize {
    jobs.map(usize::from).unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
}

/// The kernels, each once.
pub(super) fn kernels(places: &Places, cache: &Cache, specs: &[Spec]) -> Result<Vec<Kernel>, Failure> {
    let finder = Finder::new(cache, || places.archive(cache), &note);
    let mut kernels: Vec<Kernel> = Vec::new();
    for spec in specs {
        let kernel = finder.find(spec)?;
        if !kernels.contains(&kernel) {
            kernels.push(kernel);
        }
    }
    Ok(kernels)
}

/// The kernels with KVM's modules built with these patches, or as they are if there are none.
pub(super) fn patched(
    places: &Places,
    cache: &Cache,
    kernels: Vec<Kernel>,
    patches: &[Patch],
) -> Result<Vec<Kernel>, Failure> {
    if patches.is_empty() {
        return Ok(kernels);
    }
    Missing::of(&[modules::NEEDS]).refuse("building modules")?;
    let open = || places.archive(cache);
    let builder = Builder::new(cache, &open, &note);
    kernels.iter().map(|kernel| builder.kernel(kernel, patches)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::split;
    use crate::target::Target;

    #[test]
    fn a_word_is_a_target_or_else_a_filter() {
        let all = Target::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("targets")).unwrap();
        let said = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let (chosen, filters) = split(&all, &words);
            (chosen.iter().map(|target| target.name.clone()).collect::<Vec<_>>(), filters)
        };
        let every: Vec<String> = all.iter().map(|target| target.name.clone()).collect();
        assert_eq!(said(&[]), (every.clone(), vec![]));
        assert_eq!(said(&["amd-vnmi", "smm/"]), (vec!["amd-vnmi".to_owned()], vec!["smm/".to_owned()]));
        assert_eq!(said(&["amd-vnim"]), (every, vec!["amd-vnim".to_owned()]));
    }
}
