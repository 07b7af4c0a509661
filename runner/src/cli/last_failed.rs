use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use reports::{Event, Kind, Reporter, Trial, TrialId, replace};

use super::args::{CasesArg, RunArgs};
use super::saved;
use super::start::Failure;
use crate::suite::MachineSpec;

/// As much is read of the file that remembers: a line for each trial there can be.
const LONGEST: u64 = 16 << 20;

/// The trials that failed, or ended in trouble, when they last ran.
pub(super) struct Failed {
    names: BTreeSet<String>,
    /// Where that is known from, in words.
    when: String,
}

/// What `--last-failed` names: a saved run, or what was remembered. Errors: bad input in the saved run.
pub(super) fn failed(args: &RunArgs) -> Result<Option<Failed>, Failure> {
    let Some(given) = &args.last_failed else { return Ok(None) };
    let failed = match given {
        Some(file) => {
            let trials = saved::read(file)?.trials;
            let names = trials.iter().filter(|trial| has_failed(trial)).map(|trial| trial.id.to_string()).collect();
            Failed { names, when: format!("in {}", file.display()) }
        }
        None => Failed { names: Memory::of(&args.from).read(), when: "when they last ran".to_owned() },
    };
    Ok(Some(failed))
}

/// Whether the trial is one that `--last-failed` would run again.
pub(super) fn has_failed(trial: &Trial) -> bool {
    let kind = trial.outcome.kind();
    kind.is_failure() || kind == Kind::Error
}

impl Failed {
    pub(super) fn contains(&self, id: &TrialId) -> bool {
        self.names.contains(&id.to_string())
    }

    /// These machines and those of the trials that failed.
    pub(super) fn with_machines(&self, mut machines: Vec<MachineSpec>) -> Vec<MachineSpec> {
        let own = self.names.iter().filter_map(|name| name.split("::").next()?.parse().ok());
        for machine in own {
            if !machines.contains(&machine) {
                machines.push(machine);
            }
        }
        machines
    }

    /// What is to be said where none of them is among the chosen trials.
    pub(super) fn none_chosen(&self) -> String {
        let when = &self.when;
        let failed = match self.names.len() {
            0 => format!("none of the chosen trials failed {when}"),
            1 => format!("the trial that failed {when} is not among the chosen ones"),
            count => format!("the {count} trials that failed {when} are not among the chosen ones"),
        };
        format!("{failed}: running all of these")
    }
}

/// The file in which a user's runs of some cases remember what failed: `$XDG_STATE_HOME/nmi/last-failed/`, by default
/// `~/.local/state/nmi/last-failed/`, one file for the cases of this program and one for each folder of others.
pub(super) struct Memory {
    /// None where the user has no such folder.
    file: Option<PathBuf>,
}

impl Memory {
    /// That of these cases.
    pub(super) fn of(cases: &CasesArg) -> Memory {
        let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || absolute("HOME").map(|home| home.join(".local/state"));
        // What cannot be found cannot be loaded, either, and is told there.
        let folder = |folder: &PathBuf| fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
        let folders: Vec<PathBuf> = cases.cases.iter().map(folder).collect();
        Memory::below(absolute("XDG_STATE_HOME").or_else(home), &folders)
    }

    fn below(state: Option<PathBuf>, folders: &[PathBuf]) -> Memory {
        let key = match folders {
            [] => "embedded".to_owned(),
            _ => {
                // Another release of the compiler may hash differently; then nothing is remembered once.
                let mut hasher = DefaultHasher::new();
                folders.hash(&mut hasher);
                format!("{:016x}", hasher.finish())
            }
        };
        Memory { file: state.map(|state| state.join("nmi/last-failed").join(key)) }
    }

    /// The names of the trials that failed when they last ran. None where nothing is remembered, or cannot be read.
    pub(super) fn read(&self) -> BTreeSet<String> {
        let text = self.file.as_deref().and_then(read).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Takes note of a run: a trial is remembered until it has run again without failing, or its case is gone. `exists`
    /// says which cases there are.
    ///
    /// It cannot fail: where it cannot be written, nothing is remembered.
    pub(super) fn learn(&self, ends: &Ends<'_>, exists: impl Fn(&str) -> bool) {
        let Some(file) = &self.file else { return };
        let before = self.read();
        let mut names = before.clone();
        for (name, failed) in &ends.list {
            if *failed {
                names.insert(name.clone());
            } else {
                names.remove(name);
            }
        }
        names.retain(|name| name.rsplit("::").next().is_some_and(&exists));
        if names == before {
            return;
        }
        let text: String = names.iter().map(|name| format!("{name}\n")).collect();
        let made = file.parent().is_some_and(|folder| fs::create_dir_all(folder).is_ok());
        if made {
            // A run does not fail because of what it cannot remember.
            let _ = replace(file, |to: &mut dyn Write| to.write_all(text.as_bytes()));
        }
    }
}

/// How the trials of a run end, as far as it is to be remembered.
pub(super) struct Ends<'a> {
    failed: &'a dyn Fn(&Trial) -> bool,
    /// Names, and whether they failed; what was skipped shows nothing.
    list: Vec<(String, bool)>,
}

impl<'a> Ends<'a> {
    /// Of a run that has not begun; `failed` says of a trial whether it failed.
    pub(super) fn new(failed: &'a dyn Fn(&Trial) -> bool) -> Self {
        Self { failed, list: Vec::new() }
    }
}

impl Reporter for Ends<'_> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        if let Event::TrialFinished(trial) = event
            && trial.outcome.kind() != Kind::Skipped
        {
            self.list.push((trial.id.to_string(), (self.failed)(trial)));
        }
        Ok(())
    }
}

fn read(file: &Path) -> Option<String> {
    if !fs::metadata(file).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    File::open(file).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use reports::{Divergence, Finding, Moment, Outcome, Trouble};

    use super::*;

    fn trial(case: &str, outcome: Outcome) -> Trial {
        let [machine, mode, path, case] = ["kvm", "long", "ioctl", case].map(str::to_owned);
        Trial::bare(TrialId { machine, mode, path, case }, outcome)
    }

    fn ends(trials: &[Trial]) -> Ends<'static> {
        let mut ends = Ends::new(&has_failed);
        for trial in trials {
            ends.take(&Event::TrialFinished(Box::new(trial.clone()))).expect("memory");
        }
        ends
    }

    fn hang() -> Outcome {
        Outcome::Hang(Divergence::of(Finding::sequence(Moment::Done, Moment::Halted)))
    }

    fn trouble() -> Outcome {
        Outcome::Error(Trouble::new("x", ""))
    }

    #[test]
    fn a_trial_is_remembered_until_it_runs_again_without_failing() {
        let folder = env::temp_dir().join(format!("nmi-memory-{}", std::process::id()));
        let memory = Memory::below(Some(folder.clone()), &[]);
        assert!(memory.read().is_empty());
        let learn = |trials: &[Trial]| {
            memory.learn(&ends(trials), |case| case != "gone");
            memory.read().into_iter().collect::<Vec<_>>()
        };
        let name = |case: &str| format!("kvm::long::ioctl::{case}");
        let first = [
            trial("a", hang()),
            trial("b", Outcome::Pass),
            trial("c", trouble()),
            trial("d", hang()),
            trial("gone", hang()),
        ];
        assert_eq!(learn(&first), [name("a"), name("c"), name("d")]);
        assert_eq!(learn(&[trial("a", Outcome::Pass)]), [name("c"), name("d")], "what did not run stays");
        let skip = Outcome::Skipped { requirement: "KVM".to_owned() };
        assert_eq!(learn(&[trial("c", skip)]), [name("c"), name("d")], "a skip shows nothing");
        assert_eq!(learn(&[trial("c", Outcome::Pass), trial("d", hang())]), [name("d")]);
        let others = Memory::below(Some(folder.clone()), &[PathBuf::from("/cases")]);
        assert!(others.read().is_empty(), "each folder of cases has its own");
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn what_cannot_be_written_or_read_is_no_trouble() {
        let nowhere = [None, Some(PathBuf::from("/proc/nmi-none")), Some(PathBuf::from("/dev/null"))];
        for state in nowhere {
            let memory = Memory::below(state, &[]);
            memory.learn(&ends(&[trial("a", hang())]), |_| true);
            assert!(memory.read().is_empty());
        }
        let folder = env::temp_dir().join(format!("nmi-memory-bad-{}", std::process::id()));
        fs::create_dir_all(folder.join("nmi/last-failed")).expect("created");
        fs::write(folder.join("nmi/last-failed/embedded"), b"\xff\xfe\n").expect("written");
        assert!(Memory::below(Some(folder.clone()), &[]).read().is_empty());
        fs::remove_dir_all(folder).expect("removed");
    }
}
