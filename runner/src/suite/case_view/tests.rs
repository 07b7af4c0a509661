//! The wanted history of every case.

use std::path::Path as File;

use guests::Mode;
use reports::{History, Nested, What};

use super::*;
use crate::case::{Library, Source, load};

fn library() -> Library {
    let folder = File::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    load(&Source::Folder(folder)).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

/// One line a step, with the state after it.
fn told(history: &History) -> String {
    let mut out = String::new();
    for step in &history.steps {
        let state = (step.pending.unwrap_or(9), step.blocked.map_or(9, u8::from), step.depth.unwrap_or(9));
        out += &format!(
            "{} {}{}{} {:<11} {:<34} {}  {}\n",
            step.cpu,
            state.0,
            state.1,
            state.2,
            format!("{:?}", step.what),
            step.at.as_ref().map(ToString::to_string).unwrap_or_default(),
            step.event,
            step.detail
        );
        if step.nested != Nested::default() {
            let Nested { level, gif, v_gif, v_nmi, v_nmi_mask } = step.nested;
            let bits = [("GIF", gif), ("VGIF", v_gif), ("V_NMI", v_nmi), ("V_NMI_MASK", v_nmi_mask)];
            let told = bits.into_iter().filter_map(|(name, bit)| Some(format!(" {name} {}", u8::from(bit?))));
            out.pop();
            out += &format!("  {:?}{}\n", level.expect("always known"), told.collect::<String>());
        }
    }
    out.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>() + &history.end + "\n"
}

fn wanted(case: &str, mode: Mode, path: Path, vendor: Vendor) -> History {
    let library = library();
    let case = library.cases.iter().find(|known| known.id == case).expect("a case of the suite");
    variant(case, mode, path, vendor).expect("the model runs it").want
}

#[test]
fn a_second_nmi_is_pending_until_the_iret() {
    let history = wanted("blocking/second-nmi-waits-for-iret", Mode::Long, Path::Ioctl, Vendor::Amd);
    insta::assert_snapshot!(told(&history));
}

#[test]
fn a_guest_hypervisors_bits_are_told_after_each_step() {
    let case = "guest-hypervisors/virtual-nmi-waits-for-the-virtual-gif";
    insta::assert_snapshot!(told(&wanted(case, Mode::Long, Path::None, Vendor::Amd)));
}

#[test]
fn the_guests_own_raise_is_told_where_it_is_done() {
    let history = wanted("blocking/second-nmi-waits-for-iret", Mode::Protected, Path::XApic, Vendor::Intel);
    let raises: Vec<_> = history.steps.iter().filter(|step| step.what == What::Raise).collect();
    assert!(raises.iter().all(|step| step.address.is_some() && step.pending > Some(0)), "{raises:?}");
    assert_eq!(raises.len(), 2);
}

/// Every case of the suite has a history on every processor its expectations bind, of a size that a page can show, in which as
/// many NMIs are delivered as handlers are entered, and nothing is left of what the host did.
#[test]
fn every_case_has_a_course() {
    for case in &library().cases {
        for vendor in [Vendor::Amd, Vendor::Intel] {
            let (mode, path) = (case.modes[0], case.paths[0]);
            match variant(case, mode, path, vendor) {
                Ok(variant) => {
                    let steps = &variant.want.steps;
                    assert!((2..300).contains(&steps.len()), "{} on {vendor}: {} steps", case.id, steps.len());
                    assert!(steps.iter().all(|step| step.what == What::Gap || step.blocked.is_some()), "{}", case.id);
                    assert!(!variant.listing.is_empty());
                }
                Err(trouble) => assert!(trouble.to_string().contains("needs"), "{}: {trouble}", case.id),
            }
        }
    }
}

fn explained(library: &Library, case: &str, mode: Mode, path: Path, vendor: Vendor) -> serde_json::Value {
    let case = library.cases.iter().find(|known| known.id == case).expect("a case of the suite");
    let guest = GuestCache::default().get(case, mode, path, vendor).expect("it builds");
    let explanation = Explanation::of(case, &guest, path, vendor).expect("the model runs it");
    serde_json::to_value(&explanation).expect("a value")
}

#[test]
fn an_explanation_for_programs_has_the_state_after_each_step() {
    let json = explained(&library(), "blocking/second-nmi-waits-for-iret", Mode::Long, Path::Ioctl, Vendor::Amd);
    // The steps of the case's own code, and those that are no instructions.
    let own: Vec<&str> =
        json["listing"].as_array().expect("a list").iter().flat_map(|line| line["address"].as_str()).collect();
    let shown = |step: &&serde_json::Value| {
        step["what"] != "instruction" || step["address"].as_str().is_some_and(|address| own.contains(&address))
    };
    let steps: Vec<String> =
        json["steps"].as_array().expect("a list").iter().filter(shown).map(ToString::to_string).collect();
    let mut head = json.clone();
    head["steps"] = serde_json::json!(steps.len());
    let head = serde_json::to_string_pretty(&head).expect("a value");
    insta::assert_snapshot!(format!("{head}\n\n{}\n", steps.join("\n")));
}

/// Every look and action of the host has an entry, and every other event has a name.
#[test]
fn an_explanation_for_programs_names_every_event() {
    let library = library();
    let happened = |case: &str, path: Path| -> Vec<String> {
        let json = explained(&library, case, Mode::Long, path, Vendor::Intel);
        let steps = json["steps"].as_array().expect("a list").clone();
        let host = steps.iter().filter(|step| step["what"] == "host");
        assert!(host.clone().all(|step| step["trace"].is_u64()), "{case}");
        let entries = json["trace"].as_array().expect("a list").iter().filter(|entry| entry.get("mark").is_none());
        assert_eq!(host.count(), entries.count(), "{case}");
        let mut what: Vec<String> = steps.iter().flat_map(|step| step["what"].as_str()).map(str::to_owned).collect();
        what.sort_unstable();
        what.dedup();
        what
    };
    assert_eq!(happened("smm/smi-comes-before-the-nmi", Path::Ioctl), ["host", "instruction", "nmi", "smi"]);
    assert_eq!(
        happened("exceptions/trap-comes-before-the-nmi", Path::XApic),
        ["exception", "instruction", "nmi", "raised"]
    );
    assert!(happened("interrupts/nmi-comes-before-an-interrupt", Path::Msi).contains(&"interrupt".to_owned()));
}

/// `runner/explain-json.md` says what each field means.
#[test]
fn every_field_of_an_explanation_is_on_its_page() {
    fn fields(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            serde_json::Value::Object(map) => map.iter().for_each(|(name, value)| {
                found.insert(name.clone());
                fields(value, found);
            }),
            serde_json::Value::Array(list) => list.iter().for_each(|value| fields(value, found)),
            _ => {}
        }
    }
    let mut found = std::collections::BTreeSet::new();
    fields(&explained(&library(), "smm/migrated-in-smm", Mode::Real, Path::Ioctl, Vendor::Amd), &mut found);
    let page = include_str!("../../../explain-json.md");
    let missing: Vec<&String> = found.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(found.len() > 40 && missing.is_empty(), "{missing:?}");
}
