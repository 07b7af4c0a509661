//! Loading of suites from folders and from the program itself, and of damaged files.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use runner::case::{Diagnostics, Library, Site, Source, Status, load};

const RULES: &str = include_str!("suite/rules/known.yaml");
const CASE: &str = include_str!("suite/blocking/second-nmi-waits.yaml");
const DEVIATIONS: &str = "deviations:\n  - id: vnmi.hangs\n    cases: [\"blocking/*\"]\n    strategies: [amd-vnmi]\n    kernels: \">=6.1, <7\"\n    \
                          symptoms: [{ hang: { want: nmi } }]\n    reason: it hangs\n    evidence: here\n";

fn folder(name: &str) -> Source {
    Source::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
}

fn load_texts(rules: &[u8], case: &[u8], deviations: &[u8]) -> Result<Library, Diagnostics> {
    let text = |path: &str, content: &[u8]| (path.to_owned(), content.to_vec());
    load(&Source::Texts(vec![
        text("rules/known.yaml", rules),
        text("blocking/second-nmi-waits.yaml", case),
        text("known-deviations.yaml", deviations),
    ]))
}

#[test]
fn a_folder_is_loaded_whole() {
    let library = load(&folder("tests/suite")).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let ids: Vec<&str> = library.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["blocking/second-nmi-waits"]);
    assert!(library.cases[0].file.ends_with("tests/suite/blocking/second-nmi-waits.yaml"));
    assert_eq!(library.rules.iter().len(), 4);
    assert_eq!(
        library.rules.get("block.depth").map(|rule| &rule.status),
        Some(&Status::Untestable("the processor does not tell".to_owned()))
    );
    assert_eq!(library.rules.get("block.until-iret").map(|rule| &rule.status), Some(&Status::Tested));
}

/// Loading the embedded cases relies on this.
#[test]
fn every_guest_of_the_suite_can_be_built() {
    let checked = load(&folder("../cases")).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let embedded = load(&Source::Embedded).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let hashes = |library: &Library| -> Vec<(String, String)> {
        library.cases.iter().map(|case| (case.id.clone(), case.hash.clone())).collect()
    };
    assert_eq!(hashes(&checked), hashes(&embedded));
}

/// Document, volume and revision of every source of the suite's own rules. A source that needs another edition gets a line here.
const READ: [(&str, Option<&str>, &str); 8] = [
    ("24593", Some("2"), "3.44"),
    ("24594", Some("3"), "3.37"),
    ("243191", Some("2"), "002"),
    ("325383", Some("2"), "059"),
    ("325383", Some("2"), "067"),
    ("325384", Some("3"), "059"),
    ("KVM API", None, "7.3.4"),
    ("Linux", None, "7.3.4"),
];

#[test]
fn sources_are_of_the_revisions_that_were_read() {
    let library = load(&Source::Embedded).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    for rule in library.rules.iter() {
        for source in &rule.sources {
            let document = source.number.as_deref().unwrap_or(&source.manual);
            let read = (document, source.volume.as_deref(), source.revision.as_str());
            assert!(READ.contains(&read), "{}: {source}", rule.id);
        }
    }
}

#[test]
fn a_missing_or_empty_folder_is_reported() {
    let missing = load(&folder("tests/nowhere")).unwrap_err().to_string();
    assert!(missing.starts_with("error[unreadable]: failed to read this: "), "{missing}");
    let empty = load(&folder("src/terms")).unwrap_err().to_string();
    assert!(empty.starts_with("error[no-cases]: there is no case in this folder"), "{empty}");
    let only_rules = load(&folder("tests/suite/rules/..//rules")).unwrap_err();
    assert!(!only_rules.is_empty());
    let file = load(&folder("Cargo.toml")).unwrap_err();
    assert!(file.to_string().contains("Cargo.toml"));
}

#[test]
fn a_folder_that_links_to_itself_ends() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("loop");
    fs::create_dir_all(&target).unwrap();
    let link = target.join("again");
    if !link.exists() {
        std::os::unix::fs::symlink(&target, &link).unwrap();
    }
    let error = load(&Source::Folder(target)).unwrap_err().to_string();
    assert!(error.contains("folders nest too deep"), "{error}");
}

#[test]
fn deviations_are_found_by_trial() {
    use guests::Mode;
    use runner::terms::Path;

    let library = load_texts(RULES.as_bytes(), CASE.as_bytes(), DEVIATIONS.as_bytes()).unwrap();
    let find = |strategy: &str, kernel: &str| {
        let site = Site { strategy: strategy.to_owned(), kernel: kernel.to_owned(), ..Site::default() };
        let found = library.deviations_of("blocking/second-nmi-waits", &site, Mode::Long, Path::Ioctl);
        found.first().map(|entry| entry.symptoms[0].to_string())
    };
    assert_eq!(find("amd-vnmi", "6.12.3"), Some("{ hang: { want: nmi } }".to_owned()));
    assert_eq!(find("amd-vnmi", "7.0.0"), None);
    assert_eq!(find("intel-vnmi", "6.12.3"), None);
}

#[test]
fn files_too_long_are_refused_unread() {
    let long = "# ".repeat(100_000);
    let error = load_texts(RULES.as_bytes(), long.as_bytes(), DEVIATIONS.as_bytes()).unwrap_err();
    assert_eq!(error.iter().filter(|one| one.code == "too-large").count(), 1);
}

/// Loads the files, and checks that every problem has a valid place and message.
fn holds(rules: &[u8], case: &[u8], deviations: &[u8]) {
    if let Err(diagnostics) = load_texts(rules, case, deviations) {
        assert!(!diagnostics.is_empty());
        for one in diagnostics.iter() {
            let place = one.place.expect("problems of a file have a place");
            assert!(place.line >= 1 && place.column >= 1 && place.length >= 1, "{one:?}");
            // Words of the file may look like anything; the program's own never show a Rust type.
            let own = |text: &str| one.message.contains(text) && !one.source.contains(text);
            assert!(!own("Raw") && !own("::"), "{one:?}");
        }
        assert!(diagnostics.render(true).len() >= diagnostics.render(false).len());
    }
}

/// A damage to a text, as by a careless editor or a bad disk.
#[derive(Clone, Debug)]
enum Damage {
    Delete(usize),
    Double(usize),
    Swap(usize, usize),
    Flip(usize, u8),
    Cut(usize),
    Insert(usize, String),
    Indent(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let pieces = prop::sample::select(vec![
        ":",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "|",
        ">",
        "&a ",
        "*a",
        "!t ",
        "#",
        "\t",
        "\r",
        "\u{feff}",
        "---\n",
        "%",
        "raise 2\n",
        "arm\n",
        "mark x\n",
        "snap end, frame\n",
        "times 99999999 db 0\n",
        "dq 1, 2\n",
        "align 4096\n",
        "~",
        "0x",
        "999999999999",
        "\u{0}",
        "ä",
        "\u{202e}",
    ]);
    prop_oneof![
        any::<usize>().prop_map(Damage::Delete),
        any::<usize>().prop_map(Damage::Double),
        (any::<usize>(), any::<usize>()).prop_map(|(one, other)| Damage::Swap(one, other)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), pieces).prop_map(|(at, piece)| Damage::Insert(at, piece.to_owned())),
        (any::<usize>(), 0..9_usize).prop_map(|(line, by)| Damage::Indent(line, by)),
    ]
}

fn apply(text: &str, damages: &[Damage]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for damage in damages {
        let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        if lines.is_empty() {
            return bytes;
        }
        let line = |at: &usize| at % lines.len();
        let offset = |at: &usize| at % bytes.len();
        match damage {
            Damage::Delete(at) => drop(lines.remove(line(at))),
            Damage::Double(at) => lines.insert(line(at), lines[line(at)].clone()),
            Damage::Swap(one, other) => {
                let (one, other) = (line(one), line(other));
                lines.swap(one, other);
            }
            Damage::Indent(at, by) => {
                let at = line(at);
                let spaces = vec![b' '; *by];
                lines[at].splice(0..0, spaces);
            }
            Damage::Flip(at, bits) => {
                let at = offset(at);
                bytes[at] ^= bits;
                continue;
            }
            Damage::Cut(at) => {
                bytes.truncate(offset(at));
                continue;
            }
            Damage::Insert(at, piece) => {
                let at = offset(at);
                bytes.splice(at..at, piece.bytes());
                continue;
            }
        }
        bytes = lines.concat();
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_cases_are_loaded_or_refused(damages in prop::collection::vec(damage(), 1..6)) {
        holds(RULES.as_bytes(), &apply(CASE, &damages), DEVIATIONS.as_bytes());
    }

    #[test]
    fn damaged_rules_are_loaded_or_refused(damages in prop::collection::vec(damage(), 1..6)) {
        holds(&apply(RULES, &damages), CASE.as_bytes(), DEVIATIONS.as_bytes());
    }

    #[test]
    fn damaged_deviations_are_loaded_or_refused(damages in prop::collection::vec(damage(), 1..6)) {
        holds(RULES.as_bytes(), CASE.as_bytes(), &apply(DEVIATIONS, &damages));
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        holds(&bytes, &bytes, &bytes);
    }

    #[test]
    fn any_text_is_refused(text in "[ -~\n\t:|>{}\\[\\]&*!#'\"-]{0,200}") {
        holds(text.as_bytes(), text.as_bytes(), text.as_bytes());
    }
}
