//! JSON Schemas of the types of the files, and of the closed sets of words.

use std::borrow::Cow;

use guests::{Mode, map};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::at::{At, Map, Maybe};
use super::scalars::{OneOrMany, WordOrNull};
use crate::case::{Scope, delivered, exit, vmx_exit, vocabulary};
use crate::terms::{Need, Shadow, Vendor};

macro_rules! word_kinds {
    ($($kind:ident = $known:expr;)+) => {$(
        #[derive(Debug)]
        pub(in crate::case) struct $kind;

        impl JsonSchema for $kind {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($kind).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let known: Vec<&str> = $known;
                schemars::json_schema!({ "enum": known })
            }
        }
    )+};
}

word_kinds! {
    ModeWord = Mode::ALL.iter().map(|mode| mode.name()).collect();
    PathWord = vocabulary::paths();
    DeviationPathWord = vocabulary::deviation_paths();
    NeedWord = Need::ALL.iter().map(|need| need.name()).collect();
    ShadowWord = Shadow::ALL.iter().map(|shadow| shadow.name()).collect();
    GateWord = vocabulary::GATES.iter().map(|(word, _)| *word).collect();
    PageFlawWord = vocabulary::FLAWS.iter().map(|(word, _)| *word).collect();
    ExitWord = exit::codes().into_iter().map(|(word, _)| word).collect();
    ReasonWord = vmx_exit::reasons().into_iter().map(|(word, _)| word).collect();
    BlockingWord = vmx_exit::blockings().iter().map(|(word, _)| *word).collect();
    ActivityWord = vmx_exit::ACTIVITIES.iter().map(|(word, _)| *word).collect();
    DeliveredWord = delivered::delivered().into_iter().map(|(word, _)| word).collect();
    EndWord = vocabulary::ENDS.iter().map(|(word, _)| *word).collect();
    StackWord = map::STACKS.iter().map(|stack| stack.name).collect();
    VendorWord = Vendor::ALL.iter().map(|vendor| vendor.name()).collect();
    ScopeWord = Scope::WORDS.iter().map(|(word, _)| *word).collect();
}

/// The schema of a wrapper is that of its content.
macro_rules! schema_of_content {
    ($($kind:ident),+) => {$(
        impl<T: JsonSchema> JsonSchema for $kind<T> {
            fn inline_schema() -> bool {
                T::inline_schema()
            }

            fn schema_name() -> Cow<'static, str> {
                T::schema_name()
            }

            fn schema_id() -> Cow<'static, str> {
                T::schema_id()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                T::json_schema(generator)
            }
        }
    )+};
}

schema_of_content!(At, Maybe);

impl<V: JsonSchema> JsonSchema for Map<V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("MapOf{}", V::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let values = generator.subschema_for::<V>();
        schemars::json_schema!({ "type": "object", "additionalProperties": values })
    }
}

impl JsonSchema for OneOrMany {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OneOrMany".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }]
        })
    }
}

impl JsonSchema for WordOrNull {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "WordOrNull".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "enum": ["kernel", "user", "null", null] })
    }
}
