//! `--cases`: loads the cases that a command needs, or reports everything that is wrong with them.

use std::path::PathBuf;

use clap::Args;

use super::failure::{Failure, errors};
use crate::case::{Case, Library, Loaded, Source, load, load_needed};
use crate::command::note;
use crate::suite::{Filter, may_choose, offer};

/// The flag `--cases`.
#[derive(Clone, Debug, Args)]
pub(super) struct CasesArg {
    /// Folder of cases to use instead of those built into this binary; if it has no folder `rules`, or is a single file, its cases
    /// use the built-in rules, and only they run
    #[arg(long, value_name = "PATH")]
    pub(super) cases: Option<PathBuf>,
}

impl CasesArg {
    fn source(&self) -> Source {
        self.cases.as_deref().map_or(Source::Embedded, Source::at)
    }
}

/// The most problems of cases that were left out that are shown.
const SHOWN: usize = 5;

/// Loads all cases. Errors: everything that is wrong with them.
pub(super) fn library(from: &CasesArg) -> Result<Library, Failure> {
    Ok(load(&from.source())?)
}

/// Loads the cases for a command that needs those with the ids `needed`, or all if it is not given. Problems of other cases are a
/// warning on standard error.
pub(super) fn library_for(from: &CasesArg, needed: Option<&dyn Fn(&str) -> bool>) -> Result<Library, Failure> {
    let Some(needed) = needed else { return library(from) };
    let Loaded { library, aside } = load_needed(&from.source(), needed)?;
    if !aside.is_empty() {
        let mut text =
            format!("warning: passed over what is wrong with cases that are not asked for: {}", errors(&aside));
        text.extend(aside.iter().take(SHOWN).map(|one| format!("\n  {}", one.brief())));
        if aside.len() > SHOWN {
            text += &format!("\n  and {} more; `nmi check` shows all", aside.len() - SHOWN);
        }
        note(&text);
    }
    Ok(library)
}

/// Loads the cases for a command that runs trials on these machines: those that `filter`, made of `words`, may choose.
pub(super) fn library_for_trials(
    from: &CasesArg,
    words: &[String],
    filter: &Filter,
    machines: &[String],
) -> Result<Library, Failure> {
    let needed = |case: &str| may_choose(filter, machines.iter().map(String::as_str), case);
    library_for(from, (!words.is_empty()).then_some(&needed))
}

/// The id in what a user wrote: an id, the name of a trial, or that of a file.
pub(super) fn id(written: &str) -> &str {
    let case = written.rsplit("::").next().unwrap_or(written);
    case.strip_suffix(".yaml").unwrap_or(case)
}

/// The case of that id. Errors: the nearest ids.
pub(super) fn find<'a>(library: &'a Library, id: &str) -> Result<&'a Case, Failure> {
    let id = self::id(id);
    if let Some(case) = library.cases.iter().find(|case| case.id == id) {
        return Ok(case);
    }
    let hint = offer(id, library.cases.iter().map(|case| case.id.as_str()), "`nmi list` shows all");
    Err(Failure::UnknownCase { id: id.to_owned(), hint })
}
