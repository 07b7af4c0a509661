//! Failures of the commands of `nmi`, and the exit code of each.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use reports::{InputError, MergeError, OutputError, code, counted};

use crate::case::Diagnostics;
use crate::command::SavedRunError;
use crate::hunt::{Changed, JournalError};
use crate::machine::Trouble;
use crate::reproduce::Unable;
use crate::suite::{BadFilter, Shard, Stopped, UnknownMachine, UnknownTrial, UnusedWord};

/// Why a command failed. Its text is printed after `error: `, except for diagnostics of case files.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    // Bad input: cases.
    #[error(transparent)]
    Cases(#[from] Diagnostics),
    /// The same with counts, from `nmi check`.
    #[error("{}\n\n{}", .0, errors(.0))]
    Checked(Diagnostics),
    #[error("unknown case `{id}`{hint}")]
    UnknownCase { id: String, hint: String },
    #[error("`{}` names no case: {}; `nmi list` shows all", .0.glob().unwrap_or_default(), .0.kind())]
    BadGlob(#[source] globset::Error),
    #[error("`{0}` names no case: the glob fits none; `nmi list` shows all")]
    GlobFitsNone(String),
    #[error("no program can be made of this trial: {0}")]
    Unable(#[from] Unable),
    #[error("the case does not run with this {what}; it runs with {}", known.join(", "))]
    NotRunWith { what: &'static str, known: Vec<String> },
    #[error(
        "`{}` is no id of a case; use lowercase words with `-` between them, and `/` for folders: \
         `blocking/second-nmi-waits`", .0.escape_debug()
    )]
    NoCaseId(String),
    #[error("`{}` is a file; name a folder", .0.display())]
    NoFolder(PathBuf),
    #[error("there is a file `{}` already; choose another name", .0.display())]
    Exists(PathBuf),

    // Bad input: which trials run, and on what.
    #[error(transparent)]
    Filter(#[from] BadFilter),
    #[error(transparent)]
    UnusedWord(#[from] UnusedWord),
    #[error("there is no case to run: --cases names only known deviations or errata; name case files, too")]
    NothingToRun,
    #[error("none of the chosen trials failed, and they are on no machine that is asked for; name it with `--machine`")]
    NoneFailed,
    #[error("shard {shard} of {count} trials holds none; ask for fewer shards")]
    EmptyShard { shard: Shard, count: usize },
    #[error(transparent)]
    After(#[from] UnknownTrial),
    #[error("no trial comes behind `{0}`: it is the last one")]
    NoneAfter(String),
    #[error(transparent)]
    Machine(#[from] UnknownMachine),
    #[error("there is a fact `{0}` already; give `--fact` another name")]
    FactIsTaken(String),

    // Bad input: files.
    #[error(transparent)]
    SavedRun(#[from] SavedRunError),
    #[error("{}: the run was cut off before it started", .0.display())]
    EmptyBaseline(PathBuf),
    #[error("{}: a run on {} is no baseline for this one; give a run on the same machines", file.display(), machines.join(", "))]
    OtherMachines { file: PathBuf, machines: Vec<String> },
    #[error(transparent)]
    Merge(#[from] MergeError),
    #[error("several runs make one page: give `--html FILE`, or join them with `nmi merge`")]
    SeveralRuns,
    #[error("{}: {source}", file.display())]
    Mutants { file: PathBuf, source: InputError },
    #[error("{}: not what `nmi mutants --json` writes ({source}); give a file that it wrote", file.display())]
    NoMutants { file: PathBuf, source: serde_json::Error },
    #[error(transparent)]
    Changed(#[from] Changed),
    #[error("`--ktap` and `--json -` both write to standard output; give one a file")]
    TwoOnStdout,
    #[error("`--outcome` and `--durations` are of the text, which `--json -` replaces; give that a file")]
    NoText,

    // Bad input or trouble, as the cause says.
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Output(#[from] OutputError),

    // Trouble.
    /// An error whose text names the file.
    #[error(transparent)]
    File(io::Error),
    #[error("failed to write `{}`: {source}", file.display())]
    Write { file: PathBuf, source: io::Error },
    #[error(transparent)]
    Run(#[from] Stopped),
    #[error(transparent)]
    Guest(#[from] Trouble),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("failed to watch for Ctrl-C: {0}")]
    Interrupt(#[from] ctrlc::Error),
    #[error("failed to write the output: {0}")]
    Stdout(#[source] io::Error),

    /// The reader of standard output has closed it; nothing is printed.
    #[error("the output was closed")]
    Closed,
}

impl Failure {
    /// The process's exit code.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Failure::Closed => code::FINE,
            Failure::Journal(JournalError::Io { .. })
            | Failure::Output(OutputError::Io(_))
            | Failure::File(_)
            | Failure::Write { .. }
            | Failure::Run(_)
            | Failure::Guest(_)
            | Failure::Json(_)
            | Failure::Interrupt(_)
            | Failure::Stdout(_) => code::TROUBLE,
            _ => code::BAD_INPUT,
        }
    }
}

/// An error of writing to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Stdout(error),
        }
    }
}

/// The number of errors and of files with errors: `3 errors in 2 files`.
pub(super) fn errors(diagnostics: &Diagnostics) -> String {
    let files: BTreeSet<&str> = diagnostics.iter().map(|one| one.file.as_str()).collect();
    format!("{} in {}", counted(diagnostics.len(), "error"), counted(files.len(), "file"))
}
