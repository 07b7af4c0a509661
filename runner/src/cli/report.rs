//! `nmi report`.

use std::path::{Path, PathBuf};

use clap::Args;
use reports::{
    All, CaseView, Claim, InputKind, Junit, KillMatrix, Ktap, Labelled, Output, Outputs, Page, Progress, SavedRun,
    Text, TextOptions, Wanted, code, read_input,
};

use super::cases::{self, CasesArg};
use super::details::DetailsArgs;
use super::failure::Failure;
use crate::case::Library;
use crate::command::{look, note, read_saved};
use crate::host::KERNEL_VERSION;
use crate::suite::{case_view, variant};

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Saved runs, as `nmi run --json` writes them
    #[arg(required = true, value_name = "RUN")]
    pub(super) runs: Vec<PathBuf>,
    /// Write one self-contained page for a browser
    #[arg(long, value_name = "FILE", conflicts_with_all = ["outcome", "durations"])]
    pub(super) html: Option<PathBuf>,
    /// Show on the page what `nmi mutants --json` wrote
    #[arg(long, value_name = "FILE", requires = "html")]
    pub(super) mutants: Option<PathBuf>,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Write a JUnit report of the run
    #[arg(long, value_name = "FILE", conflicts_with = "html")]
    pub(super) junit: Option<PathBuf>,
    /// Print KTAP instead of text
    #[arg(long, conflicts_with = "html")]
    pub(super) ktap: bool,
    #[command(flatten)]
    pub(super) details: DetailsArgs,
    /// Exit with 0 although a run is incomplete
    #[arg(long)]
    pub(super) allow_missing: bool,
}

/// `nmi report`: saved runs as one page, or one saved run as `nmi run` would have reported it. Exit code 1 if a run is incomplete,
/// since the missing trials may have failed.
pub(super) fn report(args: &ReportArgs) -> Result<u8, Failure> {
    let mut outputs = Outputs::new();
    args.runs.iter().for_each(|run| outputs.reads("a saved run that is read", run));
    args.mutants.iter().for_each(|file| outputs.reads("what `--mutants` reads", file));
    args.from.cases.iter().for_each(|cases| outputs.reads_cases(cases));
    let html = args.html.as_deref().map(|file| outputs.whole("--html", file)).transpose()?;
    let junit = args.junit.as_deref().map(|file| outputs.whole("--junit", file)).transpose()?;
    let runs = args.runs.iter().map(|file| read_saved(file)).collect::<Result<Vec<_>, _>>()?;
    let mutants = args.mutants.as_deref().map(mutants).transpose()?;
    match html {
        Some(claim) => page(args, &runs, mutants.as_ref(), claim)?,
        None => replay(args, &runs, junit)?,
    }
    let mut whole = true;
    for (file, run) in args.runs.iter().zip(&runs) {
        whole &= run.shortfall().is_none() && run.missing_shards().is_none();
        run.missing_shards().iter().for_each(|shards| note(&format!("note: {}: missing: {shards}", file.display())));
    }
    Ok(if whole || args.allow_missing { code::FINE } else { code::FAILED })
}

fn page(args: &ReportArgs, runs: &[SavedRun], mutants: Option<&KillMatrix>, to: Claim) -> Result<(), Failure> {
    let runs: &[SavedRun] = &runs.iter().map(SavedRun::printable).collect::<Vec<_>>();
    let library = cases::library(&args.from)?;
    let labels = labels(&args.runs, runs);
    let labelled: Vec<Labelled<'_>> =
        labels.iter().zip(runs).map(|((group, name), run)| Labelled { group, name, run }).collect();
    let views = views(&library, &Wanted::of(&labelled));
    let page = Page { runs: &labelled, views: &views, mutants };
    let html = page.html().map_err(Failure::File)?;
    to.replace(|to| to.write_all(html.as_bytes())).map_err(Failure::File)
}

/// A group and a name for each run: its strategy and kernel, or its file's name where these are unknown or not unique.
fn labels(files: &[PathBuf], runs: &[SavedRun]) -> Vec<(String, String)> {
    let said: Vec<Option<(String, String)>> = runs.iter().map(label).collect();
    let of = |(file, label): (&PathBuf, &Option<(String, String)>)| match label {
        Some(label) if said.iter().flatten().filter(|other| *other == label).count() == 1 => label.clone(),
        _ if runs.len() == 1 => Default::default(),
        label => {
            let group = label.as_ref().map(|(group, _)| group.clone()).unwrap_or_default();
            (group, file.file_stem().unwrap_or_default().to_string_lossy().into_owned())
        }
    };
    files.iter().zip(&said).map(of).collect()
}

fn label(run: &SavedRun) -> Option<(String, String)> {
    let facts = run.facts.as_ref()?;
    let kernel = facts.host.iter().find(|fact| fact.name == KERNEL_VERSION)?;
    Some((facts.strategy.clone()?, kernel.value.clone()))
}

/// The views of the cases that the page shows. Cases that this program does not have are left out.
fn views(library: &Library, wanted: &[Wanted]) -> Vec<CaseView> {
    let mut views: Vec<CaseView> = Vec::new();
    for one in wanted {
        let Some(case) = library.cases.iter().find(|case| case.id == one.case) else { continue };
        if views.last().is_none_or(|last| last.id != case.id) {
            views.extend(case_view(case, &[]));
        }
        let (Ok(mode), Ok(path), Ok(vendor)) = (one.mode.parse(), one.path.parse(), one.vendor.parse()) else {
            continue;
        };
        // A variant that cannot be built was skipped in the run, with the reason.
        let own = views.last_mut().filter(|case_view| case_view.id == case.id);
        if let (Some(case_view), Ok(variant)) = (own, variant(case, mode, path, vendor)) {
            case_view.variants.push(variant);
        }
    }
    views
}

/// Reports one run as text, KTAP or JUnit.
fn replay(args: &ReportArgs, runs: &[SavedRun], junit: Option<Claim>) -> Result<(), Failure> {
    let [run] = runs else {
        return Err(Failure::SeveralRuns);
    };
    let mut all = All::new();
    if let Some(claim) = junit {
        all.add("junit", Junit::new(claim));
    }
    if args.ktap {
        all.add("ktap", Ktap::new(Output::stdout()));
    } else {
        let options = TextOptions { look: look(), progress: Progress::Off, verbose: false };
        let text = Text::new(Output::stdout(), options).with_details(args.details.details());
        all.add("text", text);
    }
    run.replay(&mut all).map_err(Failure::File)
}

/// Reads what `nmi mutants --json` wrote. Errors: bad input, with file, line and column.
fn mutants(file: &Path) -> Result<KillMatrix, Failure> {
    let bytes = read_input(file, InputKind::Mutants);
    let bytes = bytes.map_err(|source| Failure::Mutants { file: file.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|source| Failure::NoMutants { file: file.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use reports::{HostFact, RunFacts};

    use super::*;

    fn run(strategy: Option<&str>, kernel: &str) -> SavedRun {
        let kernel = HostFact { name: KERNEL_VERSION.to_owned(), value: kernel.to_owned(), detail: true };
        let strategy = strategy.map(str::to_owned);
        SavedRun {
            facts: Some(RunFacts { strategy, host: vec![kernel], ..RunFacts::default() }),
            ..SavedRun::default()
        }
    }

    fn named(runs: &[SavedRun]) -> Vec<String> {
        let files: Vec<PathBuf> = (1..=runs.len()).map(|number| format!("runs/{number}.jsonl").into()).collect();
        labels(&files, runs).iter().map(|(group, name)| format!("{group}|{name}")).collect()
    }

    #[test]
    fn runs_go_by_what_tells_them_apart() {
        let debian = "6.1.192";
        let (amd, intel) = (run(Some("amd-vnmi"), debian), run(Some("intel-vnmi"), "7.3.4"));
        assert_eq!(named(&[amd.clone(), intel.clone()]), ["amd-vnmi|6.1.192", "intel-vnmi|7.3.4"]);
        assert_eq!(named(&[amd.clone(), intel, amd.clone()]), ["amd-vnmi|1", "intel-vnmi|7.3.4", "amd-vnmi|3"]);
        assert_eq!(named(&[run(None, debian), amd]), ["|1", "amd-vnmi|6.1.192"]);
        assert_eq!(named(&[run(None, debian)]), ["|"]);
        assert_eq!(named(&[SavedRun::default()]), ["|"]);
    }
}
