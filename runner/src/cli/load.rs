use reports::Style;

use super::args::CasesArg;
use super::start::Failure;
use super::terminal::error_style;
pub(super) use super::terminal::look;
use crate::case::{Case, Library, Source, load};
use crate::suite::offer;

/// Loads the cases a command asks for, or tells everything that is wrong with them.
pub(super) fn library(from: &CasesArg) -> Result<Library, Failure> {
    let source = match &from.cases {
        Some(folder) => Source::Folder(folder.clone()),
        None => Source::Embedded,
    };
    let colour = error_style() == Style::Colour;
    load(&source).map_err(|diagnostics| Failure::Cases(diagnostics.render(colour).trim_end().to_owned()))
}

/// The case of that id, or the nearest ones there are.
pub(super) fn find<'a>(library: &'a Library, id: &str) -> Result<&'a Case, Failure> {
    let id = id.strip_suffix(".yaml").unwrap_or(id);
    let id = id.rsplit("::").next().unwrap_or(id);
    if let Some(case) = library.cases.iter().find(|case| case.id == id) {
        return Ok(case);
    }
    let hint = offer(id, library.cases.iter().map(|case| case.id.as_str()), "`nmi list` shows all");
    Err(Failure::Input(format!("error: unknown case `{id}`{hint}")))
}
