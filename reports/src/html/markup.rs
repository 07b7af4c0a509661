use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;

/// A piece of the page, in which text from outside is already escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Markup(String);

impl Markup {
    /// Renders a template. Rendering fails only if writing does, and writing to a string does not.
    pub(super) fn of(template: &impl Template) -> Markup {
        Markup(template.render().unwrap_or_default())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}
