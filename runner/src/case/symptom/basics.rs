//! The parts of patterns: `*` for any value, names with `*` in them, ranges of numbers.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// The word for any value.
pub(super) const STAR: &str = "*";

/// A value, or `*` for any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Any<T> {
    /// Any value; `*` in files.
    #[default]
    Any,
    /// This value only.
    Only(T),
}

impl<T> Any<T> {
    /// Whether it is any value, or one that `fits`.
    pub fn holds(&self, fits: impl FnOnce(&T) -> bool) -> bool {
        match self {
            Any::Any => true,
            Any::Only(value) => fits(value),
        }
    }
}

impl<T: PartialEq> Any<T> {
    /// Whether it is any value, or this one.
    pub fn is(&self, value: &T) -> bool {
        self.holds(|only| only == value)
    }

    pub(super) fn is_any(&self) -> bool {
        matches!(self, Any::Any)
    }
}

impl<T: Serialize> Serialize for Any<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Any::Any => serializer.serialize_str(STAR),
            Any::Only(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Any<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyVisitor<T> {
            type Value = Any<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, or `*` for any")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Any<T>, E> {
                if text == STAR { Ok(Any::Any) } else { T::deserialize(text.into_deserializer()).map(Any::Only) }
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Any<T>, E> {
                T::deserialize(value.into_deserializer()).map(Any::Only)
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Any<T>, E> {
                T::deserialize(value.into_deserializer()).map(Any::Only)
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Any<T>, E> {
                T::deserialize(value.into_deserializer()).map(Any::Only)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Any<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Any::Only)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Any<T>, A::Error> {
                T::deserialize(SeqAccessDeserializer::new(seq)).map(Any::Only)
            }
        }

        deserializer.deserialize_any(AnyVisitor(PhantomData))
    }
}

/// A name, or a kernel's message, in which `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(transparent)]
pub struct Glob(pub String);

impl Glob {
    /// Whether the text matches.
    pub fn fits(&self, text: &str) -> bool {
        let Some((start, rest)) = self.0.split_once('*') else {
            return self.0 == text;
        };
        let Some(mut text) = text.strip_prefix(start) else {
            return false;
        };
        let mut parts: Vec<&str> = rest.split('*').collect();
        let end = parts.pop().unwrap_or_default();
        for part in parts {
            let Some((_, after)) = text.split_once(part) else {
                return false;
            };
            text = after;
        }
        text.ends_with(end)
    }

    /// Whether it matches any text.
    pub fn is_any(&self) -> bool {
        !self.0.is_empty() && self.0.chars().all(|c| c == '*')
    }
}

/// A number, or an inclusive range of numbers: `0x13`, `0xfee00000-0xfee00fff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub(in crate::case) first: u64,
    pub(in crate::case) last: u64,
}

impl Range {
    /// This number alone.
    pub fn of(number: u64) -> Range {
        Range { first: number, last: number }
    }

    /// Whether the number is in the range.
    pub fn holds(self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }

    /// Reads a number, or two with `-` between them; `None` unless the first one is the smaller.
    pub(in crate::case) fn parse(text: &str) -> Option<Range> {
        let number = |text: &str| {
            let (digits, radix) = text.strip_prefix("0x").map_or((text, 10), |digits| (digits, 16));
            // `from_str_radix` accepts a sign.
            u64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'))
        };
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let range = Range { first: number(first.trim())?, last: number(last.trim())? };
        (range.first <= range.last).then_some(range)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { first, last } = *self;
        match (first == last, last > 0xffff) {
            (true, false) => write!(f, "{first}"),
            (true, true) => write!(f, "{first:#x}"),
            (false, false) => write!(f, "{first}-{last}"),
            (false, true) => write!(f, "{first:#x}-{last:#x}"),
        }
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RangeVisitor;

        impl Visitor<'_> for RangeVisitor {
            type Value = Range;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a range of them with the smaller one first")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Range, E> {
                Ok(Range::of(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Range, E> {
                Range::parse(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(RangeVisitor)
    }
}
