//! Text without what a terminal would act on.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The text in one line, with every character in sight that a terminal would act on: line breaks and tabs become blanks,
/// others their code, as `\u{1b}`.
///
/// Saved runs, case files and names of files come from anywhere, and a terminal obeys control characters: they forge
/// lines, colours, titles and, with some, the clipboard. Characters that change the direction of text make it read as
/// something else.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_acted_on) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => clean.push(' '),
            c if is_acted_on(c) => clean.extend(c.escape_unicode()),
            c => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

/// The same of text of several lines, whose line breaks are its own.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| c != '\n' && is_acted_on(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(printable).collect::<Vec<_>>().join("\n"))
}

/// Whether a terminal acts on the character instead of showing it: controls, and the invisible ones that reorder text or
/// hide in it.
pub fn is_acted_on(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Something that has texts.
pub(crate) trait Texts {
    /// Hands over every text, to be read or changed.
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String));
}

impl Texts for String {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        change(self);
    }
}

impl<T: Texts> Texts for Option<T> {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        self.iter_mut().for_each(|item| item.each_text(change));
    }
}

impl<T: Texts> Texts for Vec<T> {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        self.iter_mut().for_each(|item| item.each_text(change));
    }
}

impl<T: Texts> Texts for Box<T> {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        (**self).each_text(change);
    }
}

/// Counts by name.
impl<N> Texts for BTreeMap<String, N> {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        let counts = std::mem::take(self).into_iter().map(|(mut name, count)| {
            change(&mut name);
            (name, count)
        });
        *self = counts.collect();
    }
}

/// Names the fields of a type, those with texts first, and behind `;` those without any.
macro_rules! texts {
    ($($kind:ident { $($text:ident),* $(; $($other:ident),*)? })*) => {
        $(impl Texts for $kind {
            fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
                let $kind { $($text,)* $($($other: _,)*)? } = self;
                $($text.each_text(change);)*
            }
        })*
    };
}

pub(crate) use texts;

/// What has texts can be had with all of them in sight.
pub(crate) trait Printable: Texts + Clone {
    /// The same, with every text as [`printable`] shows it.
    fn printable(&self) -> Self {
        let mut clean = self.clone();
        clean.each_text(&mut |text| {
            if let Cow::Owned(shown) = printable(text) {
                *text = shown;
            }
        });
        clean
    }
}

impl<T: Texts + Clone> Printable for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(printable("plain ä 漢 é"), "plain ä 漢 é");
        assert_eq!(printable("a\nb\tc\r\n"), "a b c  ");
        assert_eq!(printable("\x1b]0;title\x07\x1b[2J"), "\\u{1b}]0;title\\u{7}\\u{1b}[2J");
        assert_eq!(printable("\u{9b}31m\u{7f}"), "\\u{9b}31m\\u{7f}");
        assert_eq!(printable("\u{202e}cod\u{2066}"), "\\u{202e}cod\\u{2066}");
        assert_eq!(printable_lines("a\nb\x1bc\n"), "a\nb\\u{1b}c\n");
    }
}
