//! Generates the JSON Schemas of the file formats, `cases/*.schema.json`, which editors use.

use std::fs;
use std::path::Path;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use super::raw_case::RawCase;
use super::raw_errata::RawErrata;
use super::raw_lists::{RawDeviations, RawRules};

fn text<T: JsonSchema>() -> String {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n"
}

/// With `UPDATE_SCHEMAS=1` in the environment this writes the files instead.
#[test]
fn the_schemas_are_up_to_date() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    for (file, schema) in [
        ("case.schema.json", text::<RawCase>()),
        ("rules/rules.schema.json", text::<RawRules>()),
        ("known-deviations.schema.json", text::<RawDeviations>()),
        ("errata.schema.json", text::<RawErrata>()),
    ] {
        let path = cases.join(file);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            fs::write(&path, &schema).expect("written");
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == schema, "cases/{file} is out of date: run this test with UPDATE_SCHEMAS=1");
    }
}
