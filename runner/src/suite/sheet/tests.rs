use std::path::Path as File;

use guests::Mode;
use reports::{Course, What};

use super::*;
use crate::case::{Library, Source, load};

fn library() -> Library {
    let folder = File::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    load(&Source::Folder(folder)).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

/// One line a step, with the state after it.
fn told(course: &Course) -> String {
    let mut out = String::new();
    for step in &course.steps {
        let state = (step.pending.unwrap_or(9), step.blocked.map_or(9, u8::from), step.depth.unwrap_or(9));
        out += &format!(
            "{} {}{}{} {:<11} {:<34} {}  {}\n",
            step.cpu,
            state.0,
            state.1,
            state.2,
            format!("{:?}", step.what),
            step.at,
            step.event,
            step.detail
        );
    }
    out.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>() + &course.end + "\n"
}

fn wanted(case: &str, mode: Mode, path: Path, vendor: Vendor) -> Course {
    let library = library();
    let case = library.cases.iter().find(|known| known.id == case).expect("a case of the suite");
    variant(case, mode, path, vendor).expect("the model runs it").want
}

#[test]
fn a_second_nmi_is_pending_until_the_iret() {
    let course = wanted("blocking/second-nmi-waits-for-iret", Mode::Long, Path::Ioctl, Vendor::Amd);
    insta::assert_snapshot!(told(&course));
}

#[test]
fn the_guests_own_raise_is_told_where_it_is_done() {
    let course = wanted("blocking/second-nmi-waits-for-iret", Mode::Protected, Path::XApic, Vendor::Intel);
    let raises: Vec<_> = course.steps.iter().filter(|step| step.what == What::Raise).collect();
    assert!(raises.iter().all(|step| step.address.is_some() && step.pending > Some(0)), "{raises:?}");
    assert_eq!(raises.len(), 2);
}

/// Every case of the suite has a course on every processor its expectations bind, of a size that a page can show, in which as
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
