//! `--cases`: loads the cases that a command needs, or refuses them with everything that is wrong.

use std::path::PathBuf;

use clap::Args;

use super::failure::{Failure, errors};
use crate::case::{Case, Library, Loaded, Source, load, load_needed};
use crate::command::note;
use crate::suite::{Filter, may_choose, offer};

/// Where cases come from.
#[derive(Clone, Debug, Args)]
pub(super) struct CasesArg {
    /// Folder of cases to use instead of those built into this binary; without a folder `rules` in it, or as a single file, its
    /// cases use the rules built in, and they alone run
    #[arg(long, value_name = "PATH")]
    pub(super) cases: Option<PathBuf>,
}

impl CasesArg {
    fn source(&self) -> Source {
        self.cases.as_deref().map_or(Source::Embedded, Source::at)
    }
}

/// How many problems of files that were left out are shown.
const SHOWN: usize = 5;

/// Loads the cases a command asks for, or tells everything that is wrong with them.
pub(super) fn library(from: &CasesArg) -> Result<Library, Failure> {
    Ok(load(&from.source())?)
}

/// The same for a command that needs some cases only, by their ids, if it was told which. What is wrong with others is told and
/// does not stop it.
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
    Err(Failure::UnknownCase { id: id.to_owned(), hint })
}
