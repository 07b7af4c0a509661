//! Colours and width of the terminal.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU8, Ordering};

use clap::{ColorChoice, ValueEnum};
use reports::{ColourChoice, Look, Style};

/// The values of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words say it, and clap would print what is written of each")]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// The value of `--color`, for the whole process. Set before any output.
static CHOSEN: AtomicU8 = AtomicU8::new(Color::Auto as u8);

/// Sets the value of `--color`.
pub fn choose_color(color: Color) {
    CHOSEN.store(color as u8, Ordering::Relaxed);
}

fn chosen() -> ColourChoice {
    match CHOSEN.load(Ordering::Relaxed) {
        choice if choice == Color::Always as u8 => ColourChoice::Always,
        choice if choice == Color::Never as u8 => ColourChoice::Never,
        _ => ColourChoice::Auto,
    }
}

/// Colours and width of text on standard output.
pub fn look() -> Look {
    Look::of_stdout(chosen())
}

/// Whether text on standard error has colours.
pub fn error_style() -> Style {
    Style::chosen(chosen(), io::stderr().is_terminal())
}

/// The colours of clap's help and errors, which are needed before it has parsed `--color`. Bad values are left for clap to report.
pub fn color_of_help(arguments: &[std::ffi::OsString]) -> ColorChoice {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).take_while(|word| *word != "--").collect();
    let joined = words.iter().filter_map(|word| word.strip_prefix("--color="));
    let apart = words.windows(2).filter(|pair| pair[0] == "--color").map(|pair| pair[1]);
    match joined.chain(apart).next() {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

/// The width of help texts in columns, at most 100.
pub fn help_width() -> usize {
    look().width.min(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_color_of_help_are_found_before_it_is_parsed() {
        let of = |words: &[&str]| color_of_help(&words.iter().map(Into::into).collect::<Vec<_>>());
        assert_eq!(of(&["nmi", "--help"]), ColorChoice::Auto);
        assert_eq!(of(&["nmi", "run", "--color=never", "--help"]), ColorChoice::Never);
        assert_eq!(of(&["nmi", "--color", "always", "run"]), ColorChoice::Always);
        assert_eq!(of(&["nmi", "--color"]), ColorChoice::Auto);
        assert_eq!(of(&["nmi", "run", "--", "--color=never"]), ColorChoice::Auto);
    }
}
