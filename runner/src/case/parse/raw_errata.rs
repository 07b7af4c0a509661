//! A file of errata before its words are looked up. The documentation of keys becomes that of the JSON Schema.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::at::{At, Maybe, Words};
#[cfg(test)]
use super::schema_types::VendorWord;
use crate::case::symptom::SymptomPattern;

/// The known errata of processors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys `documents` and `errata`")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Errata", extend("required" = ["documents", "errata"])))]
pub(in crate::case) struct RawErrata {
    /// The vendors' lists of errata.
    pub(in crate::case) documents: Maybe<At<Vec<At<RawDocument>>>>,
    /// The errata.
    pub(in crate::case) errata: Maybe<At<Vec<At<RawErratum>>>>,
}

/// A vendor's list of errata.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys of a document")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Document", extend("required" = ["id", "vendor", "title", "number", "revision", "processors"])))]
pub(in crate::case) struct RawDocument {
    /// The name by which errata refer to it.
    pub(in crate::case) id: Maybe<At<String>>,
    /// Whose processors it is about.
    #[cfg_attr(test, schemars(with = "VendorWord"))]
    pub(in crate::case) vendor: Maybe<At<String>>,
    /// Title.
    pub(in crate::case) title: Maybe<At<String>>,
    /// Publication number.
    pub(in crate::case) number: Maybe<At<String>>,
    /// The revision that was read.
    pub(in crate::case) revision: Maybe<At<String>>,
    /// The processors that it is about.
    pub(in crate::case) processors: Maybe<At<Vec<At<RawProcessors>>>>,
}

/// Processors by displayed family, model and stepping.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys `family`, `models` and `steppings`")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Processors", extend("required" = ["family"])))]
pub(in crate::case) struct RawProcessors {
    /// Family.
    pub(in crate::case) family: Maybe<At<u64>>,
    /// A model or a range of them: `0x30-0x3f`; all if left out.
    #[cfg_attr(test, schemars(with = "serde_json::Value"))]
    pub(in crate::case) models: Maybe<At<String>>,
    /// A stepping or a range of them; all if left out.
    #[cfg_attr(test, schemars(with = "serde_json::Value"))]
    pub(in crate::case) steppings: Maybe<At<String>>,
}

/// A fault of processors that its vendor admits.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys of an erratum")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Erratum", extend("required" = ["title", "rules", "listed"])))]
pub(in crate::case) struct RawErratum {
    /// What it is, in words of our own.
    pub(in crate::case) title: Maybe<At<String>>,
    /// Ids of the rules whose failures it could explain.
    pub(in crate::case) rules: Maybe<Words>,
    /// What such a failure would show, each field with its value or `*` for any.
    pub(in crate::case) symptom: Maybe<At<SymptomPattern>>,
    /// Where it is listed, at least once.
    pub(in crate::case) listed: Maybe<At<Vec<At<RawListed>>>>,
}

/// An erratum's entry in one document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys `document`, `number` and `processors`")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Listed", extend("required" = ["document", "number"])))]
pub(in crate::case) struct RawListed {
    /// The document, by its id.
    pub(in crate::case) document: Maybe<At<String>>,
    /// Its number there.
    #[cfg_attr(test, schemars(with = "serde_json::Value"))]
    pub(in crate::case) number: Maybe<At<String>>,
    /// The processors that have it, if not all that the document is about.
    pub(in crate::case) processors: Maybe<At<Vec<At<RawProcessors>>>>,
}
