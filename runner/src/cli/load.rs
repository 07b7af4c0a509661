use std::collections::BTreeSet;
use std::io::{self, Write};

use reports::{Style, counted, printable_lines};

use super::args::CasesArg;
use super::start::Failure;
use super::terminal::error_style;
pub(super) use super::terminal::look;
use crate::case::{Case, Diagnostics, Library, Loaded, Source, load, load_needed};
use crate::suite::{Filter, may_choose, offer};

/// How many problems of files that were left out are shown.
const SHOWN: usize = 5;

/// Loads the cases a command asks for, or tells everything that is wrong with them.
pub(super) fn library(from: &CasesArg) -> Result<Library, Failure> {
    load(&source(from)).map_err(|wrong| Failure::Cases(refusal(&wrong)))
}

/// The same for a command that needs some cases only, by their ids, if it was told which. What is wrong with others is told and
/// does not stop it.
pub(super) fn library_for(from: &CasesArg, needed: Option<&dyn Fn(&str) -> bool>) -> Result<Library, Failure> {
    let Some(needed) = needed else { return library(from) };
    let Loaded { library, aside } =
        load_needed(&source(from), needed).map_err(|wrong| Failure::Cases(refusal(&wrong)))?;
    if !aside.is_empty() {
        let mut text =
            format!("warning: passed over what is wrong with cases that are not asked for: {}\n", errors(&aside));
        text.extend(aside.iter().take(SHOWN).map(|one| format!("  {}\n", one.brief())));
        if aside.len() > SHOWN {
            text += &format!("  and {} more; `nmi check` shows all\n", aside.len() - SHOWN);
        }
        // Who does not listen to warnings gets none.
        let _ = io::stderr().write_all(printable_lines(&text).as_bytes());
    }
    Ok(library)
}

/// The same for a command that runs trials on these machines: those that the filter made of these words may choose.
pub(super) fn library_for_trials(
    from: &CasesArg,
    words: &[String],
    filter: &Filter,
    machines: &[String],
) -> Result<Library, Failure> {
    let needed = |case: &str| may_choose(filter, machines.iter().map(String::as_str), case);
    library_for(from, (!words.is_empty()).then_some(&needed))
}

pub(super) fn source(from: &CasesArg) -> Source {
    from.cases.as_deref().map_or(Source::Embedded, Source::at)
}

/// Everything that is wrong, as standard error shows it.
pub(super) fn refusal(diagnostics: &Diagnostics) -> String {
    let colour = error_style() == Style::Colour;
    diagnostics.render(colour).trim_end().to_owned()
}

/// How many there are, and in how many files.
pub(super) fn errors(diagnostics: &Diagnostics) -> String {
    let files: BTreeSet<&str> = diagnostics.iter().map(|one| one.file.as_str()).collect();
    format!("{} in {}", counted(diagnostics.len(), "error"), counted(files.len(), "file"))
}

/// The id in what a user wrote: a trial's name, or a file's.
pub(super) fn id(written: &str) -> &str {
    let case = written.rsplit("::").next().unwrap_or(written);
    case.strip_suffix(".yaml").unwrap_or(case)
}

/// The case of that id, or the nearest ones there are.
pub(super) fn find<'a>(library: &'a Library, id: &str) -> Result<&'a Case, Failure> {
    let id = self::id(id);
    if let Some(case) = library.cases.iter().find(|case| case.id == id) {
        return Ok(case);
    }
    let hint = offer(id, library.cases.iter().map(|case| case.id.as_str()), "`nmi list` shows all");
    Err(Failure::Input(format!("error: unknown case `{id}`{hint}")))
}
