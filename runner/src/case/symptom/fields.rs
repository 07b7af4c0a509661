//! The fields of a view, a frame, an exit or a mark, as files of deviations write them.

#[cfg(test)]
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use reports::Field;
#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::PlacePattern;
use super::basics::STAR;

/// Fields by name, each with its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct FieldPatterns(pub BTreeMap<Field, ValuePattern>);

/// The value of a field. Of what a field is wanted to be, a word is a label, the name of a stack or the like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValuePattern {
    /// Any.
    Any,
    /// One bit.
    Bit(bool),
    /// A number.
    Number(u64),
    /// A label, or another word, in which `*` stands for any text; or a place that is more than a label.
    Place(PlacePattern),
    /// These labels, any of which was right.
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

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ValuePattern, A::Error> {
                let mut labels = Vec::new();
                while let Some(label) = seq.next_element()? {
                    labels.push(label);
                }
                Ok(ValuePattern::Labels(labels))
            }
        }

        deserializer.deserialize_any(Value)
    }
}

/// Every field, by the word of case files, and where it can be.
pub(in crate::case) const VIEW: [Field; 6] =
    [Field::Masked, Field::Pending, Field::Injected, Field::Shadow, Field::Smm, Field::Halted];
pub(in crate::case) const FRAME: [Field; 8] =
    [Field::Rip, Field::Cpl, Field::If, Field::Tf, Field::Rf, Field::Rsp, Field::Ss, Field::Error];
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

/// The word of case files for a field.
pub(in crate::case) fn word(field: Field) -> &'static str {
    match field {
        Field::Masked => "masked",
        Field::Pending => "pending",
        Field::Injected => "injected",
        Field::Shadow => "shadow",
        Field::Smm => "smm",
        Field::Halted => "halted",
        Field::Rip => "rip",
        Field::Cpl => "cpl",
        Field::If => "if",
        Field::Tf => "tf",
        Field::Rf => "rf",
        Field::Nt => "nt",
        Field::Rsp => "rsp",
        Field::Ss => "ss",
        Field::Error => "error",
        Field::Stack => "stack",
        Field::Code => "code",
        Field::NextRip => "next-rip",
        Field::Delivering => "delivering",
        Field::Injecting => "injecting",
        Field::VNmi => "v-nmi",
        Field::VNmiMask => "v-nmi-mask",
        Field::VIrq => "v-irq",
        Field::VGif => "v-gif",
        Field::Reason => "reason",
        Field::Blocking => "blocking",
        Field::Bit12 => "bit-12",
        Field::Activity => "activity",
        Field::Vmfail => "vmfail",
        Field::EntryFailure => "entry-failure",
    }
}

#[cfg(test)]
impl JsonSchema for FieldPatterns {
    fn schema_name() -> Cow<'static, str> {
        "FieldValues".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<ValuePattern>();
        let all = VIEW.iter().chain(&FRAME).chain(&EXIT).chain(&MARK);
        let fields: BTreeMap<&str, &Schema> = all.map(|field| (word(*field), &value)).collect();
        schemars::json_schema!({ "type": "object", "properties": fields, "additionalProperties": false })
    }
}

#[cfg(test)]
impl JsonSchema for ValuePattern {
    fn schema_name() -> Cow<'static, str> {
        "FieldValue".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let place = generator.subschema_for::<PlacePattern>();
        schemars::json_schema!({
            "anyOf": [{ "type": ["boolean", "integer", "null"] }, { "type": "array", "items": { "type": "string" } }, place]
        })
    }
}
