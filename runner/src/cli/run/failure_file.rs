//! The file that remembers which trials failed when they last ran, for `--last-failed`.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use reports::{Event, Kind, Reporter, Trial, replace};

use crate::cli::cases::CasesArg;

/// The most bytes that are read of the file, which has a line for each failed trial.
const LONGEST: u64 = 16 << 20;

/// A file in `$XDG_STATE_HOME/nmi/last-failed/`, by default `~/.local/state/nmi/last-failed/`, with the names of failed trials: one
/// file for the embedded cases, and one for each other folder of cases.
pub(super) struct FailureFile {
    /// `None` where neither folder is known.
    path: Option<PathBuf>,
}

impl FailureFile {
    /// The file for runs of these cases.
    pub(super) fn of(cases: &CasesArg) -> FailureFile {
        let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || absolute("HOME").map(|home| home.join(".local/state"));
        // A folder that does not exist is reported when the cases are loaded.
        let folder = |folder: &PathBuf| fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
        let folders: Vec<PathBuf> = cases.cases.iter().map(folder).collect();
        FailureFile::below(absolute("XDG_STATE_HOME").or_else(home), &folders)
    }

    fn below(state: Option<PathBuf>, folders: &[PathBuf]) -> FailureFile {
        let key = match folders {
            [] => "embedded".to_owned(),
            _ => {
                // Another release of Rust may hash differently, and then starts with an empty file.
                let mut hasher = DefaultHasher::new();
                folders.hash(&mut hasher);
                format!("{:016x}", hasher.finish())
            }
        };
        FailureFile { path: state.map(|state| state.join("nmi/last-failed").join(key)) }
    }

    /// The names of the trials that failed when they last ran; none if the file cannot be read.
    pub(super) fn read(&self) -> BTreeSet<String> {
        let text = self.path.as_deref().and_then(read).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Records a run. A trial stays in the file until it has run again without failing, or until its case no longer `exists`.
    ///
    /// Errors of writing are ignored.
    pub(super) fn update(&self, ends: &TrialEnds<'_>, exists: impl Fn(&str) -> bool) {
        let Some(path) = &self.path else { return };
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
        let made = path.parent().is_some_and(|folder| fs::create_dir_all(folder).is_ok());
        if made {
            let _ = replace(path, |to: &mut dyn Write| to.write_all(text.as_bytes()));
        }
    }
}

/// Whether each trial of a run failed.
pub(super) struct TrialEnds<'a> {
    failed: &'a dyn Fn(&Trial) -> bool,
    /// Names, and whether they failed; without skipped trials.
    list: Vec<(String, bool)>,
}

impl<'a> TrialEnds<'a> {
    /// An empty list; `failed` decides whether a trial failed.
    pub(super) fn new(failed: &'a dyn Fn(&Trial) -> bool) -> Self {
        Self { failed, list: Vec::new() }
    }
}

impl Reporter for TrialEnds<'_> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        if let Event::TrialFinished(trial) = event
            && trial.outcome.kind() != Kind::Skipped
        {
            self.list.push((trial.id.to_string(), (self.failed)(trial)));
        }
        Ok(())
    }
}

/// Whether the trial is one that `--last-failed` would run again.
pub(super) fn has_failed(trial: &Trial) -> bool {
    let kind = trial.outcome.kind();
    kind.is_failure() || kind == Kind::Error
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
    use reports::{Divergence, Finding, Moment, Outcome, TrialId, Trouble};

    use super::*;

    fn trial(case: &str, outcome: Outcome) -> Trial {
        let [machine, mode, path, case] = ["kvm", "long", "ioctl", case].map(str::to_owned);
        Trial::bare(TrialId { machine, mode, path, case }, outcome)
    }

    fn ends(trials: &[Trial]) -> TrialEnds<'static> {
        let mut ends = TrialEnds::new(&has_failed);
        for trial in trials {
            ends.take(&Event::TrialFinished(Box::new(trial.clone()))).expect("memory");
        }
        ends
    }

    fn hang() -> Outcome {
        Outcome::Hang(Divergence::of(Finding::sequence(Moment::Done, Moment::Halted)))
    }

    fn trouble() -> Outcome {
        Outcome::Error(Trouble::HuntEnded)
    }

    #[test]
    fn a_trial_is_remembered_until_it_runs_again_without_failing() {
        let folder = env::temp_dir().join(format!("nmi-memory-{}", std::process::id()));
        let file = FailureFile::below(Some(folder.clone()), &[]);
        assert!(file.read().is_empty());
        let update = |trials: &[Trial]| {
            file.update(&ends(trials), |case| case != "gone");
            file.read().into_iter().collect::<Vec<_>>()
        };
        let name = |case: &str| format!("kvm::long::ioctl::{case}");
        let first = [
            trial("a", hang()),
            trial("b", Outcome::Pass),
            trial("c", trouble()),
            trial("d", hang()),
            trial("gone", hang()),
        ];
        assert_eq!(update(&first), [name("a"), name("c"), name("d")]);
        assert_eq!(update(&[trial("a", Outcome::Pass)]), [name("c"), name("d")], "what did not run stays");
        let skip = Outcome::Skipped { requirement: reports::KvmLack::Pmu.into() };
        assert_eq!(update(&[trial("c", skip)]), [name("c"), name("d")], "a skip shows nothing");
        assert_eq!(update(&[trial("c", Outcome::Pass), trial("d", hang())]), [name("d")]);
        let others = FailureFile::below(Some(folder.clone()), &[PathBuf::from("/cases")]);
        assert!(others.read().is_empty(), "each folder of cases has its own");
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn what_cannot_be_written_or_read_is_no_trouble() {
        let nowhere = [None, Some(PathBuf::from("/proc/nmi-none")), Some(PathBuf::from("/dev/null"))];
        for state in nowhere {
            let file = FailureFile::below(state, &[]);
            file.update(&ends(&[trial("a", hang())]), |_| true);
            assert!(file.read().is_empty());
        }
        let folder = env::temp_dir().join(format!("nmi-memory-bad-{}", std::process::id()));
        fs::create_dir_all(folder.join("nmi/last-failed")).expect("created");
        fs::write(folder.join("nmi/last-failed/embedded"), b"\xff\xfe\n").expect("written");
        assert!(FailureFile::below(Some(folder.clone()), &[]).read().is_empty());
        fs::remove_dir_all(folder).expect("removed");
    }
}
