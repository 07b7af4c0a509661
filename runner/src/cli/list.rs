use clap::Args;
use reports::{code, counted, hanging, printable_lines};

use super::cases;
use super::cases::CasesArg;
use super::failure::Failure;
use crate::case::Case;
use crate::command::{look, print};
use crate::suite::{Filter, choose_cases};

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Parts of case ids, or globs such as `blocking/*`; one that starts with `!` excludes (quote it)
    pub(super) filters: Vec<String>,
    #[command(flatten)]
    pub(super) from: CasesArg,
}

/// `nmi list`: the cases that the filters choose, with what they need.
pub(super) fn list(args: &ListArgs) -> Result<u8, Failure> {
    let filter = Filter::new(&args.filters)?;
    let chosen = |id: &str| filter.chooses_case(id);
    let library = cases::library_for(&args.from, (!args.filters.is_empty()).then_some(&chosen))?;
    let filter = filter.clone().passing_over(&library.passed_over);
    let cases: Vec<&Case> = choose_cases(&filter, &library.cases, |case| &case.id)?;
    let width = look().width;
    let mut text = String::new();
    for case in &cases {
        let words = |words: Vec<&str>| words.join(" ");
        let modes = words(case.modes.iter().map(|mode| mode.name()).collect());
        let paths = words(case.paths.iter().map(|path| path.name()).collect());
        text += &format!("{}\n{}", case.id, hanging("    ", &case.summary, width));
        let mut runs = format!("{modes}; {paths}");
        if !case.requires.is_empty() {
            runs += &format!("; needs {}", words(case.requires.iter().map(|need| need.name()).collect()));
        }
        text += &hanging("    ", &runs, width);
    }
    let trials: usize = cases.iter().map(|case| case.modes.len() * case.paths.len()).sum();
    text += &format!("\n{}, {} on each machine\n", counted(cases.len(), "case"), counted(trials, "trial"));
    print(&printable_lines(&text))?;
    Ok(code::FINE)
}
