use std::io::BufReader;
use std::path::Path;

use reports::{InputKind, SavedRun, open_input, read_run};

use super::start::Failure;
use super::terminal::note;

/// Reads a saved run, also one that was cut off, which is told. Errors: bad input, with file, line and column.
pub(super) fn read(file: &Path) -> Result<SavedRun, Failure> {
    let wrong = |why: String| Failure::Input(format!("error: {}: {why}", file.display()));
    let open = open_input(file, InputKind::Run).map_err(|error| wrong(error.to_string()))?;
    let run = read_run(BufReader::new(open)).map_err(|error| wrong(error.to_string()))?;
    if let Some(shortfall) = run.shortfall() {
        note(&format!("note: {}: {shortfall}", file.display()));
    }
    Ok(run)
}
