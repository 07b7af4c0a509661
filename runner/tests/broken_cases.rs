//! Every broken file below `tests/broken` is refused, with the message in its snapshot.

use std::fs;
use std::path::Path;

use runner::case::{Source, load};

/// Rules that the broken cases may name.
const RULES: &str = include_str!("suite/rules/known.yaml");
/// A case that is not broken.
const CASE: &str = include_str!("suite/blocking/second-nmi-waits.yaml");

/// Loads one file of `tests/broken` together with sound files. The start of its name gives the kind of file.
fn load_one(name: &str, content: Vec<u8>) -> Result<(), runner::case::Diagnostics> {
    let place = match name.split('-').next() {
        Some("rules") => format!("rules/{name}"),
        Some("deviations") => "known-deviations.yaml".to_owned(),
        Some("errata") => "errata.yaml".to_owned(),
        _ => name.to_owned(),
    };
    let whole = [("rules/known.yaml", RULES), ("blocking/second-nmi-waits.yaml", CASE)];
    let mut texts: Vec<(String, Vec<u8>)> = whole.map(|(path, text)| (path.to_owned(), text.into())).into();
    texts.push((place, content));
    load(&Source::Texts(texts)).map(drop)
}

#[test]
fn every_broken_file_is_refused_with_its_message() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with("ml"))
        .collect();
    names.sort();
    assert!(names.len() >= 45, "{} fixtures", names.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("broken/messages");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut loaded = Vec::new();
    for name in &names {
        let content = fs::read(folder.join(name)).unwrap();
        match load_one(name, content) {
            Ok(()) => loaded.push(name.clone()),
            Err(diagnostics) => settings.bind(|| insta::assert_snapshot!(name.as_str(), diagnostics.render(false))),
        }
    }
    assert_eq!(loaded, Vec::<String>::new(), "these load");
}

#[test]
fn only_the_broken_file_is_reported() {
    let rules = b"rules: []\n".to_vec();
    let diagnostics = load_one("rules-x.yaml", rules).unwrap_err();
    assert_eq!(diagnostics.iter().map(|one| one.file.as_str()).collect::<Vec<_>>(), ["cases/rules/rules-x.yaml"]);
}
