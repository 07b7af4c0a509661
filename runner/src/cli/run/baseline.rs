use std::io::{self, Write};

use reports::{Baseline, SavedRun, code, exit_code, printable};

use super::args::RunArgs;
use crate::cli::failure::Failure;
use crate::command::{look, print, read_saved};
use crate::suite::Planned;

/// The run that `--baseline` names.
///
/// Errors: it cannot be read, or has none of the machines of this run.
pub(super) fn baseline(args: &RunArgs, trials: &[Planned<'_>]) -> Result<Option<Baseline>, Failure> {
    let Some(file) = &args.baseline else { return Ok(None) };
    let run = read_saved(file)?;
    let Some(facts) = &run.facts else { return Err(Failure::EmptyBaseline(file.clone())) };
    if !trials.iter().any(|trial| facts.machines.contains(&trial.id.machine)) {
        return Err(Failure::OtherMachines { file: file.clone(), machines: facts.machines.clone() });
    }
    Ok(Some(Baseline::new(file.display().to_string(), run)))
}

/// Prints what changed since the baseline, and returns the exit code. Failures that the baseline has, too, do not count; trials that
/// only the baseline has count as failures.
pub(super) fn compare(baseline: &Baseline, run: &SavedRun, args: &RunArgs) -> Result<u8, Failure> {
    let (summary, name) = (baseline.summary(run), baseline.name());
    let excused = run.trials.iter().filter(|trial| baseline.excuses(trial)).count();
    let failed = match summary.failed() {
        0 => "no trial fails that did not fail there".to_owned(),
        1 => "1 trial fails that did not fail there, or not in this way".to_owned(),
        count => format!("{count} trials fail that did not fail there, or not in this way"),
    };
    let comparison = baseline.compare(run).text(look());
    let missing = baseline.missing(run);
    let allowed = args.allow_missing;
    let told: String = missing.iter().map(|missing| format!("missing: {}\n", printable(missing))).collect();
    let verdict = match missing.is_empty() {
        true => "",
        false if allowed => "what is missing is allowed, and says nothing\n",
        false => "worse, for trials are missing; `--allow-missing` judges only what is there\n",
    };
    let name = printable(name);
    let text = format!("\nAgainst {name}\n{comparison}{failed}; {excused} failed as they did there\n{told}{verdict}");
    // Standard output may have another format.
    if !args.ktap && !args.has_json_on_stdout() {
        print(&text)?
    } else {
        io::stderr().write_all(text.as_bytes())?
    }
    Ok(match exit_code(&summary) {
        code::FINE if !missing.is_empty() && !allowed => code::FAILED,
        code => code,
    })
}
