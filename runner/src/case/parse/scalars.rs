//! Values that YAML can hold in one of two forms.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::at::At;

/// One word or a list of them.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::case) enum OneOrMany {
    One(String),
    Many(Vec<At<String>>),
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a label or a list of labels")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany::One(word.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<OneOrMany, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(access)).map(OneOrMany::Many)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// A word that may be `null`, which YAML does not read as a string.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::case) struct WordOrNull(pub(in crate::case) String);

impl<'de> Deserialize<'de> for WordOrNull {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;

        impl Visitor<'_> for Word {
            type Value = WordOrNull;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("kernel, user or null")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<WordOrNull, E> {
                Ok(WordOrNull(word.to_owned()))
            }

            fn visit_unit<E: Error>(self) -> Result<WordOrNull, E> {
                Ok(WordOrNull("null".to_owned()))
            }
        }

        deserializer.deserialize_any(Word)
    }
}
