//! Patterns for the fields of a view, a frame, an exit or a mark.

use std::collections::BTreeMap;
use std::fmt;

use reports::Field;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::PlacePattern;
use super::basics::STAR;

/// Fields by name, each with its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct FieldPatterns(pub BTreeMap<Field, ValuePattern>);

/// A pattern for the value of a field. A word is a label, the name of a stack or the like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValuePattern {
    /// Any value; `*` in files.
    Any,
    /// One bit.
    Bit(bool),
    /// A number.
    Number(u64),
    /// A place; or a word, in which `*` stands for any text.
    Place(PlacePattern),
    /// These labels, each of which was allowed.
    Labels(Vec<String>),
}

impl Serialize for ValuePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ValuePattern::Any => serializer.serialize_str(STAR),
            ValuePattern::Bit(bit) => bit.serialize(serializer),
            ValuePattern::Number(number) => number.serialize(serializer),
            ValuePattern::Place(place) => place.serialize(serializer),
            ValuePattern::Labels(labels) => labels.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ValuePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;

        impl<'de> Visitor<'de> for Value {
            type Value = ValuePattern;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, a number, a label, a list of labels, or a map with the keys of a place")
            }

            fn visit_bool<E: Error>(self, bit: bool) -> Result<ValuePattern, E> {
                Ok(ValuePattern::Bit(bit))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<ValuePattern, E> {
                Ok(ValuePattern::Number(number))
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<ValuePattern, E> {
                Ok(match word {
                    STAR => ValuePattern::Any,
                    word => ValuePattern::Place(PlacePattern::of_word(word)),
                })
            }

            // `ss: null` is the null selector.
            fn visit_unit<E: Error>(self) -> Result<ValuePattern, E> {
                self.visit_str("null")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ValuePattern, A::Error> {
                PlacePattern::deserialize(MapAccessDeserializer::new(map)).map(ValuePattern::Place)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<ValuePattern, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(ValuePattern::Labels)
            }
        }

        deserializer.deserialize_any(Value)
    }
}

/// The fields of a view.
pub(in crate::case) const VIEW: [Field; 6] =
    [Field::Masked, Field::Pending, Field::Injected, Field::Shadow, Field::Smm, Field::Halted];
/// The fields of a frame.
pub(in crate::case) const FRAME: [Field; 8] =
    [Field::Rip, Field::Cpl, Field::If, Field::Tf, Field::Rf, Field::Rsp, Field::Ss, Field::Error];
/// The fields of an exit.
pub(in crate::case) const EXIT: [Field; 16] = [
    Field::Code,
    Field::Rip,
    Field::NextRip,
    Field::Delivering,
    Field::Injecting,
    Field::Shadow,
    Field::VNmi,
    Field::VNmiMask,
    Field::VIrq,
    Field::VGif,
    Field::Reason,
    Field::Blocking,
    Field::Bit12,
    Field::Activity,
    Field::Vmfail,
    Field::EntryFailure,
];
/// The fields of a mark.
pub(in crate::case) const MARK: [Field; 5] = [Field::If, Field::Tf, Field::Nt, Field::Stack, Field::Rsp];

impl ValuePattern {
    /// Whether it is a bit, or any.
    pub(in crate::case) fn is_bit(&self) -> bool {
        matches!(self, ValuePattern::Any | ValuePattern::Bit(_))
    }

    /// Whether a field can hold such a value.
    pub(in crate::case) fn can_be(&self, field: Field) -> bool {
        match self {
            ValuePattern::Any => true,
            ValuePattern::Bit(_) => matches!(
                field,
                Field::Masked
                    | Field::Injected
                    | Field::Smm
                    | Field::Halted
                    | Field::If
                    | Field::Tf
                    | Field::Rf
                    | Field::Nt
                    | Field::VNmi
                    | Field::VNmiMask
                    | Field::VIrq
                    | Field::VGif
                    | Field::Bit12
                    | Field::EntryFailure
            ),
            ValuePattern::Number(_) => matches!(field, Field::Pending | Field::Cpl | Field::Error | Field::Vmfail),
            ValuePattern::Place(PlacePattern::Code(code))
                if *self == ValuePattern::Place(PlacePattern::of_word(&code.label.0)) =>
            {
                matches!(
                    field,
                    Field::Rip
                        | Field::Shadow
                        | Field::Rsp
                        | Field::Ss
                        | Field::Stack
                        | Field::Code
                        | Field::NextRip
                        | Field::Delivering
                        | Field::Injecting
                        | Field::Reason
                        | Field::Blocking
                        | Field::Activity
                        | Field::Vmfail
                )
            }
            ValuePattern::Place(_) | ValuePattern::Labels(_) => matches!(field, Field::Rip | Field::NextRip),
        }
    }
}
