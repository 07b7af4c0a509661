use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use reports::{Outputs, SavedRun, code, counted, printable, write_run};

use super::failure::Failure;
use crate::command::{note, print, read_saved};

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// Saved runs that have no trial in common
    #[arg(required = true, value_name = "RUN")]
    pub(super) runs: Vec<PathBuf>,
    /// Write the joined run here as JSON lines; `-` writes to standard output
    #[arg(long, value_name = "FILE")]
    pub(super) json: PathBuf,
    /// Exit with 0 although shards are missing, or a run is incomplete
    #[arg(long)]
    pub(super) allow_missing: bool,
}

/// `nmi merge`: exit code 1 if the runs do not make a whole one.
pub(super) fn merge(args: &MergeArgs) -> Result<u8, Failure> {
    let mut outputs = Outputs::new();
    args.runs.iter().for_each(|run| outputs.reads("a saved run that is read", run));
    let to = Some(&args.json).filter(|file| *file != Path::new("-"));
    let to = to.map(|file| outputs.whole("--json", file)).transpose()?;
    let named = |file: &PathBuf| Ok((file.display().to_string(), read_saved(file)?));
    let runs = args.runs.iter().map(named).collect::<Result<Vec<(String, SavedRun)>, Failure>>()?;
    let run = reports::merge(&runs)?;
    let missing = missing(&runs, &run);
    let code = if missing.is_empty() || args.allow_missing { code::FINE } else { code::FAILED };
    let Some(to) = to else {
        write_run(&run, io::stdout().lock())?;
        missing.iter().for_each(|missing| note(&format!("note: {missing}")));
        return Ok(code);
    };
    let write = |to: &mut dyn Write| write_run(&run, to);
    to.replace(write).map_err(Failure::File)?;
    let missing: String = missing.iter().map(|missing| format!("; {missing}")).collect();
    let (trials, of) = (counted(run.trials.len(), "trial"), counted(runs.len(), "run"));
    print(&printable(&format!("{}: {trials} of {of}{missing}", args.json.display())))?;
    Ok(code)
}

/// What the joined run lacks, as messages.
fn missing(runs: &[(String, SavedRun)], joined: &SavedRun) -> Vec<String> {
    let shards = joined.missing_shards().map(|shards| format!("missing: {shards}"));
    let silent = |(name, run): &(String, SavedRun)| {
        let facts = run.facts.as_ref().filter(|facts| facts.scope.is_none())?;
        Some(format!("{name} (version {}) does not say which part of a run it is", facts.version))
    };
    joined.shortfall().into_iter().chain(shards).chain(runs.iter().find_map(silent)).collect()
}
