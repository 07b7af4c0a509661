use reports::{counted, hanging, printable_lines};

use super::args::ListArgs;
use super::code;
use super::load;
use super::select::filter;
use super::start::{Failure, print};
use crate::case::Case;
use crate::suite::choose_cases;

/// `nmi list`.
pub(super) fn list(args: &ListArgs) -> Result<u8, Failure> {
    let filter = filter(&args.filters, false)?;
    let chosen = |id: &str| filter.chooses_case(id);
    let library = load::library_for(&args.from, (!args.filters.is_empty()).then_some(&chosen))?;
    let filter = filter.clone().passing_over(&library.passed_over);
    let cases = choose_cases(&filter, &library.cases, |case| &case.id);
    let cases: Vec<&Case> = cases.map_err(|idle| Failure::Input(format!("error: {idle}")))?;
    let width = load::look().width;
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
