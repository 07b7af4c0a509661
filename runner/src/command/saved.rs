use std::io::BufReader;
use std::path::{Path, PathBuf};

use reports::{InputError, InputKind, ReadError, SavedRun, open_input, read_run};

use super::note;

/// Why a file cannot be read as a saved run, with the file's name.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", file.display())]
pub struct SavedRunError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    #[source]
    pub why: NoSavedRun,
}

/// Why a file cannot be read as a saved run.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum NoSavedRun {
    /// The file cannot be opened.
    File(#[from] InputError),
    /// A line is wrong.
    Line(#[from] ReadError),
}

/// Reads a saved run. One that is incomplete is read with a note on standard error.
pub fn read_saved(file: &Path) -> Result<SavedRun, SavedRunError> {
    let run = read(file).map_err(|why| SavedRunError { file: file.to_owned(), why })?;
    if let Some(shortfall) = run.shortfall() {
        note(&format!("note: {}: {shortfall}", file.display()));
    }
    Ok(run)
}

fn read(file: &Path) -> Result<SavedRun, NoSavedRun> {
    Ok(read_run(BufReader::new(open_input(file, InputKind::Run)?))?)
}
