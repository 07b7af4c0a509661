//! Values with their places.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::case::diagnostics::Place;

/// A value and where it stands in the file. Equality compares the value only.
#[derive(Clone, Debug)]
pub(in crate::case) struct At<T> {
    pub(in crate::case) value: T,
    pub(in crate::case) place: Place,
}

impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_yaml::Spanned::<T>::deserialize(deserializer)?;
        Ok(Self { value: spanned.value, place: super::errors::place(spanned.referenced) })
    }
}

/// The value of an optional key. A key without a value is an error; an `Option` would accept it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::case) struct Maybe<T>(Option<T>);

impl<T> Maybe<T> {
    pub(in crate::case) fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// The value, or that of `base` where the key is left out.
    pub(in crate::case) fn or(&self, base: &Self) -> Self
    where
        T: Clone,
    {
        Self(self.0.clone().or_else(|| base.0.clone()))
    }
}

impl<T: Copy> Maybe<At<T>> {
    /// The value without its place.
    pub(in crate::case) fn value(&self) -> Option<T> {
        self.get().map(|at| at.value)
    }
}

impl<T> Maybe<At<Vec<T>>> {
    /// The items of the list; none where the key is left out.
    pub(in crate::case) fn items(&self) -> &[T] {
        self.get().map_or(&[], |list| &list.value)
    }
}

impl<V> Maybe<Map<V>> {
    /// The entries of the map; none where the key is left out.
    pub(in crate::case) fn entries(&self) -> &[(At<String>, V)] {
        self.get().map_or(&[], |map| &map.0)
    }
}

impl<T> From<Option<T>> for Maybe<T> {
    fn from(value: Option<T>) -> Self {
        Self(value)
    }
}

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

/// A map in the order of the file, with the places of its keys.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::case) struct Map<V>(pub(in crate::case) Vec<(At<String>, V)>);

impl<V> Default for Map<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Map<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = Map<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Map<V>, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = access.next_key()? {
                    entries.push((key, access.next_value()?));
                }
                Ok(Map(entries))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// A list of words.
pub(in crate::case) type Words = At<Vec<At<String>>>;
