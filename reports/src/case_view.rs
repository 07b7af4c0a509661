use serde::{Deserialize, Serialize};

use crate::{History, ListingLine};

/// A case as a report shows it, made from the cases that the reporting program has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseView {
    /// The case's id: the path of its file below the folder of cases, without the ending.
    pub id: String,
    /// The case's summary, one sentence.
    pub summary: String,
    /// Hash of the contents: a trial with another hash ran other contents.
    pub hash: String,
    /// Ids of the rules it tests.
    pub rules: Vec<String>,
    /// The variants to show: one if all is well, and each that failed.
    pub variants: Vec<Variant>,
}

/// A case in one mode over one path by one vendor's manual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// `real`, `protected` or `long`.
    pub mode: String,
    /// How NMIs are raised.
    pub path: String,
    /// The vendor whose manual applies: `amd` or `intel`.
    pub vendor: String,
    /// The case's own code.
    pub listing: Vec<ListingLine>,
    /// What the executable specification does, which is what is wanted.
    pub want: History,
}

/// A known erratum of the host's processor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErratumRef {
    /// Vendor's number: `AMD 1361`, `Intel SKX88`.
    pub id: String,
    /// Its title, in our words.
    pub title: String,
    /// The document, its number and revision.
    pub source: String,
    /// Ids of the rules whose failures it could explain.
    pub rules: Vec<String>,
}
