//! Saved runs: JSON lines, written and read.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::Path;

use serde::Deserialize;
use serde_json::error::Category;
use thiserror::Error;

use crate::json_text::write_json;
use crate::output::named;
use crate::{Claim, Event, Reporter, SavedRun, TrialId, sync};

/// Writes one event a line, each line as soon as its event happens.
pub struct Json<W> {
    to: W,
    secure: Option<File>,
    name: String,
}

impl<W: Write> Json<W> {
    /// Writes here, and flushes after every line.
    pub fn new(to: W) -> Json<W> {
        Json { to, secure: None, name: String::new() }
    }
}

impl Json<File> {
    /// Writes to this file, truncated. Errors: it cannot be created; the text names it.
    pub fn file(path: &Path) -> io::Result<Json<File>> {
        let name = path.display().to_string();
        let to = File::create(path).map_err(|error| named("create", &name, error))?;
        Ok(Json { to, secure: None, name })
    }

    /// Empties this file and writes to it. With `secure` every start of a trial is also written through to the disk
    /// (fdatasync, some milliseconds each), so that the file names the trial even if that trial takes the host down. Errors:
    /// it cannot be written; the text names it.
    pub fn claimed(claim: Claim, secure: bool) -> io::Result<Json<File>> {
        let name = claim.name().to_owned();
        let to = claim.begin()?;
        let secure = secure.then(|| to.try_clone()).transpose().map_err(|error| named("write", &name, error))?;
        Ok(Json { to, secure, name })
    }
}

impl<W: Write> Json<W> {
    fn write(&mut self, event: &Event) -> io::Result<()> {
        let mut line = Vec::new();
        write_json(&mut line, event)?;
        line.push(b'\n');
        self.to.write_all(&line)?;
        self.to.flush()?;
        match &self.secure {
            Some(file) if !matches!(event, Event::TrialFinished(_)) => sync(file),
            _ => Ok(()),
        }
    }
}

impl<W: Write> Reporter for Json<W> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        let done = self.write(event);
        if self.name.is_empty() { done } else { done.map_err(|error| named("write", &self.name, error)) }
    }
}

/// Why a file is not a saved run.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Reading failed.
    #[error("line {line}: cannot read: {error}")]
    Io {
        /// Line, from 1.
        line: usize,
        /// The system's error.
        error: io::Error,
    },
    /// A line is no event.
    #[error("line {line}, column {column}: not an event of a saved run ({why}); give a file written by `nmi run`")]
    Garbage {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong with it.
        why: String,
    },
    /// An event out of order.
    #[error("line {line}: {what}; keep one run to a file")]
    Order {
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A trial that cannot start or end there: lines are missing, or there twice.
    #[error("line {line}: trial {trial} {what}; the file is damaged: lines are missing before this one, or doubled")]
    Trial {
        /// Line, from 1.
        line: usize,
        /// Name of the trial.
        trial: Box<TrialId>,
        /// What is wrong.
        what: &'static str,
    },
    /// Zero bytes with more text after them.
    #[error(
        "line {line}: zero bytes in the midst of the file, in place of what was written there; the file is damaged"
    )]
    Zeros {
        /// Line, from 1.
        line: usize,
    },
}

/// Reads a saved run, also one that was cut off anywhere: a partial last line is dropped. Trials may overlap.
///
/// A file system that lost the last blocks leaves zeros there; they count as cut off, too. Errors: a complete line that
/// is no event, zeros that something follows, or events in an order no run has.
pub fn read_run(mut from: impl BufRead) -> Result<SavedRun, ReadError> {
    let mut run = SavedRun::default();
    let mut order = Order::default();
    let mut zeros = None;
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if from.read_until(b'\n', &mut bytes).map_err(|error| ReadError::Io { line, error })? == 0 {
            break;
        }
        let whole = bytes.ends_with(b"\n");
        let kept = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let (text, behind) = bytes.split_at_checked(kept).unwrap_or((&bytes, &[]));
        let text = text.trim_ascii();
        if behind.iter().any(|byte| *byte != 0 && !byte.is_ascii_whitespace()) {
            return Err(ReadError::Zeros { line });
        }
        if let (Some(line), false) = (zeros, text.is_empty()) {
            return Err(ReadError::Zeros { line });
        }
        if !behind.is_empty() {
            zeros = zeros.or(Some(line));
        }
        if text.is_empty() {
            continue;
        }
        match event(text) {
            Ok(event) => {
                check_order(&run, &event, line)?;
                order.check(&event, line)?;
                run.take(&event);
            }
            Err(error) if is_cut(&error, text) && (!whole || zeros.is_some()) => run.torn = true,
            Err(error) => return Err(garbage(line, &error)),
        }
    }
    run.torn |= zeros.is_some();
    Ok(run)
}

/// Whether the text is the beginning of an event.
fn is_cut(error: &serde_json::Error, text: &[u8]) -> bool {
    error.classify() == Category::Eof && text.starts_with(b"{")
}

/// Which trials have started and ended so far: each does so once.
#[derive(Default)]
struct Order {
    running: HashSet<TrialId>,
    ended: HashSet<TrialId>,
}

impl Order {
    fn check(&mut self, event: &Event, line: usize) -> Result<(), ReadError> {
        let (id, what) = match event {
            Event::TrialStarted { id } if self.ended.contains(id) => (id, "starts here and has ended before"),
            Event::TrialStarted { id } if !self.running.insert(id.clone()) => {
                (id, "starts here and has started before")
            }
            Event::TrialFinished(trial) if self.ended.contains(&trial.id) => {
                (&trial.id, "ends here and has ended before")
            }
            Event::TrialFinished(trial) if !self.running.remove(&trial.id) => {
                (&trial.id, "ends here and has not started")
            }
            Event::TrialFinished(trial) => {
                self.ended.insert(trial.id.clone());
                return Ok(());
            }
            _ => return Ok(()),
        };
        Err(ReadError::Trial { line, trial: Box::new(id.clone()), what })
    }
}

/// Writes a run as [`read_run`] reads it. All of it comes back except [`SavedRun::torn`], since every line is complete.
///
/// Errors: the writer's.
pub fn write_run(run: &SavedRun, mut to: impl Write) -> io::Result<()> {
    for event in run.events() {
        write_json(&mut to, &event)?;
        to.write_all(b"\n")?;
    }
    to.flush()
}

/// An event's tag, read first: for an internally tagged enum serde buffers the whole line, which takes almost twice as long.
#[derive(Deserialize)]
struct Tag<'a> {
    event: &'a str,
}

#[derive(Deserialize)]
struct Started {
    id: TrialId,
}

fn event(text: &[u8]) -> serde_json::Result<Event> {
    match serde_json::from_slice::<Tag<'_>>(text).map(|tag| tag.event) {
        Ok("trial-finished") => serde_json::from_slice(text).map(Event::TrialFinished),
        Ok("trial-started") => serde_json::from_slice(text).map(|Started { id }| Event::TrialStarted { id }),
        _ => serde_json::from_slice(text),
    }
}

/// Each line is parsed by itself, so serde's own line number is dropped.
fn garbage(line: usize, error: &serde_json::Error) -> ReadError {
    let place = format!(" at line {} column {}", error.line(), error.column());
    ReadError::Garbage { line, column: error.column(), why: error.to_string().replace(&place, "") }
}

fn check_order(run: &SavedRun, event: &Event, line: usize) -> Result<(), ReadError> {
    let what = match event {
        _ if run.summary.is_some() => "events after the end of the run",
        Event::RunStarted(_) if run.facts.is_some() => "a second run starts here",
        Event::RunStarted(_) => return Ok(()),
        _ if run.facts.is_none() => "events before the start of the run",
        _ => return Ok(()),
    };
    Err(ReadError::Order { line, what })
}

#[cfg(test)]
mod tests;
