//! The expectation for each vendor's processors, resolved.

use guests::{Outline, map};

use super::values::{required, word};
use super::wants::Names;
use super::{merge, wants};
use crate::case::diagnostics::{Place, Report};
use crate::case::parse::{RawCase, RawExpect, RawWants, Words};
use crate::case::{Expect, vocabulary};

/// The expectations for AMD's and for Intel's processors, as merged from the file and resolved.
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
    let resolved =
        [(&amd, &intel), (&intel, &amd)].map(|(own, other)| one(Names { own, other, outline }, peer, at.place, report));
    ([amd, intel], resolved)
}

/// Reports `amd` and `intel` where they say the same, or nothing beyond what is said of both.
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

/// One vendor's expectation.
fn one(names: Names<'_>, has_peer: bool, owner: Place, report: &mut Report) -> Expect {
    let raw = names.own;
    let mut expect = Expect { traces: traces(raw, owner, report), ..Expect::default() };
    match (raw.peer.get(), has_peer) {
        (Some(list), false) => {
            report.add(list.place, "no-peer", "the guest has no section `peer`");
        }
        (None, true) if !report.passed_below("expect") => {
            let help = "say what the second processor must show";
            report.add_help(owner, "missing-key", "the key `peer` is missing", help);
        }
        (list, _) => expect.peer = list.map(|list| trace(list, report)),
    }
    expect.lines.traces = raw.allowed().map(lines).collect();
    expect.lines.peer = raw.peer.get().map(lines).unwrap_or_default();
    expect.lines.end = raw.end.get().map(|end| end.place.line);
    expect.end = raw.end.get().and_then(|end| word(end, "end", &vocabulary::ENDS, report)).unwrap_or_default();
    let longest = expect.traces.iter().map(Vec::len).max().unwrap_or(0) + expect.peer.as_ref().map_or(0, Vec::len);
    let room = usize::try_from(map::RING_RECORDS).unwrap_or(usize::MAX);
    if longest > room {
        let place = raw.allowed().next().map_or(owner, |trace| trace.place);
        report.add(place, "too-many-records", format!("{longest} records are expected, and the ring holds {room}"));
    }
    wants::resolve(names, &mut expect, report);
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
