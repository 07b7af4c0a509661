use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::raw_case::RawCase;
use super::raw_errata::RawErrata;
use super::raw_lists::{RawDeviations, RawRules};

/// The JSON Schemas of the files' formats, for editors: where each belongs below the cases' folder, and its text.
pub fn schemas() -> Vec<(&'static str, String)> {
    vec![
        ("case.schema.json", text(&of::<RawCase>())),
        ("rules/rules.schema.json", text(&of::<RawRules>())),
        ("known-deviations.schema.json", text(&of::<RawDeviations>())),
        ("errata.schema.json", text(&of::<RawErrata>())),
    ]
}

fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<T>()
}

fn text(schema: &Schema) -> String {
    serde_json::to_string_pretty(schema).unwrap_or_default() + "\n"
}
