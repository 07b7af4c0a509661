//! FINDINGS.md, findings.yaml, the known deviations, the cases, the patches and the reports say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use lab::findings::{Finding, findings};
use lab::target::Target;
use regex::Regex;
use runner::case::{Library, Source, load};

static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| load(&Source::Embedded).unwrap_or_else(|wrong| panic!("{}", wrong.render(false))));

fn data() -> Vec<Finding> {
    findings().unwrap_or_else(|error| panic!("{error}"))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Each finding's section of the page, by its number.
fn page() -> BTreeMap<u32, String> {
    let text = fs::read_to_string(folder().join("FINDINGS.md")).expect("the page");
    let heading = Regex::new(r"(?m)^### ([0-9]+)\. ").expect("a pattern");
    let starts: Vec<(usize, u32)> = heading
        .captures_iter(&text)
        .map(|found| (found.get(0).expect("all").start(), found[1].parse().expect("a number")))
        .collect();
    let mut sections = BTreeMap::new();
    for (at, &(start, number)) in starts.iter().enumerate() {
        let rest = &text[start + 1..];
        let to_heading = rest.find("\n## ").unwrap_or(rest.len());
        let to_next = starts.get(at + 1).map_or(rest.len(), |&(next, _)| next - start - 1);
        let section = &rest[..to_heading.min(to_next)];
        assert!(sections.insert(number, section.to_owned()).is_none(), "finding {number} is there twice");
    }
    sections
}

/// The text after `- NAME:` in a section, up to the next such item.
fn item(section: &str, name: &str) -> String {
    let pattern = Regex::new(&format!(r"(?s)(?:^|\n- |\. ){name}s?: (.*)")).expect("a pattern");
    let found = pattern.captures(section).map(|found| found[1].to_owned()).unwrap_or_default();
    let end = Regex::new(r"(?s)\n- |\. (?:Seen on|Upstream):").expect("a pattern");
    let end = end.find(&found).map_or(found.len(), |end| end.start());
    found[..end].replace('\n', " ")
}

/// Words in backquotes.
fn quoted(text: &str) -> Vec<String> {
    let pattern = Regex::new("`([^`]+)`").expect("a pattern");
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// Those of the words that are ids of rules.
fn rules(text: &str) -> BTreeSet<String> {
    let known = |word: &String| LIBRARY.rules.iter().any(|rule| rule.id == *word);
    quoted(text).into_iter().filter(known).collect()
}

/// The strategies that a "Seen on" names, except those that it says do not show the finding, or show it only from source.
fn strategies(seen: &str) -> BTreeSet<String> {
    let others = "from source|passes with|shows in the same case|that is Bochs";
    let read = Regex::new(&format!("[^.;]*({others})[^.;]*[.;]?")).expect("a pattern");
    let seen = read.replace_all(seen, "").replace("soft VNMI", "SOFT");
    let words = [
        (r"(?-u:\b)EI(?-u:\b)", "amd-event-injection"),
        (r"(?-u:\b)VNMI(?-u:\b)", "amd-vnmi"),
        (r"(?-u:\b)VMX(?-u:\b)", "intel-vnmi"),
        (r"(?-u:\b)[Nn]o (EPT|UG)(?-u:\b)", "intel-vnmi"),
        (r"(?-u:\b)SOFT(?-u:\b)", "intel-soft-vnmi"),
    ];
    let named = words.iter().filter(|(word, _)| Regex::new(word).expect("a pattern").is_match(&seen));
    named.map(|(_, strategy)| (*strategy).to_owned()).collect()
}

/// The strategies of the known deviations that name a finding, by its number.
fn deviations() -> BTreeMap<u32, BTreeSet<String>> {
    let mut found: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for entry in &LIBRARY.deviations {
        for &number in &entry.findings {
            found.entry(number).or_default().extend(entry.strategies.iter().cloned());
        }
    }
    found
}

/// Fails if anything is wrong, with all of it.
fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_page_and_the_data_have_the_same_findings() {
    let data: Vec<u32> = data().iter().map(|finding| finding.number).collect();
    let numbers: BTreeSet<u32> = data.iter().copied().collect();
    assert_eq!(numbers.len(), data.len(), "a finding is there twice");
    assert_eq!(numbers, page().into_keys().collect());
}

/// The rows of the page's table, with links to the sections as GitHub names them.
#[test]
fn the_table_lists_every_finding_with_its_patch() {
    let text = fs::read_to_string(folder().join("FINDINGS.md")).expect("the page");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| [")).collect();
    let patches = numbered("fixes", "patch");
    let row = |(number, section): (u32, String)| {
        let heading = section.lines().next().and_then(|line| line.strip_prefix("## ")).expect("a heading");
        let (_, title) = heading.split_once(". ").expect("a number and a title");
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        let anchor = heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-");
        let name = patches.get(&number).and_then(|path| path.file_name()).map(|name| name.to_string_lossy());
        let patch = name.map_or("-".to_owned(), |name| format!("[patch](fixes/{name})"));
        format!("| [{number}](#{anchor}) | {title} | {patch} |")
    };
    assert_eq!(rows, page().into_iter().map(row).collect::<Vec<_>>());
}

#[test]
fn rules_agree() {
    let page = page();
    let mut wrong = Vec::new();
    for finding in data() {
        let section = &page[&finding.number];
        let first = item(section, "Rule");
        let named = rules(&first);
        let own: BTreeSet<String> = finding.rules.iter().cloned().collect();
        if !own.is_subset(&named) || (own.is_empty() != named.is_empty()) || !rules(&first).is_subset(&own) {
            wrong.push(format!("finding {}: the page has {named:?}, the data {own:?}", finding.number));
        }
    }
    none(wrong);
}

#[test]
fn cases_exist_and_reproducers_are_on_the_page() {
    let page = page();
    let targets = Target::read_all(&folder().join("targets")).expect("the targets");
    let exists = |id: &str| LIBRARY.cases.iter().any(|case| case.id == id);
    let mut wrong = Vec::new();
    for finding in data() {
        let section = &page[&finding.number];
        let number = finding.number;
        let cases: Vec<String> = quoted(section).into_iter().filter(|word| is_case(word)).collect();
        wrong.extend(
            cases
                .iter()
                .filter(|id| !id.contains('*') && !exists(id))
                .map(|id| format!("finding {number}: no case {id}")),
        );
        for one in &finding.reproduce {
            if !cases.contains(&one.case) {
                wrong.push(format!("finding {number}: the page does not name {}", one.case));
            }
            match targets.iter().find(|target| target.name == one.target).and_then(Target::machine) {
                None => wrong.push(format!("finding {number}: no target {}", one.target)),
                Some(machine) if finding.seen.contains(&machine.strategy) => {}
                // Read from source there, or by a rule that this strategy shares.
                Some(machine) if !section.contains("from source") => {
                    wrong.push(format!("finding {number}: not seen on {}", machine.strategy));
                }
                Some(_) => {}
            }
        }
        if finding.reproduce.is_empty() == finding.none.is_none() {
            wrong.push(format!("finding {number}: say what reproduces it, or why nothing does"));
        }
    }
    none(wrong);
}

/// Whether a word in backquotes is the id of a case.
fn is_case(word: &str) -> bool {
    let folders: BTreeSet<&str> =
        LIBRARY.cases.iter().filter_map(|case| case.id.split_once('/')).map(|(at, _)| at).collect();
    word.split_once('/')
        .is_some_and(|(folder, name)| folders.contains(folder) && !name.contains('/') && !name.contains('.'))
}

#[test]
fn what_was_seen_agrees_with_the_page_and_the_deviations() {
    let (page, deviations) = (page(), deviations());
    let mut wrong = Vec::new();
    for finding in data() {
        let number = finding.number;
        let on_page = strategies(&item(&page[&number], "Seen on"));
        let seen: BTreeSet<String> = finding.seen.iter().cloned().collect();
        if on_page != seen {
            wrong.push(format!("finding {number}: the page has {on_page:?}, the data {seen:?}"));
        }
        let known = deviations.get(&number).cloned().unwrap_or_default();
        // A finding that the case allows needs no entry.
        if !seen.is_subset(&known) && finding.none.is_none() {
            wrong.push(format!("finding {number}: seen on {seen:?}, but the known deviations have {known:?}"));
        }
        if seen.is_empty() && !known.is_empty() {
            wrong.push(format!("finding {number}: not seen, but the known deviations have {known:?}"));
        }
    }
    for number in deviations.keys().filter(|number| !page.contains_key(number)) {
        wrong.push(format!("a known deviation names finding {number}, which the page does not have"));
    }
    none(wrong);
}

/// A deviation of KVM names a finding; one of an emulator alone names the emulator.
#[test]
fn every_deviation_of_a_vendors_module_names_its_finding() {
    let of_module = |strategy: &String| strategy.starts_with("amd-") || strategy.starts_with("intel-");
    let open = LIBRARY.deviations.iter().filter(|entry| entry.strategies.iter().any(of_module));
    let open = open.filter(|entry| entry.emulators.is_empty() && entry.findings.is_empty());
    none(open.map(|entry| format!("{:?} on {:?}: {}", entry.cases, entry.strategies, entry.evidence)).collect());
}

#[test]
fn causes_are_on_the_page() {
    let page = page();
    let mut wrong = Vec::new();
    for finding in data() {
        let section = &page[&finding.number];
        // Where a page says how a finding is like another, the function is named there.
        let missing = finding.cause.iter().filter(|function| !section.contains(function.as_str()));
        wrong
            .extend(missing.map(|function| format!("finding {}: the page does not name {function}()", finding.number)));
    }
    none(wrong);
}

/// Files `NN-*.patch` and `NN.md` in a folder, by their numbers.
fn numbered(name: &str, extension: &str) -> BTreeMap<u32, PathBuf> {
    let files = fs::read_dir(folder().join(name)).into_iter().flatten().flatten().map(|entry| entry.path());
    let of = |path: PathBuf| {
        let stem = path.file_stem()?.to_str()?.split('-').next()?.parse().ok()?;
        (path.extension()? == extension).then_some((stem, path))
    };
    files.filter_map(of).collect()
}

#[test]
fn patches_are_of_findings() {
    let known = page();
    none(
        numbered("fixes", "patch")
            .into_iter()
            .filter(|(number, _)| !known.contains_key(number))
            .map(|(_, path)| path.display().to_string())
            .collect(),
    );
}

/// The sections of a report, in this order.
const SECTIONS: [&str; 8] = [
    "Subject:",
    "Affected:",
    "What a guest or monitor sees:",
    "Reproducer:",
    "Cause:",
    "Patch:",
    "Seen on:",
    "Earlier discussions:",
];

#[test]
fn reports_exist_and_are_complete() {
    let reports = numbered("reports", "md");
    let patches = numbered("fixes", "patch");
    let mut wrong = Vec::new();
    for finding in data() {
        let number = finding.number;
        let Some(path) = reports.get(&number) else {
            if finding.report {
                wrong.push(format!("finding {number}: no reports/{number:02}.md"));
            }
            continue;
        };
        let text = fs::read_to_string(path).expect("a report");
        let places: Vec<Option<usize>> = SECTIONS.iter().map(|section| text.find(&format!("\n{section}"))).collect();
        let first = text.starts_with(SECTIONS[0]);
        if !first || places.iter().skip(1).any(Option::is_none) || !places.iter().skip(1).is_sorted() {
            wrong.push(format!("{}: a section is missing, or not in its place", path.display()));
        }
        if !finding.report {
            wrong.push(format!("{}: the data has no report of it", path.display()));
        }
        for case in finding.reproduce.iter().map(|one| one.case.as_str()).take(1) {
            if !text.contains(&format!("nmi reproduce {case}")) {
                wrong.push(format!("{}: `nmi reproduce {case}` is not its reproducer", path.display()));
            }
        }
        wrong.extend(
            finding
                .cause
                .iter()
                .filter(|function| !text.contains(function.as_str()))
                .map(|function| format!("{}: {function}() is missing", path.display())),
        );
        let named =
            patches.get(&number).and_then(|patch| patch.file_name()).map(|name| name.to_string_lossy().into_owned());
        if named.as_ref().is_some_and(|name| !text.contains(name.as_str())) {
            wrong.push(format!("{}: does not name {named:?}", path.display()));
        }
        if !text.contains("no hardware") {
            wrong.push(format!("{}: does not say that no hardware was at hand", path.display()));
        }
    }
    none(wrong);
}
