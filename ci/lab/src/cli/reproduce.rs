//! `lab reproduce`.

use std::sync::atomic::AtomicBool;

use reports::{code, counted};
use runner::case::{Source, load};
use runner::command::note;

use super::args::ReproduceArgs;
use super::interrupt::watch_for_interrupt;
use super::needs::refuse_if_missing;
use super::output::print;
use super::places::Places;
use super::run::kernels;
use crate::boot::{Emulators, limits};
use crate::findings::{Finding, findings};
use crate::guest::Binaries;
use crate::kernel::closure;
use crate::reproduce::{Answer, Boots, Program, choose, compile, run, table};
use crate::run::{Job, jobs};
use crate::target::Target;
use crate::{Attempt, Cache, Failure};

/// Runs the programs that show findings on real KVM, and prints which do.
pub(super) fn reproduce(places: &Places, args: &ReproduceArgs) -> Result<u8, Failure> {
    let all = places.targets()?;
    let findings = findings()?;
    let (named, numbers) = split(&all, &findings, &args.words)?;
    let has = |target: &&Target| target.machine().is_some() && !choose(&findings, &numbers, target, "").is_empty();
    let targets: Vec<&Target> = named.into_iter().filter(has).collect();
    if targets.is_empty() {
        return Err(Failure::NothingReproduces);
    }
    let cache = places.cache()?;
    let emulators = Emulators::new(&cache, places.mirror.clone(), &note);
    refuse_if_missing(&cache, &emulators, &targets, &args.kernel, args.binaries.is_none())?;
    let kernels = kernels(places, &cache, &args.kernel)?;
    let binaries = match &args.binaries {
        Some(folder) => Binaries::in_folder(folder)?,
        None => Binaries::build(&cache, &note)?,
    };
    let stop = watch_for_interrupt()?;
    let mut right = true;
    for job in jobs(&targets, &kernels, 1) {
        let lab = Lab { cache: &cache, emulators: &emulators, binaries: &binaries, stop: &stop };
        let (title, answers) = lab.job(&job, &findings, &numbers)?;
        right &= answers.iter().all(Answer::is_right);
        print(&table(&title, &answers))?;
    }
    Ok(if right { code::FINE } else { code::FAILED })
}

struct Lab<'a> {
    cache: &'a Cache,
    emulators: &'a Emulators<'a>,
    binaries: &'a Binaries,
    stop: &'a AtomicBool,
}

impl Lab<'_> {
    /// Runs the programs of the targets that share a boot. Returns a title and the results.
    fn job(&self, job: &Job<'_>, findings: &[Finding], numbers: &[u32]) -> Result<(String, Vec<Answer>), Failure> {
        let Some((kernel, machine)) = job.kernel.as_ref().zip(job.machine()) else { return Err(Failure::NotEmulated) };
        let library = load(&Source::Embedded)?;
        let folder = tempfile::tempdir().map_err(|error| Failure::trouble(Attempt::CreateFolder, error))?;
        let mut programs: Vec<(&Target, Vec<Program>)> = Vec::new();
        for (number, target) in job.targets.iter().copied().enumerate() {
            let chosen = choose(findings, numbers, target, &kernel.label);
            let compiled = chosen
                .into_iter()
                .enumerate()
                .map(|(index, one)| compile(&library, machine, one, folder.path(), &format!("{number}-{index}")));
            programs.push((target, compiled.collect::<Result<_, _>>()?));
        }
        let count = programs.iter().map(|(_, programs)| programs.len()).sum();
        note(&format!("{} compiled", counted(count, "program")));
        let modules = closure(&kernel.modules, machine.module.name())?;
        let boot = self.emulators.boot(machine, kernel)?;
        let boots = Boots {
            cache: self.cache,
            init: &self.binaries.init,
            boot: &boot,
            limits: limits(machine.emulator),
            modules: &modules,
            stop: self.stop,
        };
        let answers = run(&boots, &programs, &kernel.label)?;
        Ok((format!("Linux {} on {}", kernel.label, boot.about), answers))
    }
}

/// Targets and numbers of findings among these words; all targets if none is named.
fn split<'a>(
    all: &'a [Target],
    findings: &[Finding],
    words: &[String],
) -> Result<(Vec<&'a Target>, Vec<u32>), Failure> {
    let (mut targets, mut numbers) = (Vec::new(), Vec::new());
    for word in words {
        let number = word.parse().ok().filter(|number| findings.iter().any(|finding| finding.number == *number));
        match (all.iter().find(|target| target.name == *word), number) {
            (Some(target), _) => targets.push(target),
            (None, Some(number)) => numbers.push(number),
            (None, None) => return Err(Failure::NoFinding(word.clone())),
        }
    }
    if targets.is_empty() {
        targets = all.iter().collect();
    }
    Ok((targets, numbers))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::split;
    use crate::findings::findings;
    use crate::target::Target;

    #[test]
    fn words_are_targets_or_findings() {
        let targets = Target::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("targets")).unwrap();
        let all = findings().unwrap();
        let of = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            let split = split(&targets, &all, &words);
            split.map(|(targets, numbers)| (targets.len(), numbers)).map_err(|failure| failure.to_string())
        };
        assert_eq!(of(&[]), Ok((targets.len(), vec![])));
        assert_eq!(of(&["amd-vnmi", "3", "1"]), Ok((1, vec![3, 1])));
        for wrong in ["amd-vnm", "999", "-1"] {
            assert!(of(&[wrong]).is_err_and(|words| words.starts_with(&format!("`{wrong}` is no target"))), "{wrong}");
        }
    }
}
