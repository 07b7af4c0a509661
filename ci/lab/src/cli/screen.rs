use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reports::{Json, SavedRun};

use super::start::tell;
use super::summary::Summary;
use crate::Failure;
use crate::run::{Listener, Place, State};

/// How often progress is shown.
const BEAT: Duration = Duration::from_secs(1);
/// The same where lines stay, as in the log of a CI job.
const SLOW_BEAT: Duration = Duration::from_secs(15);

/// Shows progress while jobs run, and saves each run when it is done.
pub(super) struct Screen<'a> {
    runs: &'a Path,
    also: Option<&'a Path>,
    shown: Mutex<Shown>,
}

struct Shown {
    last: Instant,
    summary: Summary,
    trouble: Option<Failure>,
}

impl<'a> Screen<'a> {
    /// Saves runs into one folder, and into a second one if there is one.
    pub(super) fn new(runs: &'a Path, also: Option<&'a Path>) -> Screen<'a> {
        let shown = Shown { last: Instant::now(), summary: Summary::default(), trouble: None };
        Screen { runs, also, shown: Mutex::new(shown) }
    }

    /// What came of it all. Errors: a run could not be saved.
    pub(super) fn close(self) -> (Summary, Result<(), Failure>) {
        let shown = self.shown.into_inner().unwrap_or_else(PoisonError::into_inner);
        (shown.summary, shown.trouble.map_or(Ok(()), Err))
    }

    fn save(&self, place: &Place, state: &State, run: &SavedRun) -> Result<PathBuf, Failure> {
        let file = file(self.runs, place);
        for folder in [Some(self.runs), self.also].into_iter().flatten() {
            write(&folder.join(file.file_name().unwrap_or_default()), run)?;
        }
        // The journal held the same; it is there until the run is.
        let _ = fs::remove_file(state.journal.path());
        Ok(file)
    }
}

impl Listener for Screen<'_> {
    fn changed(&self, place: &Place, state: &State) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let terminal = io::stderr().is_terminal();
        if shown.last.elapsed() < if terminal { BEAT } else { SLOW_BEAT } {
            return;
        }
        shown.last = Instant::now();
        let line = progress(place, state);
        if terminal {
            // Carriage return and "erase to the end of the line", so that the next line covers this one.
            let _ = write!(io::stderr(), "\r{line}\x1b[K");
        } else {
            tell(&line);
        }
    }

    fn finished(&self, place: &Place, state: &State) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if io::stderr().is_terminal() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
        let millis = u64::try_from(state.took.as_millis()).unwrap_or(u64::MAX);
        let run = state.collected.joined(millis);
        let missing = state.collected.missing();
        let saved = match run.trials.is_empty() {
            true => None,
            false => match self.save(place, state, &run) {
                Ok(file) => Some(file),
                Err(failure) => {
                    shown.trouble = Some(failure);
                    None
                }
            },
        };
        let text = shown.summary.add(place, &run, missing.as_deref(), state, saved.as_deref());
        tell(text.lines().next().unwrap_or_default());
    }
}

fn progress(place: &Place, state: &State) -> String {
    let (finished, planned) = (state.collected.finished(), state.collected.planned());
    let seconds = state.took.as_secs();
    match planned {
        0 => format!("{place}: booting, {seconds} s"),
        _ => format!("{place}: {finished} of {planned} trials, {} failed, {seconds} s", state.collected.bad()),
    }
}

/// The file of a place's run in a folder.
pub(super) fn file(folder: &Path, place: &Place) -> PathBuf {
    folder.join(format!("{place}.jsonl"))
}

/// Writes a run whole or not at all.
fn write(to: &Path, run: &SavedRun) -> Result<(), Failure> {
    let folder = to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
    let part = to.with_extension("jsonl.new");
    let trouble = |error: io::Error| Failure::Trouble(error.to_string());
    let written = Json::file(&part, false).and_then(|mut json| run.replay(&mut json)).map_err(trouble);
    let done = written.and_then(|()| fs::rename(&part, to).map_err(|error| Failure::io("rename", &part, &error)));
    done.inspect_err(|_| {
        let _ = fs::remove_file(&part);
    })
}
