//! What a page shows, and that nothing in it comes from outside.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::*;
use crate::samples::{self, snapshot};
use crate::{
    CaseView, ErratumRef, Event, History, KillMatrix, Labelled, ListingLine, Mutant, Outcome, SavedRun, Step, Variant,
    What, testing,
};

/// What a page must show as text.
const HOSTILE: &str = "</script><script>alert(1)</script>]]>-->\"'&<img src=x onerror=alert(2)>";

fn step(what: What, event: &str, pending: u8, blocked: bool, depth: u8) -> Step {
    let (pending, blocked, depth) = (Some(pending), Some(blocked), Some(depth));
    Step { what, event: event.to_owned(), pending, blocked, depth, ..Step::default() }
}

fn want() -> History {
    let steps = vec![
        step(What::Mark, "mark start", 0, false, 0),
        step(What::Raise, "raise 1 by ioctl", 1, false, 0),
        step(What::Delivery, "NMI delivered", 0, true, 1),
        step(What::Mark, "mark nmi", 0, true, 1),
        step(What::Mark, "snap held", 1, true, 1),
        step(What::Look, "look at held", 1, true, 1),
        Step { address: Some(0x1028), ..step(What::Instruction, "iretq", 1, false, 0) },
        step(What::Delivery, "NMI delivered", 0, true, 1),
        step(What::Mark, "mark nmi", 0, true, 1),
        step(What::Mark, "mark after", 0, false, 0),
    ];
    History { steps, end: "done".to_owned(), parts: None }
}

fn case_view() -> CaseView {
    let line = |address, bytes: &str, text: &str, source: &str| ListingLine {
        address,
        bytes: bytes.to_owned(),
        text: text.to_owned(),
        source: source.to_owned(),
    };
    CaseView {
        id: samples::HELD.to_owned(),
        summary: "a summary".to_owned(),
        hash: "5f1d".to_owned(),
        rules: vec!["block.until-iret".to_owned()],
        variants: vec![Variant {
            mode: "long".to_owned(),
            path: "ioctl".to_owned(),
            vendor: "intel".to_owned(),
            listing: vec![
                line(0x1028, "48cf", "iretq", "nmi: iret"),
                line(0x100c, "6a03", "push 3", "main: mark after"),
            ],
            want: want(),
        }],
    }
}

fn mutants() -> KillMatrix {
    let mutant = |name: &str, killers: &[&str]| Mutant {
        name: name.to_owned(),
        statement: "IRET does not unblock".to_owned(),
        killers: killers.iter().map(|word| (*word).to_owned()).collect(),
    };
    KillMatrix { mutants: vec![mutant("one", &[samples::HELD]), mutant("two", &[])], cases: Vec::new() }
}

fn page(run: &SavedRun, views: &[CaseView], mutants: Option<&KillMatrix>) -> String {
    let runs = [Labelled { group: "intel-vnmi", name: "6.12.117", run }];
    Page { runs: &runs, views, mutants }.html().expect("memory")
}

fn mixed() -> SavedRun {
    samples::saved(&samples::mixed_run())
}

/// What the page's script unpacks.
fn unpacked(page: &str) -> Value {
    let (_, rest) = page.split_once(r#"id="store">"#).expect("a store");
    let bytes = STANDARD.decode(rest.split_once('<').expect("an end").0).expect("base64");
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(&bytes[..]).read_to_string(&mut text).expect("deflated");
    serde_json::from_str(&text).expect("JSON")
}

fn pieces(page: &str) -> String {
    let pieces: Vec<String> = serde_json::from_value(unpacked(page)["pieces"].clone()).expect("texts");
    pieces.join("\n")
}

/// The page without what is the same in every page, and without what is packed.
fn body(page: &str) -> String {
    let (_, rest) = page.split_once("</head>").expect("a head");
    let (body, _) = rest.split_once(r#"<script type="text/plain""#).expect("a store");
    body.to_owned()
}

#[test]
fn a_whole_page() {
    snapshot("html-page", &body(&page(&mixed(), &[case_view()], Some(&mutants()))));
    snapshot("html-pieces", &pieces(&page(&mixed(), &[case_view()], None)));
}

#[test]
fn nothing_from_outside_is_markup() {
    let mut run = mixed();
    run.trials.extend(samples::outcomes().into_iter().map(|outcome| samples::trial("kvm::long::ioctl::a/b", outcome)));
    let errata =
        vec![ErratumRef { id: "E1".to_owned(), rules: vec!["block.until-iret".to_owned()], ..ErratumRef::default() }];
    run.facts.as_mut().expect("a start").errata = errata;
    run.summary.as_mut().expect("an end").stale = vec![samples::stale("an.id", "a reason")];
    let run = samples::saved(&run.events().map(hostile).collect::<Vec<_>>());
    let mut case_view = case_view();
    case_view.id += HOSTILE;
    case_view.hash += HOSTILE;
    for variant in &mut case_view.variants {
        for word in [&mut variant.mode, &mut variant.path] {
            *word += HOSTILE;
        }
        for line in &mut variant.listing {
            line.text += HOSTILE;
            line.source += HOSTILE;
        }
        variant.want.steps.iter_mut().for_each(|step| step.event += HOSTILE);
    }
    let mut mutants = mutants();
    mutants.mutants.iter_mut().for_each(|mutant| mutant.statement += HOSTILE);
    let page = page(&run, &[case_view], Some(&mutants));
    assert!(body(&page).matches("alert(1)").count() > 50, "the words are shown");
    assert_eq!(page.matches("<script").count(), 2, "the store and the page's own");
    for text in [body(&page), pieces(&page)] {
        assert!(!text.contains("<script") && !text.contains("<img"), "no element comes from outside");
        let outside = text.split("<").skip(1).map(|tag| tag.split('>').next().unwrap_or_default());
        assert!(outside.clone().all(|tag| tag.matches('"').count() % 2 == 0), "no attribute ends early");
        assert!(
            outside.clone().all(|tag| !tag.starts_with("a ") || tag.contains("href=\"#")),
            "links stay in the page"
        );
    }
}

/// The event with words in each text that would be markup if they could.
fn hostile(event: Event) -> Event {
    testing::with_texts(&event, &testing::texts(&event), &mut |text| text.push_str(HOSTILE))
}

#[test]
fn most_failures_have_only_a_link() {
    let failed = samples::outcomes().into_iter().nth(3).expect("a mismatch");
    let trials =
        (0..10_000).map(|number| samples::trial(&format!("kvm::long::ioctl::a/case-{number}"), failed.clone()));
    let page = page(&samples::saved(&samples::run_of(trials.collect())), &[], None);
    assert_eq!(page.matches("<article").count(), 50);
    let body = body(&page);
    assert!(body.contains("a/case-549") && !body.contains("a/case-550"), "some hundred have a link");
    assert!(body.contains("and 9450 more, among <a href=\"#cases?outcome=failed\">"), "and the others are counted");
    assert_eq!(unpacked(&page)["cases"].as_array().map(Vec::len), Some(10_000));
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}

#[test]
fn of_very_many_ways_to_end_a_case_shows_some() {
    let failed = |number: usize| {
        let mut outcome = samples::outcomes().into_iter().nth(3).expect("a mismatch");
        if let Outcome::Mismatch(divergence) = &mut outcome {
            *divergence = samples::got(crate::Moment::mark(format!("thing {number}")));
        }
        samples::trial("kvm::long::ioctl::a/b", outcome)
    };
    let page = page(&samples::saved(&samples::run_of((0..1000).map(failed).collect())), &[], None);
    let pieces = pieces(&page);
    assert!(pieces.contains("thing 49<") && !pieces.contains("thing 50<"));
    assert!(pieces.contains("ended in 950 further ways"));
}

#[test]
fn what_is_missing_is_said_first() {
    let mut events = samples::mixed_run();
    events.truncate(4);
    let page = body(&page(&samples::saved(&events), &[], None));
    let (before, _) = page.split_once("<main>").expect("a body");
    let missing =
        format!("Not the whole run of intel-vnmi 6.12.117 kvm: cut off in kvm::long::ioctl::{}", samples::HELD);
    assert!(before.contains("Not the whole run") && before.contains("cut off in"), "{missing}: {before}");
}

#[test]
fn other_contents_have_no_listing() {
    let other = CaseView { hash: "77aa".to_owned(), ..case_view() };
    let (same, other) = (page(&mixed(), &[case_view()], None), page(&mixed(), &[other], None));
    let says = "This run ran other contents of the case";
    assert!(!same.contains(says) && same.contains("48cf"));
    assert!(other.contains(says) && !other.contains("48cf"));
}

#[test]
fn a_case_that_the_models_fail_is_suspect() {
    let mut run = mixed();
    let failed = |machine: &str| {
        samples::trial(&format!("{machine}::long::ioctl::a/b"), Outcome::Mismatch(samples::divergence()))
    };
    run.trials = vec![failed("kvm")];
    assert!(!page(&run, &[], None).contains("suspect the case"));
    run.trials.push(failed("model:amd"));
    assert!(page(&run, &[], None).contains("the models fail, too: suspect the case"));
}

#[test]
fn an_erratum_is_told_where_it_could_explain() {
    let mut run = mixed();
    let erratum =
        |id: &str, rule: &str| ErratumRef { id: id.to_owned(), rules: vec![rule.to_owned()], ..ErratumRef::default() };
    run.facts.as_mut().expect("a start").errata = vec![erratum("E-1", "block.until-iret"), erratum("E-2", "smm.rsm")];
    let page = body(&page(&run, &[], None));
    assert!(page.contains("<b>E-1</b> could explain it") && !page.contains("<b>E-2</b> could explain it"));
}

#[test]
fn an_empty_run_is_a_page_too() {
    let page = page(&SavedRun::default(), &[], None);
    assert!(page.contains("Nothing executed: no trials") && page.contains("cut off before its start"));
    assert!(!page.contains("href=\"#hosts\"") && !page.contains("href=\"#rules\""), "no link leads nowhere");
    assert!(Page::default().html().expect("memory").contains("Nothing executed"));
    let passed = samples::saved(&samples::run_of(vec![samples::trial("kvm::long::ioctl::a/b", Outcome::Pass)]));
    assert!(self::page(&passed, &[], None).contains("Nothing failed: 1 pass"));
}
