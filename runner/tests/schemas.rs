//! Files that load match the JSON Schemas for editors, and files with mistakes do not.

use std::fs;
use std::path::Path;

use globset::GlobBuilder;
use serde_json::Value;

/// The errors of a YAML file against a schema.
fn check(file: &str, yaml: &str) -> Vec<String> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases").join(file);
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let value: Value = serde_yaml::from_str(yaml).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The blocks of the format page with these words after the fence.
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

/// `.vscode/settings.json` gives each file of the suite its schema, and no other.
#[test]
fn editors_know_every_schema() {
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
