use reports::{counted, hanging, printable_lines};

use super::args::ListArgs;
use super::code;
use super::load;
use super::start::{Failure, print};
use crate::case::Case;

/// `nmi list`.
pub(super) fn list(args: &ListArgs) -> Result<u8, Failure> {
    let library = load::library(&args.from)?;
    let chosen =
        |case: &&Case| args.filters.is_empty() || args.filters.iter().any(|word| case.id.contains(word.as_str()));
    let cases: Vec<&Case> = library.cases.iter().filter(chosen).collect();
    if cases.is_empty() {
        return Err(Failure::Input("error: no case fits; `nmi list` without words shows all".to_owned()));
    }
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
