//! What the model does with a case, as JSON for other programs. `runner/explain-json.md` says what each field means.

use std::sync::Arc;

use guests::abi::FrameKind;
use guests::{Guest, vector};
use reports::{Level, ListingLine, Nested};
use serde::Serialize;

use super::listing::listing;
use super::want::{nested, watched};
use crate::case::Case;
use crate::execute::{HostAction, Mark, Seen, Trace};
use crate::judge::end_of;
use crate::machine::Trouble;
use crate::machine::model::{Happened, Happening, State};
use crate::terms::{Events, Path, Vendor};

/// Version of the format; it is increased for a change that readers must know of.
const VERSION: u32 = 1;
/// The most steps of a run that are written.
const MOST: usize = 20_000;

/// A case in one mode over one path, and all that the model of one vendor's processor does with it.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    version: u32,
    case: String,
    summary: String,
    hash: String,
    rules: Vec<String>,
    vendor: String,
    mode: String,
    path: String,
    listing: Vec<Line>,
    trace: Vec<Entry>,
    steps: Vec<Step>,
    left_out: usize,
    end: String,
}

#[derive(Clone, Debug, Serialize)]
struct Line {
    address: String,
    bytes: String,
    text: String,
    source: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Entry {
    Mark(MarkEntry),
    View(ViewEntry),
    Host(HostEntry),
}

#[derive(Clone, Debug, Serialize)]
struct MarkEntry {
    name: String,
    occurrence: u32,
    cpu: u8,
    snap: bool,
    site: String,
    rsp: String,
    rflags: String,
    frame: Option<Vec<String>>,
    exit: Option<Vec<String>>,
    error_code: bool,
}

#[derive(Clone, Debug, Serialize)]
struct ViewEntry {
    at: String,
    occurrence: u32,
    injected: bool,
    pending: u8,
    masked: bool,
    shadow: String,
    smm: bool,
    halted: bool,
}

#[derive(Clone, Debug, Serialize)]
struct HostEntry {
    action: String,
    at: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Step {
    cpu: u8,
    what: &'static str,
    address: Option<String>,
    vector: Option<u8>,
    by: Option<u8>,
    trace: Option<usize>,
    after: After,
}

#[derive(Clone, Debug, Serialize)]
struct After {
    rip: String,
    rflags: String,
    blocked: bool,
    pending: u8,
    injected: bool,
    shadow: String,
    smm: bool,
    halted: bool,
    depth: u8,
    level: Option<Level>,
    gif: Option<bool>,
    v_gif: Option<bool>,
    v_nmi: Option<bool>,
    v_nmi_mask: Option<bool>,
}

impl Explanation {
    /// Runs the case on the model.
    ///
    /// Errors: that vendor's processor cannot run it, or the model does not know an instruction of it.
    pub fn of(case: &Case, guest: &Arc<Guest>, path: Path, vendor: Vendor) -> Result<Self, Trouble> {
        let (trace, happenings) = watched(case, guest, path, vendor)?;
        let entries = entries(&trace);
        // The host looks and acts in this order.
        let mut host =
            entries.iter().enumerate().filter(|(_, entry)| !matches!(entry, Entry::Mark(_))).map(|(index, _)| index);
        let steps = happenings.iter().take(MOST).map(|happening| step(happening, &mut host)).collect();
        Ok(Self {
            version: VERSION,
            case: case.id.clone(),
            summary: case.summary.clone(),
            hash: case.hash.clone(),
            rules: case.rules.clone(),
            vendor: vendor.to_string(),
            mode: guest.mode.to_string(),
            path: path.to_string(),
            listing: listing(case, guest).into_iter().map(line).collect(),
            trace: entries,
            steps,
            left_out: happenings.len().saturating_sub(MOST),
            end: end_of(guest, &trace.stop).to_string(),
        })
    }
}

/// A 64-bit number as text, since not every JSON reader keeps 64 bits in a number.
fn hex(value: u64) -> String {
    format!("{value:#x}")
}

fn line(line: ListingLine) -> Line {
    Line { address: hex(line.address), bytes: line.bytes, text: line.text, source: line.source }
}

fn entries(trace: &Trace) -> Vec<Entry> {
    let seen = trace.seen.iter().map(|seen| match seen {
        Seen::Mark(record) => Entry::Mark(mark(record)),
        Seen::View { at, occurrence, events } => Entry::View(view(at, *occurrence, events)),
        Seen::Did(HostAction { words, at, .. }) => Entry::Host(HostEntry { action: words.clone(), at: at.map(hex) }),
    });
    seen.chain(trace.end_view.iter().map(|events| Entry::View(view("end", 1, events)))).collect()
}

fn mark(mark: &Mark) -> MarkEntry {
    let slots = Some(mark.stack.iter().copied().map(hex).collect());
    let (frame, exit) = match mark.frame {
        FrameKind::None => (None, None),
        FrameKind::Interrupt | FrameKind::Error => (slots, None),
        FrameKind::Exit | FrameKind::VmcsExit => (None, slots),
    };
    MarkEntry {
        name: mark.name.clone(),
        occurrence: mark.occurrence,
        cpu: mark.cpu,
        snap: mark.snap,
        site: hex(mark.site),
        rsp: hex(mark.rsp),
        rflags: hex(mark.rflags),
        frame,
        exit,
        error_code: mark.frame == FrameKind::Error,
    }
}

fn view(at: &str, occurrence: u32, events: &Events) -> ViewEntry {
    let Events { injected, pending, masked, shadow, smm, halted } = *events;
    ViewEntry { at: at.to_owned(), occurrence, injected, pending, masked, shadow: shadow.to_string(), smm, halted }
}

fn step(happening: &Happening, host: &mut dyn Iterator<Item = usize>) -> Step {
    let Happening { what, cpu, pending, blocked, depth, state } = *happening;
    let State { rip, rflags, injected, shadow, smm, halted, nested: held } = state;
    let Nested { level, gif, v_gif, v_nmi, v_nmi_mask } = held.as_ref().map(nested).unwrap_or_default();
    let after = After {
        rip: hex(rip),
        rflags: hex(rflags),
        blocked,
        pending,
        injected,
        shadow: shadow.to_string(),
        smm,
        halted,
        depth,
        level,
        gif,
        v_gif,
        v_nmi,
        v_nmi_mask,
    };
    let step = Step { cpu, what: "host", address: None, vector: None, by: None, trace: None, after };
    match what {
        Happened::Instruction { address, entered } => {
            Step { what: "instruction", address: Some(hex(address)), vector: entered, ..step }
        }
        Happened::Event { address, nmi, entered } => {
            Step { what: event(nmi, entered), address: Some(hex(address)), vector: entered, ..step }
        }
        Happened::Exit { address, .. } => Step { what: "exit", address: Some(hex(address)), ..step },
        Happened::Raised { by } => Step { what: "raised", by: Some(by), ..step },
        Happened::Host => Step { trace: host.next(), ..step },
    }
}

/// An NMI goes by its name also where its delivery faults and enters another handler.
fn event(nmi: bool, entered: Option<u8>) -> &'static str {
    match entered {
        _ if nmi => "nmi",
        None => "smi",
        Some(vector::IRQ) => "interrupt",
        Some(_) => "exception",
    }
}
