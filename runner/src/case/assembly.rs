//! Assembles every case for each of its modes and wirings, so that a bad line is found when the files are loaded.

use std::collections::BTreeMap;

use guests::asm::AsmError;
use guests::{Guest, Mode, Problem, RaiseBy, SectionName, Spot, Wiring, build};

use super::diagnostics::Place;
use super::lint::{PATH_CANNOT, without_stack};
use super::resolve::{NOT_LITERAL, Resolved};
use super::{Moment, address, depends_on_vendor, wiring};
use crate::terms::{Path, Vendor};

/// What is wrong at a place, and in which modes.
type Found = BTreeMap<(Place, &'static str, String, Option<String>), Vec<Mode>>;

/// Builds the case's guests and reports what is wrong with their text: each problem once, with the modes it concerns if
/// those are not all.
pub(super) fn check(resolved: &mut Resolved) {
    if resolved.report.has(NOT_LITERAL) {
        // The assembler would see other lines than the writer.
        return;
    }
    let mut found = Found::new();
    let start = resolved.raw.guest.get().map_or(Place::START, |guest| guest.place);
    // Where the modes are not known, long mode still finds the words that are none.
    let modes = if resolved.case.modes.is_empty() { vec![Mode::Long] } else { resolved.case.modes.clone() };
    for &mode in &modes {
        for wiring in wirings(resolved) {
            match build(&resolved.case.program, mode, &wiring) {
                Ok(guest) => {
                    unresolved(resolved, &guest, mode, &mut found);
                    stackless(resolved, &guest, mode, &mut found);
                }
                Err(problems) => {
                    for problem in problems {
                        let (place, message, help) = match problem {
                            Problem::Line(error) => {
                                (resolved.line_place(&error).unwrap_or(start), error.message, error.help)
                            }
                            // What a mode does not have was said at the key that asks for it.
                            Problem::Whole(_) if resolved.report.has_any() => continue,
                            Problem::Whole(message) => (start, message, None),
                        };
                        let modes = found.entry((place, "assembly", message, help)).or_default();
                        if !modes.contains(&mode) {
                            modes.push(mode);
                        }
                    }
                }
            }
        }
    }
    let all = modes.len();
    for ((place, code, message, help), modes) in found {
        let names: Vec<&str> = modes.iter().map(|mode| mode.name()).collect();
        let within = if modes.len() < all { format!(" (in {} mode)", names.join(" and ")) } else { String::new() };
        resolved.report.push(place, code, format!("{message}{within}"), help);
    }
}

/// The wirings that differ in the code they make. The vendors' differ in constants only.
fn wirings(resolved: &Resolved) -> Vec<Wiring> {
    let mut kinds: Vec<(RaiseBy, bool)> = Vec::new();
    let mut wirings = Vec::new();
    let constants = depends_on_vendor(&resolved.case);
    // That such a path cannot do what the guest asks is said at the path, and need not be said at the line again.
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

/// Labels that the text has but the guest does not: the outline of the text knows no directives, so this has the last word.
fn unresolved(resolved: &Resolved, guest: &Guest, mode: Mode, found: &mut Found) {
    let case = &resolved.case;
    let befores = case.steps.iter().filter_map(|step| match &step.moment {
        Moment::Before(label) => Some(label),
        Moment::At(_) => None,
    });
    let expects = || [&case.amd, &case.intel].into_iter();
    let frames = expects().flat_map(|expect| expect.frames.values()).flat_map(|want| &want.rip);
    let exits =
        expects().flat_map(|expect| expect.exits.values()).flat_map(|want| want.rip.iter().chain(&want.next_rip));
    for name in befores.chain(frames).chain(exits) {
        if address(guest, name).is_none() && !resolved.report.has_any() {
            let message = format!("`{name}` has no address in the guest");
            let modes = found.entry((Place::START, "unknown-label", message, None)).or_default();
            if !modes.contains(&mode) {
                modes.push(mode);
            }
        }
    }
}

/// Marks where the stack pointer is one that a mark cannot use.
fn stackless(resolved: &Resolved, guest: &Guest, mode: Mode, found: &mut Found) {
    for (site, pointer) in without_stack(&resolved.case, guest) {
        let mut written = resolved.outline.marks.values().flatten().map(|mark| mark.spot);
        let Some(spot) = written.find(|spot| (spot.section, spot.line) == (site.section, site.line)) else { continue };
        let message = format!("the stack pointer is {pointer:#x} here, where a mark cannot use the stack");
        let help = "load a stack pointer that can be written below, or move the mark".to_owned();
        let modes = found.entry((resolved.place(spot), "no-stack", message, Some(help))).or_default();
        if !modes.contains(&mode) {
            modes.push(mode);
        }
    }
}

impl Resolved {
    /// The place in the file of what the assembler complains about.
    fn line_place(&self, error: &AsmError) -> Option<Place> {
        let section = SectionName::from_word(&error.unit)?;
        let spot = Spot { section, line: error.line, column: error.column, length: error.length.max(1) };
        Some(self.place(spot))
    }
}
