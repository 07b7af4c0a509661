//! What each vendor's processors must show, resolved.

use guests::{Outline, map};

use super::seen::Seen;
use super::values::{required, word};
use super::{merge, wants};
use crate::case::diagnostics::{Place, Report};
use crate::case::parse::{RawCase, RawExpect, RawWants, Words};
use crate::case::{Expect, vocabulary};

/// What AMD's and what Intel's processors must show: with places, and resolved.
pub(super) fn resolve(
    raw: &RawCase,
    outline: &Outline,
    peer: bool,
    report: &mut Report,
) -> ([RawWants; 2], [Expect; 2]) {
    let Some(at) = required(&raw.expect, "expect", Place::START, report) else { return Default::default() };
    let expect = &at.value;
    let base = expect.base();
    overrides(expect, &base, report);
    let [amd, intel] = [&expect.amd, &expect.intel]
        .map(|own| own.get().map_or_else(|| base.clone(), |own| merge::wants(&base, &own.value)));
    let both = [amd, intel];
    let seen = [Seen::of(&both[0]), Seen::of(&both[1])];
    let resolved = [0, 1].map(|vendor: usize| {
        let (own, other) = if vendor == 0 { (&both[0], &seen[1]) } else { (&both[1], &seen[0]) };
        let seen = if vendor == 0 { &seen[0] } else { &seen[1] };
        one(own, seen, other, outline, peer, at.place, report)
    });
    (both, resolved)
}

/// An override that overrides nothing is a mistake, or soon will be.
fn overrides(expect: &RawExpect, base: &RawWants, report: &mut Report) {
    if let (Some(amd), Some(intel)) = (expect.amd.get(), expect.intel.get())
        && amd.value == intel.value
    {
        let help = "say it once, outside of `amd` and `intel`";
        report.add_help(intel.place, "same-for-both", "`amd` and `intel` expect the same", help);
    }
    for (vendor, own) in [("amd", expect.amd.get()), ("intel", expect.intel.get())] {
        if let Some(own) = own
            && merge::wants(base, &own.value) == *base
        {
            report.add(own.place, "overrides-nothing", format!("`{vendor}` says nothing that is not said of both"));
        }
    }
}

fn one(
    raw: &RawWants,
    seen: &Seen,
    other: &Seen,
    outline: &Outline,
    has_peer: bool,
    owner: Place,
    report: &mut Report,
) -> Expect {
    let mut expect = Expect { traces: traces(raw, owner, report), ..Expect::default() };
    match (raw.peer.get(), has_peer) {
        (Some(list), false) => {
            report.add(list.place, "no-peer", "the guest has no section `peer`");
        }
        (None, true) if !report.passed_below("expect") => {
            report.add_help(
                owner,
                "missing-key",
                "the key `peer` is missing",
                "say what the second processor must show",
            );
        }
        (list, _) => expect.peer = list.map(|list| trace(list, report)),
    }
    expect.lines.traces = raw
        .trace
        .get()
        .into_iter()
        .chain(raw.traces.get().into_iter().flat_map(|many| &many.value))
        .map(lines)
        .collect();
    expect.lines.peer = raw.peer.get().map(lines).unwrap_or_default();
    expect.lines.end = raw.end.get().map(|end| end.place.line);
    expect.end = raw.end.get().and_then(|end| word(end, "end", &vocabulary::ENDS, report)).unwrap_or_default();
    let longest = expect.traces.iter().map(Vec::len).max().unwrap_or(0) + expect.peer.as_ref().map_or(0, Vec::len);
    let room = usize::try_from(map::RING_RECORDS).unwrap_or(usize::MAX);
    if longest > room {
        let place = raw.trace.get().map(|list| list.place).or(raw.traces.get().map(|list| list.place)).unwrap_or(owner);
        report.add(place, "too-many-records", format!("{longest} records are expected, and the ring holds {room}"));
    }
    wants::resolve(raw, wants::Names { seen, other, outline }, &mut expect, report);
    expect
}

/// The allowed traces: `trace` or `traces`.
fn traces(raw: &RawWants, owner: Place, report: &mut Report) -> Vec<Vec<String>> {
    match (raw.trace.get(), raw.traces.get()) {
        (Some(one), None) => vec![trace(one, report)],
        (None, Some(many)) => {
            let mut allowed: Vec<Vec<String>> = Vec::new();
            for list in &many.value {
                let names = trace(list, report);
                if allowed.contains(&names) {
                    report.add(list.place, "duplicate-entry", "this trace is already in the list");
                }
                allowed.push(names);
            }
            if allowed.len() < 2 {
                report.add_help(many.place, "not-a-choice", "`traces` lists two or more", "write `trace` for just one");
            }
            allowed
        }
        (Some(_), Some(many)) => {
            report.add(many.place, "trace-and-traces", "say `trace` or `traces`, not both");
            Vec::new()
        }
        (None, None) => {
            if !report.passed_below("expect") {
                report.add(owner, "missing-key", "the key `trace` is missing");
            }
            Vec::new()
        }
    }
}

fn lines(list: &Words) -> Vec<usize> {
    list.value.iter().map(|name| name.place.line).collect()
}

fn trace(list: &Words, report: &mut Report) -> Vec<String> {
    if list.value.is_empty() {
        report.add(list.place, "empty-trace", "a trace without a mark shows nothing");
    }
    list.value.iter().map(|name| name.value.clone()).collect()
}
