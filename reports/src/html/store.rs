//! The compressed part of a page.

use std::collections::HashMap;
use std::io::{self, Write};

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;

use super::markup::Markup;

/// What the script unpacks: pieces of the page, equal ones stored once, and an index of the cases.
#[derive(Debug, Default, Serialize)]
pub(super) struct Store {
    pieces: Vec<String>,
    cases: Vec<CaseEntry>,
    #[serde(skip)]
    known: HashMap<String, usize>,
}

/// A case as the script lists and filters it.
#[derive(Debug, Serialize)]
pub(super) struct CaseEntry {
    /// Id of the case.
    pub(super) id: String,
    /// The text that the filter searches, in lower case.
    pub(super) text: String,
    /// Ids of its rules.
    pub(super) rules: Vec<String>,
    /// For each column the letters of the kinds of outcome.
    pub(super) kinds: Vec<String>,
    /// Its line in the list.
    pub(super) line: usize,
    /// Its part of the page.
    pub(super) part: usize,
}

/// The place of a piece, which the script fills.
#[derive(Template)]
#[template(source = r#"<div data-piece="{{ number }}"></div>"#, ext = "html")]
struct Place {
    number: usize,
}

impl Store {
    /// Stores a piece, unless an equal one is stored, and returns its number.
    pub(super) fn keep(&mut self, piece: &Markup) -> usize {
        if let Some(number) = self.known.get(piece.as_str()) {
            return *number;
        }
        let number = self.pieces.len();
        self.pieces.push(piece.to_string());
        self.known.insert(piece.to_string(), number);
        number
    }

    /// Stores a piece and returns its place, to be put into another piece.
    pub(super) fn put(&mut self, piece: &Markup) -> Markup {
        if piece.is_empty() {
            return Markup::default();
        }
        Markup::of(&Place { number: self.keep(piece) })
    }

    pub(super) fn case(&mut self, entry: CaseEntry) {
        self.cases.push(entry);
    }

    /// All of it as the page holds it: JSON, deflated, in base64. Errors: none in practice, since it is written to memory.
    pub(super) fn packed(&self) -> io::Result<String> {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        serde_json::to_writer(&mut packed, self)?;
        packed.flush()?;
        Ok(STANDARD.encode(packed.finish()?))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[derive(Template)]
    #[template(source = "<p>{{ text }}</p>", ext = "html")]
    struct Text<'a> {
        text: &'a str,
    }

    #[test]
    fn a_piece_is_kept_once() {
        let mut store = Store::default();
        let piece = |text| Markup::of(&Text { text });
        assert_eq!((store.keep(&piece("a")), store.keep(&piece("b")), store.keep(&piece("a"))), (0, 1, 0));
        assert_eq!(store.put(&piece("b")).as_str(), r#"<div data-piece="1"></div>"#);
        assert!(store.put(&Markup::default()).is_empty());
        let bytes = STANDARD.decode(store.packed().expect("memory")).expect("base64");
        let mut text = String::new();
        flate2::read::DeflateDecoder::new(&bytes[..]).read_to_string(&mut text).expect("deflated");
        assert_eq!(text, r#"{"pieces":["<p>a</p>","<p>b</p>"],"cases":[]}"#);
    }
}
