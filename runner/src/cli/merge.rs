use std::io::{self, Write};
use std::path::Path;

use reports::{Outputs, SavedRun, counted, printable, write_run};

use super::args::MergeArgs;
use super::code;
use super::outputs::refused;
use super::saved::read;
use super::start::{Failure, print};

/// `nmi merge`.
pub(super) fn merge(args: &MergeArgs) -> Result<u8, Failure> {
    let mut outputs = Outputs::new();
    args.runs.iter().for_each(|run| outputs.reads("a saved run that is read", run));
    let to = Some(&args.json).filter(|file| *file != Path::new("-"));
    let to = to.map(|file| outputs.whole("--json", file)).transpose().map_err(refused)?;
    let named = |file: &Path| Ok((file.display().to_string(), read(file)?));
    let runs = args.runs.iter().map(|file| named(file)).collect::<Result<Vec<(String, SavedRun)>, Failure>>()?;
    let run = reports::merge(&runs).map_err(|error| Failure::Input(format!("error: {error}")))?;
    let Some(to) = to else {
        write_run(&run, io::stdout().lock())?;
        return Ok(code::FINE);
    };
    let write = |to: &mut dyn Write| write_run(&run, to);
    to.replace(write).map_err(|error| Failure::Trouble(error.to_string()))?;
    let shortfall = run.shortfall().map_or(String::new(), |shortfall| format!("; {shortfall}"));
    let (trials, of) = (counted(run.trials.len(), "trial"), counted(runs.len(), "run"));
    print(&printable(&format!("{}: {trials} of {of}{shortfall}", args.json.display())))?;
    Ok(code::FINE)
}
