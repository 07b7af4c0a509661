//! `lab mutants`: plants faults in KVM and shows which cases notice them.

use std::collections::{BTreeMap, BTreeSet};

use reports::SavedRun;
use runner::command::{Format, note};

use super::args::MutantsArgs;
use super::gather::{Told, gather};
use super::interrupt::watch_for_interrupt;
use super::needs::refuse_if_missing;
use super::output::print;
use super::places::{Places, checkout};
use super::run::{kernels, patched, workers};
use crate::boot::Emulators;
use crate::guest::Binaries;
use crate::kernel::Kernel;
use crate::modules::Patch;
use crate::mutants::{Cell, Matrix, Mutant, Row, Stage, noticed, plain, planted, read_all, round};
use crate::run::{Job, Lab, RunId, State, jobs};
use crate::target::Target;
use crate::{Attempt, Failure, Verdict};

/// The targets, if the command line names none.
const DEFAULT: [&str; 2] = ["amd-event-injection", "amd-vnmi"];

/// `lab mutants`: exit code 1 if a mutant survives without a reason.
pub(super) fn mutants(places: &Places, args: &MutantsArgs) -> Result<u8, Failure> {
    let (switch, all) = read_all(&checkout().join("mutants"))?;
    let every = places.targets()?;
    let (targets, mutants) = split(&every, &all, &args.words)?;
    if args.list {
        return print(&listed(&mutants)).map(|()| reports::code::FINE);
    }
    let cache = places.cache()?;
    let emulators = Emulators::new(&cache, places.mirror.clone(), &note);
    let specs = std::slice::from_ref(&args.kernel);
    refuse_if_missing(&cache, &emulators, &targets, specs, true)?;
    // All mutants, whichever are asked for, so that the modules are built only once.
    let patches: Vec<Patch> = std::iter::once(switch).chain(all.iter().map(|mutant| mutant.patch.clone())).collect();
    let kernels = patched(places, &cache, kernels(places, &cache, specs)?, &patches)?;
    let binaries = Binaries::build(&cache, &note)?;
    let verdict = Verdict::new(None)?;
    let stop = watch_for_interrupt()?;
    let lab = Lab {
        cache: &cache,
        binaries: &binaries,
        verdict: &verdict,
        emulators: &emulators,
        cases: None,
        filters: &[],
        crashes: &[],
        stop: &stop,
    };
    let runs = Runs { lab: &lab, kernels: &kernels, workers: workers(args.jobs), whole: args.whole };
    let label = kernels.first().map(|kernel| kernel.label.split('+').next().unwrap_or_default().to_owned());
    let mut matrix =
        Matrix { kernel: label.unwrap_or_default(), rows: mutants.iter().map(|mutant| Row::new(mutant)).collect() };
    let deepest: &[Stage] =
        if args.deep { &[Stage::Near, Stage::Wide, Stage::All] } else { &[Stage::Near, Stage::Wide] };
    let done = runs.stages(&targets, &mutants, deepest, &mut matrix);
    print(&match args.format {
        Format::Json => {
            serde_json::to_string_pretty(&matrix).map_err(|error| Failure::trouble(Attempt::WriteJson, error))? + "\n"
        }
        Format::Text | Format::Markdown => matrix.text(),
    })?;
    done.map(|()| if matrix.is_fine() { reports::code::FINE } else { reports::code::FAILED })
}

fn listed(mutants: &[&Mutant]) -> String {
    let line = |mutant: &&Mutant| {
        let reverts = mutant.reverts.as_ref().map(|fix| format!("\n    reverts {fix}")).unwrap_or_default();
        format!("{}  {}\n    {}{reverts}\n", mutant.name(), mutant.breaks, mutant.cases.join(" "))
    };
    mutants.iter().map(line).collect()
}

/// The targets and mutants that words name; the default targets and all mutants if none is named.
fn split<'a>(
    targets: &'a [Target],
    mutants: &'a [Mutant],
    words: &[String],
) -> Result<(Vec<&'a Target>, Vec<&'a Mutant>), Failure> {
    let (mut named, mut chosen) = (Vec::new(), Vec::new());
    for word in words {
        if let Some(target) = targets.iter().find(|target| target.name == *word) {
            named.push(target);
        } else {
            let found = mutants.iter().find(|it| it.name() == *word || word.parse() == Ok(it.number));
            let digits = word.starts_with(|c: char| c.is_ascii_digit());
            let unknown =
                || if digits { Failure::UnknownMutant(word.clone()) } else { Failure::UnknownTarget(word.clone()) };
            chosen.push(found.ok_or_else(unknown)?);
        }
    }
    if named.is_empty() {
        named = targets.iter().filter(|target| DEFAULT.contains(&target.name.as_str())).collect();
    }
    if chosen.is_empty() {
        chosen = mutants.iter().collect();
    }
    Ok((named, chosen))
}

/// Runs rounds of mutants.
struct Runs<'a> {
    lab: &'a Lab<'a>,
    kernels: &'a [Kernel],
    workers: usize,
    whole: bool,
}

impl Runs<'_> {
    /// Runs the stages, each with the mutants that survived the one before. In each stage the module without a mutant first runs the same
    /// trials: those that fail there are not counted. Errors: Ctrl-C; the results until then are in the matrix.
    fn stages(
        &self,
        targets: &[&Target],
        mutants: &[&Mutant],
        stages: &[Stage],
        matrix: &mut Matrix,
    ) -> Result<(), Failure> {
        for stage in stages {
            let open: Vec<&Mutant> = mutants
                .iter()
                .zip(&matrix.rows)
                .filter(|(_, row)| !row.is_killed())
                .map(|(mutant, _)| *mutant)
                .collect();
            if open.is_empty() {
                break;
            }
            note(&format!("{} mutants, {}", open.len(), words(*stage)));
            let expected = self.failing(targets, &open, *stage)?;
            for target in targets {
                let without: Vec<String> = expected.get(&target.name).into_iter().flatten().cloned().collect();
                let with = |mutant: &&Mutant| planted(target, mutant, *stage, self.whole, &without);
                let rounds: Vec<Target> = open.iter().filter_map(with).collect();
                let told = self.run(&rounds)?;
                for (row, mutant) in matrix.rows.iter_mut().zip(mutants) {
                    if let Some((run, missing)) = told.get(&round(target, Some(mutant))) {
                        let none = BTreeSet::new();
                        let cell = Cell::of(run, missing.as_ref(), expected.get(&target.name).unwrap_or(&none));
                        row.targets.insert(target.name.clone(), cell);
                    }
                }
            }
        }
        Ok(())
    }

    /// The trials that fail without a mutant, by target.
    fn failing(
        &self,
        targets: &[&Target],
        mutants: &[&Mutant],
        stage: Stage,
    ) -> Result<BTreeMap<String, BTreeSet<String>>, Failure> {
        let unplanted: Vec<Target> = targets.iter().filter_map(|target| plain(target, mutants, stage)).collect();
        let told = self.run(&unplanted)?;
        let failing = targets.iter().filter_map(|target| {
            let (run, _) = told.get(&round(target, None))?;
            let ids = run.trials.iter().filter(|trial| noticed(trial)).map(|trial| trial.id.to_string());
            Some((target.name.clone(), ids.collect()))
        });
        Ok(failing.collect())
    }

    /// Runs these targets, and returns their runs.
    fn run(&self, targets: &[Target]) -> Result<Told, Failure> {
        let all: Vec<&Target> = targets.iter().collect();
        // The rounds are divided among the workers' boots, so that each mutant's trials stay together.
        let share = all.len().div_ceil(self.workers).max(1);
        let parts: Vec<Job<'_>> = all.chunks(share).flat_map(|part| jobs(part, self.kernels, 1)).collect();
        gather(self.lab, &parts, self.workers, "runs/mutants", say)
    }
}

fn words(stage: Stage) -> &'static str {
    match stage {
        Stage::Near => "their own cases in long mode, NMIs by KVM_NMI",
        Stage::Wide => "their own cases in long mode over every path",
        Stage::All => "every case in every mode and over every path",
    }
}

fn say(id: &RunId, state: &State, run: &SavedRun) {
    match Cell::of(run, state.collected.missing().as_ref(), &BTreeSet::new()) {
        Cell::Killed { first, symptom, .. } => note(&format!("{}: {first}: {symptom}", id.target)),
        Cell::Survived { trials } => note(&format!("{}: {trials} trials, none fails", id.target)),
        Cell::NotRun { why } => note(&format!("{}: not run: {why}", id.target)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::places::checkout;
    use super::{DEFAULT, read_all, split};
    use crate::Failure;
    use crate::target::Target;

    #[test]
    fn a_word_is_a_target_or_a_mutant_by_its_number_or_name() {
        let (_, mutants) = read_all(&checkout().join("mutants")).unwrap();
        let targets = Target::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("targets")).unwrap();
        let said = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let (named, chosen) = split(&targets, &mutants, &words)?;
            let names = named.iter().map(|target| target.name.clone()).collect::<Vec<_>>();
            Ok::<_, Failure>((names, chosen.iter().map(|mutant| mutant.number).collect::<Vec<u32>>()))
        };
        let (by_default, every) = said(&[]).unwrap();
        assert!(by_default.len() == DEFAULT.len() && every.len() == mutants.len());
        let (first, last) = (&mutants[0], &mutants[mutants.len() - 1]);
        let (names, chosen) = said(&["amd-vnmi", &first.number.to_string(), &last.name()]).unwrap();
        assert_eq!((names.as_slice(), chosen), (&["amd-vnmi".to_owned()][..], vec![first.number, last.number]));
        assert_eq!(said(&[&last.name()]).unwrap().0, by_default);
        assert!(matches!(said(&["amd-vnim"]), Err(Failure::UnknownTarget(word)) if word == "amd-vnim"));
        assert!(matches!(said(&["9999"]), Err(Failure::UnknownMutant(word)) if word == "9999"));
    }
}
