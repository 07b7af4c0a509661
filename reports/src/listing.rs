//! Lines of a guest's listing, and the few of them around the place where a trial differs.

use serde::{Deserialize, Serialize};

use crate::layout::one_line;

/// One instruction of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingLine {
    /// Linear address.
    pub address: u64,
    /// The bytes, in hexadecimal.
    pub bytes: String,
    /// Instruction as assembled, for example `out 0E1h,al`.
    pub text: String,
    /// Section and source line that it was made from: `main: raise`; empty for the routines behind `mark` and `snap`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// The part of a listing around the place where a trial differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Address of the line that it is about, or an address outside the guest's code.
    pub at: u64,
    /// That line and those around it; none if the address is outside the guest's code.
    pub lines: Vec<ListingLine>,
}

/// A line of an excerpt in words.
pub(crate) struct Row {
    /// Whether the excerpt is about it.
    pub(crate) here: bool,
    /// Address, instruction and source, or that nothing is there.
    pub(crate) words: String,
}

impl Excerpt {
    /// The address of the line that it is about. None outside the guest's code.
    pub(crate) fn line(&self) -> Option<u64> {
        self.lines.iter().any(|line| line.address == self.at).then_some(self.at)
    }

    /// All lines in words, or the one that says that there is no code.
    pub(crate) fn rows(&self) -> Vec<Row> {
        if self.lines.is_empty() {
            return vec![Row { here: true, words: format!("{:#07x} is outside the guest's code", self.at) }];
        }
        self.lines.iter().map(|line| Row { here: line.address == self.at, words: line.words() }).collect()
    }

    /// The line that it is about, in words.
    pub(crate) fn here(&self) -> Option<String> {
        self.rows().into_iter().find(|row| row.here).map(|row| row.words)
    }
}

impl ListingLine {
    /// `01028  iretq                               ; nmi: iret`.
    fn words(&self) -> String {
        let Self { address, text, source, .. } = self;
        let source = if source.is_empty() { String::new() } else { format!("  ; {source}") };
        one_line(&format!("{address:05x}  {text:<34}{source}"))
    }
}

impl Row {
    /// With `>` before the line that it is about.
    pub(crate) fn pointed(&self) -> String {
        format!("{} {}", if self.here { '>' } else { ' ' }, self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_points_at_its_line_or_says_that_there_is_none() {
        let line = |address, source: &str| ListingLine {
            address,
            text: "iretq".to_owned(),
            source: source.to_owned(),
            ..ListingLine::default()
        };
        let excerpt = Excerpt { at: 0x1028, lines: vec![line(0x1028, "nmi: iret"), line(0x3000, "")] };
        let pointed: Vec<String> = excerpt.rows().iter().map(Row::pointed).collect();
        assert_eq!(pointed, ["> 01028  iretq                               ; nmi: iret", "  03000  iretq"]);
        assert_eq!(excerpt.line(), Some(0x1028));
        let outside = Excerpt { at: 0x30, lines: Vec::new() };
        assert_eq!((outside.line(), outside.here().as_deref()), (None, Some("0x00030 is outside the guest's code")));
    }
}
