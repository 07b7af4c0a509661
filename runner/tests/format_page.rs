//! The format page, `cases/README.md`, and the schemas agree with the loader.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use runner::case::{Library, Source, load};

const PAGE: &str = include_str!("../../cases/README.md");

/// The fenced blocks of the page by the words after the fence: `yaml case`, `yaml rules`, ...
fn blocks() -> BTreeMap<&'static str, Vec<String>> {
    let mut blocks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut open: Option<(&str, String)> = None;
    for line in PAGE.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(words), None) => open = Some((words, String::new())),
            (Some(_), Some(_)) => {
                if let Some((words, text)) = open.take() {
                    blocks.entry(words).or_default().push(text);
                }
            }
            (None, Some((_, text))) => *text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    blocks
}

/// Loads every example on the page together.
fn library() -> Library {
    let blocks = blocks();
    let mut texts: Vec<(String, Vec<u8>)> = Vec::new();
    for (number, text) in blocks["yaml case"].iter().enumerate() {
        texts.push((format!("blocking/example-{}.yaml", number + 1), text.clone().into_bytes()));
    }
    texts.push(("rules/page.yaml".to_owned(), blocks["yaml rules"].concat().into_bytes()));
    texts.push(("known-deviations.yaml".to_owned(), blocks["yaml deviations"].concat().into_bytes()));
    texts.push(("errata.yaml".to_owned(), blocks["yaml errata"].concat().into_bytes()));
    load(&Source::Texts(texts)).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

#[test]
fn every_example_loads() {
    let library = library();
    assert!(library.cases.len() >= 6);
    assert_eq!(library.deviations.len(), 2);
    assert_eq!(library.errata.len(), 1);
}

/// The suite's own folder of cases, with other files put into it, as `nmi list --cases` takes it.
fn beside_the_suite(name: &str, files: &[(String, String)]) -> std::process::Output {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true => copy(&entry.path(), &to.join(entry.file_name())),
                false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
            }
        }
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("format-page").join(name);
    let _ = fs::remove_dir_all(&folder);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases"), &folder);
    for (file, text) in files {
        let file = folder.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let mut nmi = std::process::Command::new(env!("CARGO_BIN_EXE_nmi"));
    nmi.args(["list", "--cases"]).arg(&folder).output().unwrap()
}

/// Each example is put among the suite's cases, whose rules it names, as a reader of the page would do.
#[test]
fn every_example_is_taken_beside_the_suite() {
    let blocks = blocks();
    let number = |(number, text): (usize, &String)| (format!("mine/example-{}.yaml", number + 1), text.clone());
    let lists = [("known-deviations.yaml", "yaml deviations"), ("errata.yaml", "yaml errata")];
    let lists = lists.map(|(file, kind)| vec![(file.to_owned(), blocks[kind].concat())]);
    let all = [blocks["yaml case"].iter().enumerate().map(number).collect()].into_iter().chain(lists);
    for (index, files) in all.enumerate() {
        let output = beside_the_suite(&index.to_string(), &files);
        assert!(output.status.success(), "{files:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn every_example_passes_on_the_model() {
    use reports::Kind;
    use runner::host::HostFacts;
    use runner::suite::{Filter, GuestCache, MachineSpec, Options, open_all, plan, run_one};
    use runner::terms::Vendor;

    let library = library();
    let mut slots = open_all(&MachineSpec::parse("model").unwrap(), &HostFacts::read(), Options::default());
    let trials = plan(&library.cases, &slots, &Filter::default());
    let guests = GuestCache::default();
    assert!(trials.len() > 50);
    for planned in &trials {
        let slot = &mut slots[planned.slot];
        let case = planned.case;
        let others = slot.vendor == Vendor::Amd && case.is_intels() || slot.vendor == Vendor::Intel && case.is_amds();
        let wanted = if others { Kind::Skipped } else { Kind::Pass };
        let outcome = run_one(&library, slot, planned, &guests).outcome;
        assert_eq!(outcome.kind(), wanted, "{}: {outcome:#?}", planned.id);
    }
}

#[test]
fn every_block_has_a_kind_that_is_checked() {
    let kinds: Vec<&str> = blocks().keys().copied().collect();
    assert_eq!(kinds, ["sh", "yaml", "yaml case", "yaml deviations", "yaml errata", "yaml rules"]);
}

#[test]
fn fragments_fit_into_a_case() {
    let case = "summary: a fragment fits\nrules: [block.from-delivery]\nmodes: [long]\npaths: [ioctl]\nguest:\n  main: |\n    \
                target: raise\n    done\n  nmi: |\n    snap held\n    iret\nexpect:\n  trace: [held]\n";
    for fragment in &blocks()["yaml"] {
        let text = case.replace("guest:\n", &format!("{fragment}guest:\n"));
        let rules = include_str!("suite/rules/known.yaml").replace("status: tested", "status: { unspecified: x }");
        let texts = [("fragment.yaml", text.into_bytes()), ("rules/known.yaml", rules.into_bytes())];
        let source = Source::Texts(texts.map(|(path, text)| (path.to_owned(), text)).into());
        load(&source).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    }
}

#[test]
fn the_page_names_every_word_an_editor_is_offered() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    for file in ["case", "rules/rules", "known-deviations", "errata"].map(|name| format!("{name}.schema.json")) {
        let schema = fs::read_to_string(cases.join(&file)).unwrap();
        let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
        let mut words = Vec::new();
        collect(&schema, &mut words);
        for word in words {
            assert!(PAGE.contains(&word), "cases/README.md does not mention `{word}`, which {file} has");
        }
    }
}

/// Keys of objects and words of enumerations, wherever they stand in a schema.
fn collect(value: &serde_json::Value, words: &mut Vec<String>) {
    use serde_json::Value;
    let strings = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    match value {
        Value::Object(object) => {
            words.extend(
                object.get("properties").and_then(Value::as_object).into_iter().flat_map(|map| map.keys().cloned()),
            );
            words.extend(object.get("enum").map(strings).unwrap_or_default());
            object.values().for_each(|value| collect(value, words));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, words)),
        _ => {}
    }
}
