//! The journal of a hunt: a file that survives a reset of the host at any moment.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use reports::{Input, InputError, InputKind, open_input, sync};

use super::line::Line;
use super::plan::{Absurd, Plan};
use super::replay::OutOfOrder;
use super::tally::Tally;

/// Why a line is not one of a journal.
#[derive(Debug, thiserror::Error)]
pub enum NotALine {
    /// It is not JSON, or not this JSON.
    #[error("{}", at_column(.0))]
    Json(serde_json::Error),
    /// It plans what no command line can.
    #[error(transparent)]
    Absurd(#[from] Absurd),
    /// A plan behind a plan.
    #[error("a second hunt begins here")]
    SecondHunt,
    /// A trial in front of the plan.
    #[error("a journal begins with `planned` and `folded`")]
    Beginning,
}

/// Why a line cannot follow those before it.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// A file system lost what was written.
    #[error("zero bytes in place of lines")]
    Zeros,
    /// A trial that the plan does not have.
    #[error("{0} is no trial of this hunt")]
    Stranger(String),
    /// A trial starts or ends that cannot.
    #[error(transparent)]
    OutOfOrder(#[from] OutOfOrder),
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file exists already.
    #[error("{0} is there already; go on with `nmi hunt --resume {0}`, or name another journal")]
    Exists(String),
    /// Another process is writing it.
    #[error("{0} is written by another hunt; wait for its end")]
    Busy(String),
    /// Its first two lines are incomplete.
    #[error("{0} holds no hunt: it was cut off before its first lines were whole; start anew with another journal")]
    Empty(String),
    /// It is not a regular file, or is too long.
    #[error("{file}: {why}")]
    Unfit {
        /// Name of the journal.
        file: String,
        /// Why it cannot be read.
        why: InputError,
    },
    /// A line is not a line of a journal.
    #[error("{file}: line {line}: not a line of a journal ({why}); give a file written by `nmi hunt --journal`")]
    Garbage {
        /// Name of the journal.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        why: NotALine,
    },
    /// A line that cannot follow those before it.
    #[error(
        "{file}: line {line}: {why}; the journal is damaged, and what it counts would be wrong: start anew with another"
    )]
    Damaged {
        /// Name of the journal.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        why: Damage,
    },
    /// The system's error.
    #[error("cannot {verb} {file}: {source}")]
    Io {
        /// What failed.
        verb: &'static str,
        /// Name of the journal.
        file: String,
        /// The system's error.
        source: io::Error,
    },
}

/// The open journal of a hunt.
///
/// The start of a trial is on the disk before the trial runs, so that after a reset of the host the file names the trial. Lines are
/// appended; at the end of a round the file is folded: replaced by a new file with one line that summarizes all rounds. Its length is
/// therefore bounded by one round and the summary, however long the hunt.
pub struct Journal {
    path: PathBuf,
    file: File,
    /// The length of the file in bytes, up to its last complete line.
    length: u64,
    /// The same without the start of a trial that has not ended.
    settled: u64,
}

impl Journal {
    /// Creates a journal. Errors: the file exists already, or cannot be written.
    pub fn create(path: &Path, plan: &Plan, tally: &Tally) -> Result<Self, JournalError> {
        let file =
            OpenOptions::new().write(true).create_new(true).open(path).map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => JournalError::Exists(path.display().to_string()),
                _ => trouble("create", path)(source),
            })?;
        let mut journal = Self { path: path.to_owned(), file, length: 0, settled: 0 };
        if let Err(error) = journal.lock(&journal.file).and_then(|()| journal.fold(plan, tally)) {
            // An empty file could be neither created again nor resumed.
            let _ = fs::remove_file(path);
            return Err(error);
        }
        Ok(journal)
    }

    /// Opens a journal to continue it. Errors: those of [`read`], or it is in use.
    pub fn resume(path: &Path) -> Result<(Self, JournalContents), JournalError> {
        ordinary(path)?;
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(trouble("open", path))?;
        let journal = Self { path: path.to_owned(), file, length: 0, settled: 0 };
        journal.lock(&journal.file)?;
        let kept = read(path)?;
        Ok((journal, kept))
    }

    /// Appends a line; with `through`, it is on the disk when this returns.
    ///
    /// Errors: the line cannot be written. It is removed then, as far as possible, together with the start of a trial whose end it is:
    /// that trial did not end the hunt, and runs again.
    pub fn append(&mut self, line: &Line, through: bool) -> Result<(), JournalError> {
        let bytes = encode(line).map_err(trouble("write", &self.path))?;
        let written = self.file.write_all(&bytes).and_then(|()| if through { sync(&self.file) } else { Ok(()) });
        if let Err(source) = written {
            let _ = self.file.set_len(self.settled).and_then(|()| sync(&self.file));
            return Err(trouble("write", &self.path)(source));
        }
        self.length += bytes.len() as u64;
        if !matches!(line, Line::Started { .. }) {
            self.settled = self.length;
        }
        Ok(())
    }

    /// Replaces the file by a new one with everything seen in one line. Errors: the old file stays as it is.
    pub fn fold(&mut self, plan: &Plan, tally: &Tally) -> Result<(), JournalError> {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let beside = PathBuf::from(name);
        let folded = self.write_beside(&beside, plan, tally);
        if folded.is_err() {
            let _ = fs::remove_file(&beside);
        }
        let (file, length) = folded.map_err(trouble("write", &self.path))?;
        (self.file, self.length, self.settled) = (file, length, length);
        Ok(())
    }

    fn write_beside(&self, beside: &Path, plan: &Plan, tally: &Tally) -> io::Result<(File, u64)> {
        let mut bytes = encode(&Line::Planned(Box::new(plan.clone())))?;
        bytes.extend(encode(&Line::Folded(Box::new(tally.clone())))?);
        let mut file = File::create(beside)?;
        // It is locked before the rename, so that no other hunt finds it unlocked.
        file.lock()?;
        file.write_all(&bytes)?;
        sync(&file)?;
        fs::rename(beside, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        sync(&File::open(folder.unwrap_or(Path::new(".")))?)?;
        Ok((file, bytes.len() as u64))
    }

    fn lock(&self, file: &File) -> Result<(), JournalError> {
        match file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(JournalError::Busy(self.path.display().to_string())),
            Err(TryLockError::Error(source)) => Err(trouble("lock", &self.path)(source)),
        }
    }
}

/// An error of the system on a journal.
fn trouble(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let file = path.display().to_string();
    move |source| JournalError::Io { verb, file, source }
}

/// Opens the file for reading. Errors: the system's, or it is not a regular file.
fn ordinary(path: &Path) -> Result<Input, JournalError> {
    let file = path.display().to_string();
    open_input(path, InputKind::Journal).map_err(|why| match why {
        InputError::Open(source) => trouble("open", path)(source),
        why => JournalError::Unfit { file, why },
    })
}

fn encode(line: &Line) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The content of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalContents {
    /// What the hunt is to do.
    pub plan: Plan,
    /// What it saw so far.
    pub tally: Tally,
    /// The number of the last line, from 1, if it is incomplete and was ignored.
    pub cut: Option<usize>,
}

/// Reads a journal. An incomplete last line is ignored, and so are zeros that a file system left at the end.
///
/// Errors: the file cannot be read, its first two lines are incomplete, a line is wrong or cannot follow those before it, or zeros
/// stand between lines.
pub fn read(path: &Path) -> Result<JournalContents, JournalError> {
    let file = path.display().to_string();
    let mut from = BufReader::new(ordinary(path)?);
    let (mut plan, mut tally, mut cut) = (None, None, None);
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if from.read_until(b'\n', &mut bytes).map_err(trouble("read", path))? == 0 {
            break;
        }
        let damaged = |line: usize, why: Damage| JournalError::Damaged { file: file.clone(), line, why };
        let zeros = bytes.iter().position(|byte| *byte == 0);
        let behind = bytes.get(zeros.unwrap_or(bytes.len())..).unwrap_or_default();
        let blank = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace());
        if let Some(cut) = cut.filter(|_| !blank(&bytes)).or(Some(line).filter(|_| !blank(behind))) {
            return Err(damaged(cut, Damage::Zeros));
        }
        if zeros.is_some() || cut.is_some() || !bytes.ends_with(b"\n") {
            cut = cut.or(Some(line));
            continue;
        }
        let wrong = |why: NotALine| JournalError::Garbage { file: file.clone(), line, why };
        let parsed: Line = serde_json::from_slice(&bytes).map_err(|error| wrong(NotALine::Json(error)))?;
        if let Some(stranger) = plan.as_ref().and_then(|plan| stranger(plan, &parsed)) {
            return Err(damaged(line, Damage::Stranger(stranger)));
        }
        match (parsed, &mut tally) {
            (Line::Planned(found), None) if plan.is_none() => {
                found.admissible().map_err(|absurd| wrong(absurd.into()))?;
                plan = Some(*found);
            }
            (Line::Folded(found), None) if plan.is_some() => tally = Some(*found),
            (Line::Planned(_) | Line::Folded(_), Some(_)) => return Err(wrong(NotALine::SecondHunt)),
            (later, Some(tally)) => {
                tally.admits(&later).map_err(|why| damaged(line, why.into()))?;
                tally.take(&later);
            }
            (_, None) => return Err(wrong(NotALine::Beginning)),
        }
    }
    match (plan, tally) {
        (Some(plan), Some(tally)) => Ok(JournalContents { plan, tally, cut }),
        _ => Err(JournalError::Empty(file)),
    }
}

/// The error with its column only: to serde every line is line 1.
fn at_column(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    format!("column {}: {}", error.column(), error.to_string().replace(&place, ""))
}

/// A trial that the line names and that is not part of the hunt.
fn stranger(plan: &Plan, line: &Line) -> Option<String> {
    let named: Vec<&String> = match line {
        Line::Started { trial, .. } => vec![trial],
        Line::Folded(tally) => tally.done.iter().chain(tally.trials.keys()).collect(),
        Line::Planned(_) | Line::Ended { .. } => Vec::new(),
    };
    named.into_iter().find(|trial| !plan.knows(trial)).cloned()
}
