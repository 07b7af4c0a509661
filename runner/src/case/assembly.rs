//! Assembles each case in each of its modes and wirings, to find bad lines when the files are loaded.

use std::collections::{BTreeMap, BTreeSet};

use guests::{Guest, Mode, Problem, RaiseBy, SectionName, Spot, Wiring, build};

use super::diagnostics::Place;
use super::lint::{PATH_CANNOT, without_stack};
use super::resolve::{NOT_LITERAL, Resolved};
use super::{Moment, address, depends_on_vendor, wiring};
use crate::terms::{Path, Vendor};

/// A problem: its place, code, message and help.
type Found = (Place, &'static str, String, Option<String>);

/// Builds the case's guests and reports what is wrong with their text: each problem once, with its modes if it is not in all of
/// them.
pub(super) fn check(resolved: &mut Resolved) {
    if resolved.report.has(NOT_LITERAL) {
        // The assembler would see other lines than those of the file.
        return;
    }
    let mut found: BTreeMap<Found, BTreeSet<Mode>> = BTreeMap::new();
    let start = resolved.raw.guest.get().map_or(Place::START, |guest| guest.place);
    // A case with unknown modes is assembled in long mode, to find what no mode has.
    let modes = if resolved.case.modes.is_empty() { vec![Mode::Long] } else { resolved.case.modes.clone() };
    for &mode in &modes {
        for wiring in wirings(resolved) {
            let problems = match build(&resolved.case.program, mode, &wiring) {
                Ok(guest) => [unresolved(resolved, &guest), stackless(resolved, &guest)].concat(),
                Err(problems) => problems.into_iter().filter_map(|problem| refused(resolved, problem, start)).collect(),
            };
            for problem in problems {
                found.entry(problem).or_default().insert(mode);
            }
        }
    }
    for ((place, code, message, help), in_modes) in found {
        let names: Vec<&str> = in_modes.iter().map(|mode| mode.name()).collect();
        let within =
            if names.len() < modes.len() { format!(" (in {} mode)", names.join(" and ")) } else { String::new() };
        resolved.report.push(place, code, format!("{message}{within}"), help);
    }
}

/// A problem that the assembler found; `start` is the place of one that concerns the whole guest.
fn refused(resolved: &Resolved, problem: Problem, start: Place) -> Option<Found> {
    match problem {
        Problem::Line(error) => {
            let spot = SectionName::from_word(&error.unit).map(|section| Spot {
                section,
                line: error.line,
                column: error.column,
                length: error.length.max(1),
            });
            let place = spot.map_or(start, |spot| resolved.raw.place(&resolved.text, spot));
            Some((place, "assembly", error.message, error.help))
        }
        // What a mode does not have is reported at the key that needs it.
        _ if resolved.report.has_any() => None,
        whole => Some((start, "assembly", whole.to_string(), None)),
    }
}

/// The wirings that result in different code. Those of the two vendors differ in constants only.
fn wirings(resolved: &Resolved) -> Vec<Wiring> {
    let mut kinds: Vec<(RaiseBy, bool)> = Vec::new();
    let mut wirings = Vec::new();
    let constants = depends_on_vendor(&resolved.case);
    // That such a path cannot do what the guest needs is reported at the path, and not at the line again.
    let refused = |path: Path| path.is_guests_own() && resolved.report.has(PATH_CANNOT);
    for &path in resolved.case.paths.iter().filter(|path| !refused(**path)) {
        let intel = wiring(&resolved.case, path, Vendor::Intel);
        if kinds.contains(&(intel.raise, intel.sender)) {
            continue;
        }
        kinds.push((intel.raise, intel.sender));
        wirings.push(intel);
        if constants {
            wirings.push(wiring(&resolved.case, path, Vendor::Amd));
        }
    }
    if wirings.is_empty() {
        wirings.push(wiring(&resolved.case, Path::None, Vendor::Intel));
    }
    wirings
}

/// Labels that the outline of the text has and the guest does not: the outline does not interpret directives.
fn unresolved(resolved: &Resolved, guest: &Guest) -> Vec<Found> {
    if resolved.report.has_any() {
        return Vec::new();
    }
    let case = &resolved.case;
    let befores = case.steps.iter().filter_map(|step| match &step.moment {
        Moment::Before(label) => Some(label),
        Moment::At(_) => None,
    });
    let expects = || [&case.amd, &case.intel].into_iter();
    let frames = expects().flat_map(|expect| expect.frames.values()).flat_map(|want| &want.rip);
    let exits =
        expects().flat_map(|expect| expect.exits.values()).flat_map(|want| want.rip.iter().chain(&want.next_rip));
    let without_address = befores.chain(frames).chain(exits).filter(|name| address(guest, name).is_none());
    let message = |name: &String| format!("`{name}` has no address in the guest");
    without_address.map(|name| (Place::START, "unknown-label", message(name), None)).collect()
}

/// Marks at which the stack pointer is known to be unusable.
fn stackless(resolved: &Resolved, guest: &Guest) -> Vec<Found> {
    let found = without_stack(&resolved.case, guest).into_iter().filter_map(|(site, pointer)| {
        let mut written = resolved.outline.marks.values().flatten().map(|mark| mark.spot);
        let spot = written.find(|spot| (spot.section, spot.line) == (site.section, site.line))?;
        let message = format!("the stack pointer is {pointer:#x} here, where a mark cannot use the stack");
        let help = "load a stack pointer that can be written below, or move the mark".to_owned();
        Some((resolved.raw.place(&resolved.text, spot), "no-stack", message, Some(help)))
    });
    found.collect()
}
