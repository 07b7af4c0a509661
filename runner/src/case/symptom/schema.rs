//! JSON Schemas of the types with their own `Deserialize`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::basics::STAR;
use super::moment::CodePattern;
use super::{Any, EXIT, FRAME, FieldPatterns, MARK, MomentMap, MomentPattern, PlacePattern, Range, VIEW, ValuePattern};

impl<T: JsonSchema> JsonSchema for Any<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("AnyOr{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        schemars::json_schema!({ "anyOf": [{ "const": STAR }, value] })
    }
}

impl JsonSchema for Range {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Range".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = "^(0x[0-9a-fA-F]+|[0-9]+)(-(0x[0-9a-fA-F]+|[0-9]+))?$";
        schemars::json_schema!({ "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": pattern }] })
    }
}

impl JsonSchema for FieldPatterns {
    fn schema_name() -> Cow<'static, str> {
        "FieldValues".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<ValuePattern>();
        let all = VIEW.iter().chain(&FRAME).chain(&EXIT).chain(&MARK);
        let fields: BTreeMap<&str, &Schema> = all.map(|field| (field.name(), &value)).collect();
        schemars::json_schema!({ "type": "object", "properties": fields, "additionalProperties": false })
    }
}

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

/// A word or a map.
macro_rules! word_or_map {
    ($kind:ident, $map:ident) => {
        impl JsonSchema for $kind {
            fn schema_name() -> Cow<'static, str> {
                stringify!($kind).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let map = generator.subschema_for::<$map>();
                schemars::json_schema!({ "anyOf": [{ "type": "string" }, map] })
            }
        }
    };
}

word_or_map!(MomentPattern, MomentMap);
word_or_map!(PlacePattern, CodePattern);
