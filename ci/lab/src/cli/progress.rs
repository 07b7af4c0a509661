//! Progress on standard error while jobs run, and the files of the runs that are done.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use fs_err as fs;
use reports::{SavedRun, replace, write_run};
use runner::command::note;

use super::summary::Summary;
use crate::run::{Listener, RunId, State};
use crate::{Attempt, Failure};

/// How often progress is shown.
const INTERVAL: Duration = Duration::from_secs(1);
/// The same where each line stays, as in the log of a CI job.
const SLOW_INTERVAL: Duration = Duration::from_secs(15);

/// Shows progress while jobs run, and saves each run when it is done.
pub(super) struct Progress<'a> {
    runs: &'a Path,
    also: Option<&'a Path>,
    shown: Mutex<Shown>,
}

struct Shown {
    last: Instant,
    summary: Summary,
    trouble: Option<Failure>,
}

impl<'a> Progress<'a> {
    /// Saves runs into one folder, and into a second one if there is one.
    pub(super) fn new(runs: &'a Path, also: Option<&'a Path>) -> Progress<'a> {
        let shown = Shown { last: Instant::now(), summary: Summary::default(), trouble: None };
        Progress { runs, also, shown: Mutex::new(shown) }
    }

    /// The summary of all runs. Errors: a run could not be saved.
    pub(super) fn close(self) -> (Summary, Result<(), Failure>) {
        let shown = self.shown.into_inner().unwrap_or_else(PoisonError::into_inner);
        (shown.summary, shown.trouble.map_or(Ok(()), Err))
    }

    /// A complete run is replaced only by another one of the same target and kernel; an interrupted one goes to the folder
    /// `unfinished`.
    fn save(&self, id: &RunId, state: &State, run: &SavedRun) -> Result<PathBuf, Failure> {
        let name = format!("{id}.jsonl");
        let whole = run.summary.as_ref().is_some_and(|summary| !summary.interrupted);
        let file = if whole { self.runs.join(&name) } else { self.runs.join("unfinished").join(&name) };
        write(&file, run)?;
        if let Some(also) = self.also {
            write(&also.join(&name), run)?;
        }
        // The journals hold the same, and are needed only until the run is saved.
        state.collected.remove_journals();
        Ok(file)
    }
}

impl Listener for Progress<'_> {
    fn changed(&self, id: &RunId, state: &State) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let terminal = io::stderr().is_terminal();
        if shown.last.elapsed() < if terminal { INTERVAL } else { SLOW_INTERVAL } {
            return;
        }
        shown.last = Instant::now();
        let line = progress(id, state);
        if terminal {
            // Carriage return and "erase to the end of the line", so that the next line covers this one.
            let _ = write!(io::stderr(), "\r{line}\x1b[K");
        } else {
            note(&line);
        }
    }

    fn finished(&self, id: &RunId, state: &State) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if io::stderr().is_terminal() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
        let millis = u64::try_from(state.took.as_millis()).unwrap_or(u64::MAX);
        let run = state.collected.joined(millis).unwrap_or_else(|error| {
            shown.trouble = Some(Failure::trouble(Attempt::JoinShards(id.clone()), error));
            SavedRun::default()
        });
        let missing = state.collected.missing();
        let saved = match run.trials.is_empty() {
            true => None,
            false => match self.save(id, state, &run) {
                Ok(file) => Some(file),
                Err(failure) => {
                    shown.trouble = Some(failure);
                    None
                }
            },
        };
        let text = shown.summary.add(id, &run, missing.as_ref(), state, saved.as_deref());
        note(text.lines().next().unwrap_or_default());
    }
}

fn progress(id: &RunId, state: &State) -> String {
    let (finished, planned) = (state.collected.finished(), state.collected.planned());
    let seconds = state.took.as_secs();
    match planned {
        0 => format!("{id}: booting, {seconds} s"),
        _ => format!("{id}: {finished} of {planned} trials, {} failed, {seconds} s", state.collected.bad()),
    }
}

/// The file of the journal of one shard of a run: `shard` of `shards`, from 1.
pub(super) fn part_file(folder: &Path, id: &RunId, (shard, shards): (usize, usize)) -> PathBuf {
    match shards {
        1 => folder.join(format!("{id}.jsonl.part")),
        _ => folder.join(format!("{id}.{shard}of{shards}.jsonl.part")),
    }
}

/// Writes a run whole or not at all.
pub(super) fn write(to: &Path, run: &SavedRun) -> Result<(), Failure> {
    let folder = to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    Ok(replace(to, |to| write_run(run, to))?)
}

#[cfg(test)]
mod tests {
    use reports::{Event, RunFacts, Trial, TrialId, read_run};

    use super::*;
    use crate::run::{Collected, Journal};

    fn trial(case: &str) -> Trial {
        let [machine, mode, path] = ["kvm", "long", "ioctl"].map(str::to_owned);
        let id = TrialId { machine, mode, path, case: case.to_owned() };
        Trial::bare(id, reports::Outcome::Pass)
    }

    /// A run in two shards of one trial each, of which so many ended.
    fn state(runs: &Path, id: &RunId, ended: usize) -> State {
        let collected = Collected::of((1..=2).map(|shard| Journal::new(part_file(runs, id, (shard, 2)))));
        for (shard, case) in [(1, "a/b"), (2, "a/c")] {
            let take = |event| collected.share(shard).with(|part| part.take(&event)).unwrap();
            take(Event::RunStarted(RunFacts { trials: 1, machines: vec!["kvm".to_owned()], ..RunFacts::default() }));
            take(Event::TrialStarted { id: trial(case).id });
            if shard <= ended {
                take(Event::TrialFinished(Box::new(trial(case))));
                take(Event::RunFinished(reports::Summary::default()));
            }
        }
        State { collected, took: Duration::ZERO, first: None }
    }

    fn shortfall(file: &Path) -> Option<String> {
        read_run(&fs::read(file).unwrap()[..]).unwrap().shortfall()
    }

    #[test]
    fn a_run_cut_short_does_not_replace_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path();
        let id = RunId { target: "amd".to_owned(), kernel: "6.1".to_owned() };
        let progress = Progress::new(runs, None);
        progress.finished(&id, &state(runs, &id, 2));
        assert_eq!(shortfall(&runs.join("amd@6.1.jsonl")), None);
        progress.finished(&id, &state(runs, &id, 1));
        assert_eq!(shortfall(&runs.join("amd@6.1.jsonl")), None, "the whole one stays");
        let unfinished = shortfall(&runs.join("unfinished/amd@6.1.jsonl"));
        assert_eq!(unfinished.as_deref(), Some("interrupted after 1 of 2 trials"));
        assert_eq!(fs::read_dir(runs).unwrap().count(), 2, "the journals are gone");
        assert!(progress.close().1.is_ok());
    }

    #[test]
    fn journals_are_saved_runs_of_their_shards() {
        let folder = tempfile::tempdir().unwrap();
        let id = RunId { target: "amd".to_owned(), kernel: "6.1".to_owned() };
        state(folder.path(), &id, 1);
        let journal = |shard| shortfall(&part_file(folder.path(), &id, (shard, 2)));
        assert_eq!(journal(1).as_deref(), Some("cut off after 1 of 1 trial"));
        assert_eq!(journal(2).as_deref(), Some("cut off in kvm::long::ioctl::a/c, after 0 of 1 trial"));
    }
}
