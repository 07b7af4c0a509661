//! Patterns for what was expected or came, and where.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::{Serialize, Serializer};

use super::basics::STAR;
use super::{Any, Glob, Range};

/// A pattern for what comes next in a run. A bare word is a mark of the first processor, `*` is anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MomentPattern {
    /// Anything may come next; `*` in files.
    Any,
    /// What the map describes.
    Is(MomentMap),
}

/// What comes next in a run, as a map with one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Moment"))]
#[serde(rename_all = "kebab-case")]
pub enum MomentMap {
    /// A mark or a snap.
    Mark(MarkPattern),
    /// A mark with what it recorded, where two passes reach the same mark with different records.
    Record(RecordPattern),
    /// An end.
    End(EndWord),
    /// An exception that the case does not expect.
    Fault(FaultPattern),
    /// A step of the host, by its moment: `before leave`.
    Step(Glob),
}

/// A mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "MarkOfProcessor"))]
#[serde(deny_unknown_fields)]
pub struct MarkPattern {
    /// Its name in the case, or a glob.
    pub name: Glob,
    /// The processor; the first one if left out.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub processor: Any<u8>,
}

/// A mark with what it recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Record"))]
#[serde(deny_unknown_fields)]
pub struct RecordPattern {
    /// Its name in the case, or a glob.
    pub name: Glob,
    /// Values one of which is on the stack, above the lowest slot; anything if left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stack: Vec<u64>,
}

/// The end of a run, on either processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "HowItEnds"))]
#[serde(rename_all = "kebab-case")]
pub enum EndWord {
    /// `done`.
    Done,
    /// Halted, with no event due that would wake it.
    Halted,
    /// Halted although an event was due.
    WakeLost,
    /// No exit within the time limit.
    Hang,
    /// Exits without end.
    Endless,
    /// A triple fault.
    Shutdown,
    /// More records than the ring holds.
    Overflow,
    /// Nothing further on the second processor.
    Nothing,
}

/// An exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Fault"))]
#[serde(deny_unknown_fields)]
pub struct FaultPattern {
    /// The manuals' name: `#GP`, `NMI`, `vector 40h`.
    pub exception: Glob,
    /// Its error code; any or none if left out.
    #[serde(default, skip_serializing_if = "Any::is_any")]
    pub error: Any<u64>,
    /// Where; anywhere if left out.
    #[serde(default, skip_serializing_if = "PlacePattern::is_any")]
    pub at: PlacePattern,
    /// The processor; the first one if left out.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub processor: Any<u8>,
}

/// A pattern for an address. A bare word is a label, `*` is anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PlacePattern {
    /// Any address; `*` in files.
    #[default]
    Any,
    /// Outside the guest's code.
    Outside,
    /// In the guest's code.
    Code(CodePattern),
}

/// A place in the guest's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "CodePlace"))]
#[serde(deny_unknown_fields)]
pub struct CodePattern {
    /// The nearest label before it.
    pub label: Glob,
    /// Instructions after the label, as a number or a range; 0 if left out.
    #[serde(default = "none_after", skip_serializing_if = "is_none_after")]
    pub after: Any<Range>,
    /// Whether it is inside an instruction; it is not if left out.
    #[serde(default = "not_inside", skip_serializing_if = "is_not_inside")]
    pub inside: Any<bool>,
}

/// The word for an address outside the guest's code. No label has this name.
const OUTSIDE: &str = "outside the code";

pub(super) fn first() -> Any<u8> {
    Any::Only(0)
}

pub(super) fn is_first(processor: &Any<u8>) -> bool {
    *processor == first()
}

fn none_after() -> Any<Range> {
    Any::Only(Range::of(0))
}

fn is_none_after(after: &Any<Range>) -> bool {
    *after == none_after()
}

fn not_inside() -> Any<bool> {
    Any::Only(false)
}

fn is_not_inside(inside: &Any<bool>) -> bool {
    *inside == not_inside()
}

impl PlacePattern {
    fn is_any(&self) -> bool {
        *self == PlacePattern::Any
    }

    pub(super) fn of_word(word: &str) -> PlacePattern {
        match word {
            STAR => PlacePattern::Any,
            OUTSIDE => PlacePattern::Outside,
            label => PlacePattern::Code(CodePattern {
                label: Glob(label.to_owned()),
                after: none_after(),
                inside: not_inside(),
            }),
        }
    }
}

impl MomentPattern {
    fn of_word(word: &str) -> MomentPattern {
        match word {
            STAR => MomentPattern::Any,
            name => MomentPattern::Is(MomentMap::Mark(MarkPattern { name: Glob(name.to_owned()), processor: first() })),
        }
    }
}

impl Serialize for MomentPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            MomentPattern::Any => serializer.serialize_str(STAR),
            MomentPattern::Is(MomentMap::Mark(mark)) if is_first(&mark.processor) && mark.name.0 != STAR => {
                mark.name.serialize(serializer)
            }
            MomentPattern::Is(map) => map.serialize(serializer),
        }
    }
}

impl Serialize for PlacePattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            PlacePattern::Any => serializer.serialize_str(STAR),
            PlacePattern::Outside => serializer.serialize_str(OUTSIDE),
            PlacePattern::Code(code) if *self == PlacePattern::of_word(&code.label.0) => {
                code.label.serialize(serializer)
            }
            PlacePattern::Code(code) => code.serialize(serializer),
        }
    }
}

/// Implements `Deserialize` for a type that is written as a word or as a map.
macro_rules! word_or_map {
    ($kind:ident, $what:literal, $map:ident, $of_map:expr) => {
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;

                impl<'de> Visitor<'de> for Either {
                    type Value = $kind;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: Error>(self, word: &str) -> Result<$kind, E> {
                        Ok($kind::of_word(word))
                    }

                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$kind, A::Error> {
                        $map::deserialize(MapAccessDeserializer::new(map)).map($of_map)
                    }
                }

                deserializer.deserialize_any(Either)
            }
        }
    };
}

word_or_map!(MomentPattern, "a mark's name, or a map with one key", MomentMap, MomentPattern::Is);
word_or_map!(PlacePattern, "a label, or a map with the keys of a place", CodePattern, PlacePattern::Code);
