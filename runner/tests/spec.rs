//! The rules as functions (`runner/spec`) and as data (`cases/rules`) agree, with the same sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use runner::case::{Rules, Source, Status, load};
use runner::machine::mutants::Mutant;

/// A function of the spec: where it stands, what it returns, the rules that it names, and the sources that it ends with.
struct Function {
    place: String,
    returns: String,
    rules: Vec<String>,
    /// What it says between its rules and its sources, without what it says of its parameters.
    sentences: Vec<String>,
    sources: BTreeSet<String>,
}

fn functions() -> Vec<Function> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/src");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("the spec").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let mut functions = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file");
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut doc: Vec<&str> = Vec::new();
        for line in text.lines() {
            if let Some(line) = line.strip_prefix("///") {
                doc.push(line.trim());
            } else {
                if let Some(rest) = line.strip_prefix("pub fn ") {
                    let place = format!("{name}: {}", rest.split('(').next().unwrap_or_default());
                    let returns = rest.rsplit("-> ").next().unwrap_or_default();
                    functions.push(function(place, returns, &doc));
                }
                doc.clear();
            }
        }
    }
    functions
}

fn function(place: String, returns: &str, doc: &[&str]) -> Function {
    let first = doc.iter().take_while(|line| !line.is_empty());
    let rules = first.flat_map(|line| line.split('`').skip(1).step_by(2)).map(str::to_owned).collect();
    let sources = doc.iter().filter_map(|line| line.strip_prefix("- ")).map(str::to_owned).collect();
    let after = doc.iter().skip_while(|line| !line.is_empty()).take_while(|line| !line.starts_with("- "));
    let prose = after.copied().collect::<Vec<_>>().join(" ");
    Function { place, returns: returns.to_owned(), rules, sentences: sentences(prose.trim()), sources }
}

/// The sentences of a paragraph. One that begins with a name in backticks is about a parameter and left out.
fn sentences(prose: &str) -> Vec<String> {
    let ends = prose.match_indices(". ").map(|(at, _)| at + 1).chain(prose.match_indices(".) ").map(|(at, _)| at + 2));
    let mut ends: Vec<usize> = ends.chain([prose.len()]).collect();
    ends.sort_unstable();
    let mut from = 0;
    let mut sentences = Vec::new();
    for end in ends {
        let sentence = prose[from..end].trim();
        if !sentence.is_empty() && !sentence.starts_with('`') {
            sentences.push(sentence.to_owned());
        }
        from = end;
    }
    sentences
}

fn rules() -> Rules {
    load(&Source::Embedded).unwrap_or_else(|wrong| panic!("{wrong}")).rules
}

#[test]
fn every_rule_that_a_guest_can_observe_has_a_function_and_every_function_a_rule() {
    let (rules, functions) = (rules(), functions());
    assert!(functions.len() > 60, "{} functions were found", functions.len());
    let named: BTreeSet<&str> = functions.iter().flat_map(|function| &function.rules).map(String::as_str).collect();
    let missing: Vec<&str> = rules
        .iter()
        .filter(|rule| !matches!(rule.status, Status::Untestable(_)) && !named.contains(rule.id.as_str()))
        .map(|rule| rule.id.as_str())
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "rules that no function of the spec names");
    let without: Vec<&str> =
        functions.iter().filter(|function| function.rules.is_empty()).map(|function| function.place.as_str()).collect();
    assert_eq!(without, Vec::<&str>::new(), "functions of the spec that name no rule");
    let unknown: Vec<&str> = named.into_iter().filter(|id| rules.get(id).is_none()).collect();
    assert_eq!(unknown, Vec::<&str>::new(), "rules that the spec names and no file has");
}

#[test]
fn what_a_manual_leaves_open_is_a_set() {
    let functions = functions();
    let is_set =
        |function: &Function| function.returns.starts_with("Allowed<") || function.place.starts_with("kvm.rs: ");
    let sets: BTreeSet<&String> = functions.iter().filter(|one| is_set(one)).flat_map(|one| &one.rules).collect();
    let rules = rules();
    let open = rules.iter().filter(|rule| matches!(rule.status, Status::Unspecified(_)));
    let fixed: Vec<&str> = open.filter(|rule| !sets.contains(&rule.id)).map(|rule| rule.id.as_str()).collect();
    assert_eq!(fixed, Vec::<&str>::new(), "rules that are open, and no function returns a set for them");
}

#[test]
fn the_sources_of_a_function_are_those_of_its_rules() {
    let rules = rules();
    for Function { place, rules: ids, sources, .. } in functions() {
        let theirs: BTreeSet<String> =
            ids.iter().filter_map(|id| rules.get(id)).flat_map(|rule| &rule.sources).map(ToString::to_string).collect();
        assert_eq!(sources, theirs, "{place}");
    }
}

#[test]
fn a_function_says_its_rule_in_one_or_two_sentences() {
    assert_eq!(sentences("One. (Two.) `a`: three; `b`: four. Five"), ["One.", "(Two.)", "Five"]);
    for Function { place, sentences, .. } in functions() {
        assert!((1..=2).contains(&sentences.len()), "{place}: {sentences:#?}");
    }
}

#[test]
fn the_manuals_rules_cite_no_source_of_kvm() {
    let kvms = |source: &String| source.starts_with("Linux") || source.starts_with("KVM API");
    for Function { place, sources, .. } in functions().into_iter().filter(|one| !one.place.starts_with("kvm.rs: ")) {
        assert_eq!(sources.iter().filter(|source| kvms(source)).collect::<Vec<_>>(), Vec::<&String>::new(), "{place}");
    }
}

#[test]
fn every_mutant_breaks_rules_that_the_spec_has() {
    let named: BTreeSet<String> = functions().into_iter().flat_map(|function| function.rules).collect();
    let mut unknown = BTreeMap::new();
    for mutant in Mutant::all() {
        assert!(!mutant.rules().is_empty(), "{mutant}");
        let wrong: Vec<&str> = mutant.rules().iter().copied().filter(|id| !named.contains(*id)).collect();
        if !wrong.is_empty() {
            unknown.insert(mutant.name(), wrong);
        }
    }
    assert_eq!(unknown, BTreeMap::new());
}
