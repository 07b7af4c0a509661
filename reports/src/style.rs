//! Columns and colours of text reports.

use std::ffi::OsStr;
use std::io::{IsTerminal, stdout};

use crate::kind::Class;
use crate::layout::{columns, pad};
use crate::{Kind, WIDTH, hanging};

/// The narrowest and the widest text, in columns, whatever the terminal reports.
const WIDTHS: std::ops::RangeInclusive<usize> = 20..=1000;

/// How a text report looks: columns and colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Columns of text.
    pub width: usize,
    /// Colours or none.
    pub style: Style,
}

impl Look {
    /// The look of files and logs.
    pub const PLAIN: Look = Look { width: WIDTH, style: Style::Plain };

    /// The look of standard output: as wide as its terminal or as COLUMNS says, whichever is less, and [`WIDTH`] if neither is
    /// known.
    pub fn of_stdout(colour: ColourChoice) -> Look {
        let terminal = rustix::termios::tcgetwinsize(stdout()).ok().map(|size| usize::from(size.ws_col));
        let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
        Look { width: width(terminal, asked), style: Style::chosen(colour, stdout().is_terminal()) }
    }

    /// A line that names what follows.
    pub(crate) fn heading(self, text: &str) -> String {
        format!("{}\n", self.style.paint(Tone::Strong, text))
    }

    /// Lines of a name and its text, indented; the texts are aligned.
    pub(crate) fn pairs<N: AsRef<str>, T: AsRef<str>>(self, indent: &str, lines: &[(N, T)]) -> String {
        let width = lines.iter().map(|(name, _)| columns(name.as_ref())).max().unwrap_or(0);
        let start = |name: &N| format!("{indent}{}  ", pad(name.as_ref(), width));
        lines.iter().map(|(name, text)| hanging(&start(name), text.as_ref(), self.width)).collect()
    }

    /// [`hanging`] text in one tone.
    pub(crate) fn hanging(self, tone: Tone, first: &str, text: &str) -> String {
        hanging(first, text, self.width).lines().map(|line| self.style.paint(tone, line) + "\n").collect()
    }
}

/// The width to use. A terminal that does not know its size reports 0.
fn width(terminal: Option<usize>, asked: Option<usize>) -> usize {
    let known = [terminal, asked].into_iter().flatten().filter(|columns| *columns > 0);
    known.min().unwrap_or(WIDTH).clamp(*WIDTHS.start(), *WIDTHS.end())
}

/// What the user says about colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColourChoice {
    /// On terminals, and as the environment says.
    #[default]
    Auto,
    /// Colours wherever the text goes.
    Always,
    /// No colours, not even on a terminal.
    Never,
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

/// The meaning of a piece of text, which the style turns into a colour.
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
    /// Colours as the user chose, or else as the environment says, or else on a terminal: none where NO_COLOR is set and not
    /// empty (no-color.org), everywhere where CLICOLOR_FORCE is set and not 0, none where CLICOLOR is 0
    /// (bixense.com/clicolors) or TERM is `dumb`.
    pub fn chosen(choice: ColourChoice, is_terminal: bool) -> Style {
        Style::choose(choice, is_terminal, |name| std::env::var_os(name).unwrap_or_default())
    }

    fn choose<V: AsRef<OsStr>>(choice: ColourChoice, is_terminal: bool, variable: impl Fn(&str) -> V) -> Style {
        let is = |name, value: &str| variable(name).as_ref() == value;
        let coloured = match choice {
            ColourChoice::Always => true,
            ColourChoice::Never => false,
            ColourChoice::Auto if !is("NO_COLOR", "") => false,
            ColourChoice::Auto if !is("CLICOLOR_FORCE", "") && !is("CLICOLOR_FORCE", "0") => true,
            ColourChoice::Auto => is_terminal && !is("CLICOLOR", "0") && !is("TERM", "dumb"),
        };
        if coloured { Style::Colour } else { Style::Plain }
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
    /// The tone of outcomes of this kind.
    pub fn of(kind: Kind) -> Tone {
        match kind.class() {
            Class::Passed => Tone::Good,
            Class::Known | Class::Trouble => Tone::Doubt,
            Class::Skipped => Tone::Quiet,
            Class::Failed => Tone::Bad,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_only_where_they_are_wanted() {
        let choose = |choice, is_terminal, set: &[(&str, &'static str)]| {
            let value = |name: &str| set.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| *value);
            Style::choose(choice, is_terminal, value)
        };
        let auto = |is_terminal, set: &[(&str, &'static str)]| choose(ColourChoice::Auto, is_terminal, set);
        assert_eq!(auto(true, &[("TERM", "xterm")]), Style::Colour);
        assert_eq!(auto(false, &[("TERM", "xterm")]), Style::Plain);
        assert_eq!(auto(true, &[("NO_COLOR", "1")]), Style::Plain);
        assert_eq!(auto(true, &[("TERM", "dumb")]), Style::Plain);
        assert_eq!(auto(true, &[("CLICOLOR", "0")]), Style::Plain);
        assert_eq!(auto(false, &[("CLICOLOR_FORCE", "1")]), Style::Colour);
        assert_eq!(auto(false, &[("CLICOLOR_FORCE", "0")]), Style::Plain);
        assert_eq!(auto(true, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), Style::Plain);
        assert_eq!(choose(ColourChoice::Always, false, &[("NO_COLOR", "1")]), Style::Colour);
        assert_eq!(choose(ColourChoice::Never, true, &[("CLICOLOR_FORCE", "1")]), Style::Plain);
        assert_eq!(Style::Plain.paint(Tone::Bad, "x"), "x");
        assert_eq!(Style::Colour.paint(Tone::Bad, ""), "");
    }

    #[test]
    fn text_is_as_wide_as_the_narrower_of_what_is_known() {
        assert_eq!(width(None, None), WIDTH);
        assert_eq!(width(Some(80), None), 80);
        assert_eq!(width(Some(0), None), WIDTH);
        assert_eq!(width(Some(0), Some(60)), 60);
        assert_eq!(width(Some(80), Some(200)), 80);
        assert_eq!(width(Some(80), Some(60)), 60);
        assert_eq!((width(Some(3), None), width(None, Some(usize::MAX))), (20, 1000));
    }
}
