use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::diagnostic::printable;
use super::{Diagnostic, Place};

/// The problem with its line and a caret, as text.
pub(super) fn render(diagnostic: &Diagnostic, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
    let title = Level::ERROR.primary_title(printable(&diagnostic.message)).id(diagnostic.code);
    let help = diagnostic.help.as_deref().map(printable);
    let Some(place) = diagnostic.place else {
        let mut group = annotate_snippets::Group::with_title(title)
            .element(annotate_snippets::Origin::path(printable(&diagnostic.file)));
        if let Some(help) = help {
            group = group.element(Level::HELP.message(help));
        }
        return renderer.render(&[group]) + "\n";
    };
    let source = printable(&diagnostic.source);
    let mut annotation = AnnotationKind::Primary.span(bytes(&source, place));
    if let Some(help) = help {
        annotation = annotation.label(help);
    }
    let snippet = Snippet::source(source.as_str())
        .path(printable(&diagnostic.file))
        .line_start(place.line)
        .annotation(annotation);
    renderer.render(&[title.element(snippet)]) + "\n"
}

/// The byte range of a place in its line `source`.
fn bytes(source: &str, place: Place) -> std::ops::Range<usize> {
    let at = |column: usize| source.char_indices().nth(column).map_or(source.len(), |(offset, _)| offset);
    let start = at(place.column - 1);
    start..at(place.column - 1 + place.length).max(start)
}
