//! A hunt's journal on disk.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use reports::{Input, InputError, InputKind, open_input, sync};

use super::line::Line;
use super::plan::Plan;
use super::tally::Tally;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It is there already.
    #[error("{0} is there already; go on with `nmi hunt --resume {0}`, or name another journal")]
    Exists(String),
    /// Another process writes it.
    #[error("{0} is written by another hunt; wait for its end")]
    Busy(String),
    /// It ends before it begins.
    #[error("{0} holds no hunt: it was cut off before its first lines were whole; start anew with another journal")]
    Empty(String),
    /// It is no file that a journal could be in.
    #[error("{file}: {why}")]
    Unfit {
        /// Name of the journal.
        file: String,
        /// Why it cannot be read.
        why: InputError,
    },
    /// A line is none of a journal's.
    #[error("{file}: line {line}: not a line of a journal ({why}); give a file written by `nmi hunt --journal`")]
    Garbage {
        /// Name of the journal.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
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
        why: String,
    },
    /// The system's error.
    #[error("cannot {verb} {file}: {source}")]
    Io {
        /// What was tried.
        verb: &'static str,
        /// On which file.
        file: String,
        /// Error of the system.
        source: io::Error,
    },
}

/// A hunt's memory, on disk.
///
/// A trial's start is on the disk before the trial runs, so a host that it resets leaves a file that names it. Lines are
/// appended, each whole; at the end of a round the file is folded: written anew in a file beside it, which then takes its
/// place. So it is as long as one round and what is worth telling, however long the hunt.
pub struct Journal {
    path: PathBuf,
    file: File,
    /// How long the file is, up to its last whole line.
    length: u64,
    /// How long it is without a trial that has started and not ended.
    settled: u64,
}

impl Journal {
    /// Begins one. Errors: the file is there already, or cannot be written.
    pub fn create(path: &Path, plan: &Plan, tally: &Tally) -> Result<Self, JournalError> {
        let name = path.display().to_string();
        let file =
            OpenOptions::new().write(true).create_new(true).open(path).map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => JournalError::Exists(name.clone()),
                _ => JournalError::Io { verb: "create", file: name.clone(), source },
            })?;
        let mut journal = Self { path: path.to_owned(), file, length: 0, settled: 0 };
        if let Err(error) = journal.lock(&journal.file).and_then(|()| journal.fold(plan, tally)) {
            // Empty, it would be refused as there already, and as one that holds no hunt.
            let _ = fs::remove_file(path);
            return Err(error);
        }
        Ok(journal)
    }

    /// Goes on with one. Errors: those of [`read`], and that it is in use.
    pub fn resume(path: &Path) -> Result<(Self, JournalContents), JournalError> {
        let name = path.display().to_string();
        ordinary(path)?;
        let opened = OpenOptions::new().read(true).write(true).open(path);
        let file = opened.map_err(|source| JournalError::Io { verb: "open", file: name, source })?;
        let journal = Self { path: path.to_owned(), file, length: 0, settled: 0 };
        journal.lock(&journal.file)?;
        let kept = read(path)?;
        Ok((journal, kept))
    }

    /// Adds a line, if asked to through to the disk.
    ///
    /// Errors: what was written of it is taken back, as far as that goes, and so is the start of a trial whose end found no
    /// room: it did not end the hunt, it is merely due again.
    pub fn append(&mut self, line: &Line, through: bool) -> Result<(), JournalError> {
        let bytes = encode(line).map_err(|source| self.trouble("write", source))?;
        let written = self.file.write_all(&bytes).and_then(|()| if through { sync(&self.file) } else { Ok(()) });
        if let Err(source) = written {
            let _ = self.file.set_len(self.settled).and_then(|()| sync(&self.file));
            return Err(self.trouble("write", source));
        }
        self.length += bytes.len() as u64;
        if !matches!(line, Line::Started { .. }) {
            self.settled = self.length;
        }
        Ok(())
    }

    /// Writes the file anew, with all that was seen in one line. Errors: the old file stays as it is.
    pub fn fold(&mut self, plan: &Plan, tally: &Tally) -> Result<(), JournalError> {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let beside = PathBuf::from(name);
        let folded = self.write_beside(&beside, plan, tally);
        if folded.is_err() {
            let _ = fs::remove_file(&beside);
        }
        let (file, length) = folded.map_err(|source| self.trouble("write", source))?;
        (self.file, self.length, self.settled) = (file, length, length);
        Ok(())
    }

    fn write_beside(&self, beside: &Path, plan: &Plan, tally: &Tally) -> io::Result<(File, u64)> {
        let mut bytes = encode(&Line::Planned(Box::new(plan.clone())))?;
        bytes.extend(encode(&Line::Folded(Box::new(tally.clone())))?);
        let mut file = File::create(beside)?;
        // Before it has the name, so that no other hunt finds it unlocked.
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
            Err(TryLockError::Error(source)) => Err(self.trouble("lock", source)),
        }
    }

    fn trouble(&self, verb: &'static str, source: io::Error) -> JournalError {
        JournalError::Io { verb, file: self.path.display().to_string(), source }
    }
}

/// The file open for reading. Errors: the system's, or it is no ordinary file.
fn ordinary(path: &Path) -> Result<Input, JournalError> {
    let file = path.display().to_string();
    open_input(path, InputKind::Journal).map_err(|why| match why {
        InputError::Open(source) => JournalError::Io { verb: "open", file, source },
        why => JournalError::Unfit { file, why },
    })
}

fn encode(line: &Line) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// What a journal holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalContents {
    /// What the hunt is to do.
    pub plan: Plan,
    /// What it saw.
    pub tally: Tally,
    /// The last line, from 1, if it is not whole and was left out.
    pub cut: Option<usize>,
}

/// Reads a journal, also one that was cut off anywhere behind its first two lines: a last line that is not whole is
/// left out, and so is what a file system left as zeros at the end.
///
/// Errors: also a line that cannot follow those before it, and zeros that something follows: lines are lost there, or doubled.
pub fn read(path: &Path) -> Result<JournalContents, JournalError> {
    let file = path.display().to_string();
    let trouble = |verb, source| JournalError::Io { verb, file: file.clone(), source };
    let mut from = BufReader::new(ordinary(path)?);
    let (mut plan, mut tally, mut cut) = (None, None, None);
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if from.read_until(b'\n', &mut bytes).map_err(|source| trouble("read", source))? == 0 {
            break;
        }
        let damaged = |line: usize, why: String| JournalError::Damaged { file: file.clone(), line, why };
        let zeros = bytes.iter().position(|byte| *byte == 0);
        let behind = bytes.get(zeros.unwrap_or(bytes.len())..).unwrap_or_default();
        let blank = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace());
        if let Some(cut) = cut.filter(|_| !blank(&bytes)).or(Some(line).filter(|_| !blank(behind))) {
            return Err(damaged(cut, "zero bytes in place of lines".to_owned()));
        }
        if zeros.is_some() || cut.is_some() || !bytes.ends_with(b"\n") {
            cut = cut.or(Some(line));
            continue;
        }
        let wrong = |why: String| JournalError::Garbage { file: file.clone(), line, why };
        let parsed: Line = serde_json::from_slice(&bytes).map_err(|error| wrong(at_column(&error)))?;
        if let Some(stranger) = plan.as_ref().and_then(|plan| stranger(plan, &parsed)) {
            return Err(damaged(line, format!("{stranger} is no trial of this hunt")));
        }
        match (parsed, &mut tally) {
            (Line::Planned(found), None) if plan.is_none() => {
                if let Some(absurd) = found.absurd() {
                    return Err(wrong(absurd));
                }
                plan = Some(*found);
            }
            (Line::Folded(found), None) if plan.is_some() => tally = Some(*found),
            (Line::Planned(_) | Line::Folded(_), Some(_)) => return Err(wrong("a second hunt begins here".to_owned())),
            (later, Some(tally)) => match tally.refuses(&later) {
                Some(why) => return Err(damaged(line, why)),
                None => tally.take(&later),
            },
            (_, None) => return Err(wrong("a journal begins with `planned` and `folded`".to_owned())),
        }
    }
    match (plan, tally) {
        (Some(plan), Some(tally)) => Ok(JournalContents { plan, tally, cut }),
        _ => Err(JournalError::Empty(file)),
    }
}

/// To serde each line is the first of its own text.
fn at_column(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    format!("column {}: {}", error.column(), error.to_string().replace(&place, ""))
}

/// A trial that the line names and the plan does not know.
fn stranger(plan: &Plan, line: &Line) -> Option<String> {
    let mut named: Box<dyn Iterator<Item = &String> + '_> = match line {
        Line::Started { trial, .. } => Box::new(std::iter::once(trial)),
        Line::Folded(tally) => Box::new(tally.done.iter().chain(tally.trials.keys())),
        Line::Planned(_) | Line::Ended { .. } => return None,
    };
    named.find(|trial| !plan.knows(trial)).cloned()
}
