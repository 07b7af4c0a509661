use std::ffi::OsStr;

use crate::{Kind, WIDTH};

/// How a text report looks: columns and colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns of text.
    pub width: usize,
    /// Colours or none.
    pub style: Style,
}

impl Look {
    /// For files and logs.
    pub const PLAIN: Look = Look { width: WIDTH, style: Style::Plain };
}

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences at all.
    #[default]
    Plain,
    /// ANSI colours.
    Colour,
}

/// What a piece of text means to its reader; the style decides how that looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// A failure.
    Bad,
    /// Worth a look: known deviations, trouble.
    Doubt,
    /// Background.
    Quiet,
    /// A heading or a name.
    Strong,
}

impl Style {
    /// Colours on a terminal, unless NO_COLOR is set and not empty (no-color.org) or TERM is `dumb`.
    pub fn detect(is_terminal: bool) -> Style {
        let variable = |name| std::env::var_os(name).unwrap_or_default();
        Style::choose(is_terminal, &variable("NO_COLOR"), &variable("TERM"))
    }

    fn choose(is_terminal: bool, no_color: &OsStr, term: &OsStr) -> Style {
        if is_terminal && no_color.is_empty() && term != "dumb" { Style::Colour } else { Style::Plain }
    }

    /// The text in this tone.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "1;31",
            Tone::Doubt => "33",
            Tone::Quiet => "2",
            Tone::Strong => "1",
        };
        match self {
            Style::Colour if !text.is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
            Style::Plain | Style::Colour => text.to_owned(),
        }
    }
}

impl Tone {
    /// How outcomes of this kind are shown.
    pub fn of(kind: Kind) -> Tone {
        match kind {
            Kind::Pass => Tone::Good,
            Kind::Known | Kind::Error => Tone::Doubt,
            Kind::Skipped => Tone::Quiet,
            Kind::Mismatch
            | Kind::Fixed
            | Kind::Unstable
            | Kind::Hang
            | Kind::GuestFault
            | Kind::Shutdown
            | Kind::KernelWarning
            | Kind::HostDied => Tone::Bad,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_only_where_they_are_wanted() {
        let choose =
            |is_terminal, no_color: &str, term: &str| Style::choose(is_terminal, no_color.as_ref(), term.as_ref());
        assert_eq!(choose(true, "", "xterm"), Style::Colour);
        assert_eq!(choose(false, "", "xterm"), Style::Plain);
        assert_eq!(choose(true, "1", "xterm"), Style::Plain);
        assert_eq!(choose(true, "", "dumb"), Style::Plain);
        assert_eq!(Style::Plain.paint(Tone::Bad, "x"), "x");
        assert_eq!(Style::Colour.paint(Tone::Bad, ""), "");
    }
}
