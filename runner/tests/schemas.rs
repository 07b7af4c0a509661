//! What loads fits the schemas that editors use, and what they cannot know of does not.

use std::fs;
use std::path::Path;

use globset::GlobBuilder;
use runner::case::schemas;
use serde_json::Value;

fn schema(file: &str) -> Value {
    let (_, text) = schemas().into_iter().find(|(name, _)| *name == file).expect("there is such a schema");
    serde_json::from_str(&text).unwrap()
}

/// What of `value` does not fit: the part of JSON Schema that the generator uses, and a panic for any other keyword.
fn misfits(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let Some(schema) = schema.as_object() else { return Vec::new() };
    let mut wrong = Vec::new();
    let list = |rule: &Value| rule.as_array().cloned().unwrap_or_default();
    for (keyword, rule) in schema {
        match keyword.as_str() {
            "$schema" | "title" | "description" | "definitions" | "format" | "default" | "maximum" => {}
            "$ref" => {
                let name = rule.as_str().and_then(|name| name.strip_prefix("#/definitions/")).unwrap();
                wrong.extend(misfits(root, &root["definitions"][name], value, at));
            }
            "allOf" => wrong.extend(list(rule).iter().flat_map(|one| misfits(root, one, value, at))),
            "oneOf" => {
                let fitting = list(rule).iter().filter(|one| misfits(root, one, value, at).is_empty()).count();
                wrong.extend((fitting != 1).then(|| format!("{at}: fits {fitting} of {rule}")));
            }
            "anyOf" => {
                let fits = list(rule).iter().any(|one| misfits(root, one, value, at).is_empty());
                wrong.extend((!fits).then(|| format!("{at}: {value} fits none of {rule}")));
            }
            "pattern" => {
                let pattern = regex::Regex::new(rule.as_str().unwrap()).unwrap();
                let fits = value.as_str().is_none_or(|text| pattern.is_match(text));
                wrong.extend((!fits).then(|| format!("{at}: {value} is not {rule}")));
            }
            "enum" => wrong.extend((!list(rule).contains(value)).then(|| format!("{at}: {value} is not in {rule}"))),
            "const" => wrong.extend((rule != value).then(|| format!("{at}: {value} is not {rule}"))),
            "type" => {
                let is = |kind: &Value| match kind.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_u64() || value.is_i64(),
                    "null" => value.is_null(),
                    other => panic!("type {other}"),
                };
                let fits = rule.as_array().map_or_else(|| is(rule), |kinds| kinds.iter().any(is));
                wrong.extend((!fits).then(|| format!("{at}: {value} is no {rule}")));
            }
            "minimum" => {
                let below = value.as_i64().is_some_and(|number| number < rule.as_i64().unwrap());
                wrong.extend(below.then(|| format!("{at}: {value} is below {rule}")));
            }
            "minItems" => {
                let short = value.as_array().is_some_and(|items| (items.len() as u64) < rule.as_u64().unwrap());
                wrong.extend(short.then(|| format!("{at}: too few")));
            }
            "items" => {
                let items = value.as_array().into_iter().flatten();
                wrong.extend(items.flat_map(|item| misfits(root, rule, item, at)));
            }
            "required" => {
                let missing = list(rule).into_iter().filter(|key| value.get(key.as_str().unwrap()).is_none());
                wrong.extend(missing.map(|key| format!("{at}: {key} is missing")));
            }
            "properties" | "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                for (key, value) in value.as_object().into_iter().flatten() {
                    let at = format!("{at}.{key}");
                    let property = known.and_then(|known| known.get(key));
                    match (keyword.as_str(), property, rule) {
                        ("properties", Some(property), _) => wrong.extend(misfits(root, property, value, &at)),
                        ("additionalProperties", None, Value::Bool(false)) => wrong.push(format!("{at}: unknown")),
                        ("additionalProperties", None, rule) => wrong.extend(misfits(root, rule, value, &at)),
                        _ => {}
                    }
                }
            }
            other => panic!("the schema uses `{other}`, which this test does not know"),
        }
    }
    wrong
}

fn check(file: &str, yaml: &str) -> Vec<String> {
    let schema = schema(file);
    let value: Value = serde_yaml::from_str(yaml).unwrap();
    misfits(&schema, &schema, &value, "")
}

/// The blocks of the format page behind these words.
fn blocks(words: &str) -> Vec<&'static str> {
    let page = include_str!("../../cases/README.md");
    let fence = format!("```{words}\n");
    page.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn examples_fit() {
    for (words, file) in [
        ("yaml case", "case.schema.json"),
        ("yaml rules", "rules/rules.schema.json"),
        ("yaml deviations", "known-deviations.schema.json"),
        ("yaml errata", "errata.schema.json"),
    ] {
        assert!(!blocks(words).is_empty());
        for block in blocks(words) {
            assert_eq!(check(file, block), Vec::<String>::new(), "{block}");
        }
    }
}

#[test]
fn cases_and_rules_of_the_suite_fit() {
    fn walk(folder: &Path, below: &str) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = format!("{below}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"));
            } else if name.ends_with(".yaml") {
                let file = match name.split('/').next() {
                    Some("rules") => "rules/rules.schema.json",
                    Some("known-deviations.yaml") => "known-deviations.schema.json",
                    Some("errata.yaml") => "errata.schema.json",
                    _ => "case.schema.json",
                };
                assert_eq!(check(file, &fs::read_to_string(entry.path()).unwrap()), Vec::<String>::new(), "{name}");
            }
        }
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    walk(&here.join("../cases"), "");
    walk(&here.join("tests/suite"), "");
}

/// Editors that read `.vscode/settings.json` hold each file of the suite to its schema, and to no other.
#[test]
fn editors_are_told_of_every_schema() {
    fn walk(root: &Path, below: &str, files: &mut Vec<String>) {
        for entry in fs::read_dir(root.join(below)).unwrap().map(Result::unwrap) {
            let name = format!("{below}/{}", entry.file_name().to_str().unwrap());
            match entry.path().is_dir() {
                true => walk(root, &name, files),
                false => files.push(name),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let settings = fs::read_to_string(root.join(".vscode/settings.json")).unwrap();
    let settings: Value = serde_json::from_str(&settings).unwrap();
    let told = settings["yaml.schemas"].as_object().unwrap();
    let mut files = Vec::new();
    walk(&root, "cases", &mut files);
    for file in files.iter().filter(|file| file.ends_with(".yaml")) {
        let of_file = |globs: &Value| {
            globs.as_array().unwrap().iter().any(|glob| {
                let glob = GlobBuilder::new(glob.as_str().unwrap()).literal_separator(true).build().unwrap();
                glob.compile_matcher().is_match(file)
            })
        };
        let schemas: Vec<&str> =
            told.iter().filter(|(_, globs)| of_file(globs)).map(|(file, _)| file.as_str()).collect();
        let name = match file.split('/').nth(1).unwrap() {
            "rules" => "rules/rules.schema.json",
            "known-deviations.yaml" => "known-deviations.schema.json",
            "errata.yaml" => "errata.schema.json",
            _ => "case.schema.json",
        };
        assert_eq!(schemas, [format!("./cases/{name}")], ".vscode/settings.json: {file}");
        assert!(root.join("cases").join(name).is_file());
    }
}

#[test]
fn mistakes_do_not_fit() {
    let case = blocks("yaml case")[0];
    for (from, to) in [
        ("summary:", "sumary:"),
        ("[real, protected, long]", "[real, protectd, long]"),
        ("[all]", "all"),
        ("trace: [start, nmi, after]", "end: halt"),
        ("{ rip: target }", "{ rip: {} }"),
        ("guest:", "boot: { gates: { nmi: trapp } }\nguest:"),
        ("guest:", "host: [{ at: nmi, do: [{ raise: -1 }] }]\nguest:"),
        ("guest:", "host: [{ at: nmi, do: [migrat] }]\nguest:"),
        ("guest:", "host: [{ at: nmi }]\nguest:"),
    ] {
        assert!(case.contains(from));
        assert_ne!(check("case.schema.json", &case.replacen(from, to, 1)), Vec::<String>::new(), "{to}");
    }
}
