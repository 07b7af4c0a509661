//! Views, frames, exits and marks.

use guests::abi::FrameKind;
use guests::{Outline, map};
use x86::segment::LEVEL;
use x86::vmx::error;

use super::host::{known_snap, shadow};
use super::names::{name_at, split_offset};
use super::values::{number, word};
use crate::case::diagnostics::{Place, Report, did_you_mean};
use crate::case::parse::{At, Maybe, OneOrMany, RawExit, RawFrame, RawMark, RawView, RawWants};
use crate::case::{
    ExitWant, Expect, FrameWant, MarkWant, NameAt, ViewWant, VmxExitWant, delivered, exit, vmx_exit, vocabulary,
};

/// Where names are looked up.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    /// What this vendor's processors must show.
    pub(super) own: &'a RawWants,
    /// What the other vendor's must.
    pub(super) other: &'a RawWants,
    pub(super) outline: &'a Outline,
}

/// The key of the view at the end.
const END: &str = "end";

/// Fills in the expectations of single snaps and marks.
pub(super) fn resolve(names: Names<'_>, expect: &mut Expect, report: &mut Report) {
    let raw = names.own;
    for (key, want) in raw.view.entries() {
        if want.value == RawView::default() {
            report.add(key.place, "empty-value", "this view compares nothing");
        }
        let resolved = view(&want.value, report);
        if key.value == END {
            if names.outline.is_snap(END) {
                let message = "the guest has a snap `end`, and the view `end` is the one at the end of the run";
                report.add_help(key.place, "ambiguous-end", message, "give the snap another name");
            }
            expect.end_view = Some(resolved);
            expect.lines.end_view = Some(key.place.line);
            continue;
        }
        let Some(name) = name_at(key, report) else { continue };
        known_snap(&name.name, key.place, names.outline, report);
        if names.has(&name, key.place, report) {
            expect.lines.views.insert(name.clone(), key.place.line);
            expect.views.insert(name, resolved);
        }
    }
    for (key, want) in raw.frame.entries() {
        let Some(name) = names.mark(key, report) else { continue };
        if want.value == RawFrame::default() {
            report.add(key.place, "empty-value", "this frame compares nothing");
        }
        let keeps = |kind| matches!(kind, FrameKind::Interrupt | FrameKind::Error);
        if let Some(message) = names.lost(&name, "frame", keeps) {
            let help = format!("write `mark {}, frame` in the guest", name.name);
            report.add_help(key.place, "no-frame", message, help);
        }
        let resolved = frame(&want.value, names, report);
        names.earlier(want.value.rsp.get(), &name, report);
        if names.has(&name, key.place, report) {
            expect.lines.frames.insert(name.clone(), key.place.line);
            expect.frames.insert(name, resolved);
        }
    }
    for (key, want) in raw.exit.entries() {
        let Some(name) = names.mark(key, report) else { continue };
        if want.value == RawExit::default() {
            report.add(key.place, "empty-value", "this exit compares nothing");
        }
        if let Some(message) = names.lost(&name, "exit", |kind| kind == FrameKind::Exit) {
            let help = format!("write `mark {}, exit` in the guest", name.name);
            report.add_help(key.place, "no-exit", message, help);
        }
        let resolved = exit(&want.value, names, report);
        if names.has(&name, key.place, report) {
            expect.lines.exits.insert(name.clone(), key.place.line);
            expect.exits.insert(name, resolved);
        }
    }
    for (key, want) in raw.mark.entries() {
        let Some(name) = names.mark(key, report) else { continue };
        if want.value == RawMark::default() {
            report.add(key.place, "empty-value", "this mark compares nothing");
        }
        let resolved = mark(&want.value, names, report);
        names.earlier(want.value.rsp.get(), &name, report);
        if names.has(&name, key.place, report) {
            expect.lines.marks.insert(name.clone(), key.place.line);
            expect.marks.insert(name, resolved);
        }
    }
}

impl Names<'_> {
    /// The mark or snap that a key names.
    fn mark(self, key: &At<String>, report: &mut Report) -> Option<NameAt> {
        let name = name_at(key, report)?;
        self.known(&name.name, key.place, report).then_some(name)
    }

    /// Reports a name that is neither a mark's nor a snap's.
    fn known(self, name: &str, place: Place, report: &mut Report) -> bool {
        let known = self.outline.marks.contains_key(name);
        if !known {
            let help = did_you_mean(name, self.outline.marks.keys().map(String::as_str));
            report.push(place, "unknown-mark", format!("the guest has no mark `{name}`"), help);
        }
        known
    }

    /// Reports a stack pointer that would be compared with that of a record which does not come before.
    fn earlier(self, rsp: Option<&At<String>>, name: &NameAt, report: &mut Report) {
        let Some(at) = rsp.filter(|at| self.outline.marks.contains_key(&at.value)) else { return };
        if self.own.comes_before(&at.value, name) {
            return;
        }
        let NameAt { name, .. } = name;
        let (message, help) = if at.value == *name {
            let help =
                format!("write `\"{name}#2\": ...` to compare the second with the first, or name an earlier mark");
            (format!("the first `{name}` cannot be compared with itself"), help)
        } else {
            let help = "name a mark whose record comes earlier in the trace".to_owned();
            (format!("no `{}` is expected before `{name}`", at.value), help)
        };
        report.add_help(at.place, "no-earlier-record", message, help);
    }

    /// Why the frame or the exit cannot be compared at this mark; `None` if it can. Without an occurrence every place of the mark must
    /// record it; with one, any place may be the one that is meant.
    fn lost(self, name: &NameAt, what: &str, keeps: impl Fn(FrameKind) -> bool) -> Option<String> {
        let sites = self.outline.marks.get(&name.name)?;
        let keeping = sites.iter().filter(|site| keeps(site.frame)).count();
        match keeping {
            0 => Some(format!("`{}` does not keep the {what}", name.name)),
            _ if keeping < sites.len() && name.occurrence.is_none() => {
                Some(format!("`{}` keeps the {what} in {keeping} of its {} places", name.name, sites.len()))
            }
            _ => None,
        }
    }

    /// Whether this vendor's traces hold the name. Reports a name that neither vendor's do, whose expectation would never be
    /// compared.
    fn has(self, name: &NameAt, place: Place, report: &mut Report) -> bool {
        let [own, other] = [self.own, self.other].map(|wants| wants.most(&name.name));
        if own.max(other) < name.least() && self.outline.marks.contains_key(&name.name) {
            report.add(place, "never-seen", never_seen(&name.name, own, ""));
        }
        own >= name.least()
    }
}

/// That the traces hold `name` so often at most; `of` says whose traces.
pub(in crate::case) fn never_seen(name: &str, most: usize, of: &str) -> String {
    match most {
        0 => format!("`{name}` is in no expected trace{of}"),
        1 => format!("`{name}` is expected once at most"),
        _ => format!("`{name}` is expected {most} times at most"),
    }
}

fn view(raw: &RawView, report: &mut Report) -> ViewWant {
    ViewWant {
        injected: raw.injected.value(),
        pending: raw.pending.get().and_then(|at| number(at, "`pending`", 0..=255, report)),
        masked: raw.masked.value(),
        shadow: raw.shadow.get().and_then(|at| shadow(at, report)),
        smm: raw.smm.value(),
        halted: raw.halted.value(),
    }
}

fn frame(raw: &RawFrame, names: Names<'_>, report: &mut Report) -> FrameWant {
    FrameWant {
        rip: raw.rip.get().map(|at| rip(at, names.outline, report)).unwrap_or_default(),
        cpl: raw.cpl.get().and_then(|at| number(at, "CPL", 0..=LEVEL.into(), report)),
        interrupt_flag: raw.interrupt_flag.value(),
        trap_flag: raw.trap_flag.value(),
        resume_flag: raw.resume_flag.value(),
        rsp: raw.rsp.get().map(|at| same_stack_pointer(at, names, report)),
        ss: raw.ss.get().and_then(|at| {
            let text = At { value: at.value.0.clone(), place: at.place };
            word(&text, "stack segment", &vocabulary::STACK_SEGMENTS, report)
        }),
        error: raw.error.get().and_then(|at| number(at, "an error code", 0..=u32::MAX.into(), report)),
    }
}

/// The labels of which a saved RIP must be one.
fn rip(at: &At<OneOrMany>, outline: &Outline, report: &mut Report) -> Vec<String> {
    let labels: Vec<At<String>> = match &at.value {
        OneOrMany::One(label) => vec![At { value: label.clone(), place: at.place }],
        OneOrMany::Many(labels) => labels.clone(),
    };
    if labels.is_empty() {
        report.add(at.place, "empty-list", "this list allows no RIP at all");
    }
    for label in &labels {
        let Some((name, _)) = split_offset(&label.value) else {
            report.add(label.place, "bad-offset", format!("`{}` is not a label and an offset: `label+2`", label.value));
            continue;
        };
        if outline.labels.contains_key(name) {
            continue;
        }
        match outline.marks.get(name).map(Vec::len) {
            Some(1) => {}
            Some(times) => {
                let message = format!("the mark `{name}` stands in {times} places, so its address is not clear");
                report.add_help(label.place, "unknown-label", message, "put a label in front of the one that is meant");
            }
            None => {
                let known = outline.labels.keys().chain(outline.marks.keys()).map(String::as_str);
                let help = did_you_mean(name, known);
                report.push(label.place, "unknown-label", format!("unknown label `{name}`"), help);
            }
        }
    }
    labels.into_iter().map(|label| label.value).collect()
}

fn exit(raw: &RawExit, names: Names<'_>, report: &mut Report) -> ExitWant {
    let places = |raw: &Maybe<At<OneOrMany>>, report: &mut Report| {
        raw.get().map(|at| rip(at, names.outline, report)).unwrap_or_default()
    };
    let event = |raw: &Maybe<At<String>>, report: &mut Report| {
        raw.get().and_then(|at| word(at, "event", &delivered::delivered(), report))
    };
    ExitWant {
        code: raw.code.get().and_then(|at| word(at, "exit code", &exit::codes(), report)),
        rip: places(&raw.rip, report),
        next_rip: places(&raw.next_rip, report),
        delivering: event(&raw.delivering, report),
        injecting: event(&raw.injecting, report),
        shadow: raw.shadow.value(),
        v_nmi: raw.v_nmi.value(),
        v_nmi_mask: raw.v_nmi_mask.value(),
        v_irq: raw.v_irq.value(),
        v_gif: raw.v_gif.value(),
        vmx: VmxExitWant {
            reason: raw.reason.get().and_then(|at| word(at, "exit reason", &vmx_exit::reasons(), report)),
            blocking: raw.blocking.get().and_then(|at| word(at, "kind of blocking", &vmx_exit::blockings(), report)),
            bit_12: raw.bit_12.value(),
            activity: raw.activity.get().and_then(|at| word(at, "activity state", &vmx_exit::ACTIVITIES, report)),
            vmfail: raw
                .vmfail
                .get()
                .and_then(|at| number(at, "a VM-instruction error", 1..=error::LAST.into(), report)),
            entry_failure: raw.entry_failure.value(),
        },
    }
}

fn same_stack_pointer(at: &At<String>, names: Names<'_>, report: &mut Report) -> String {
    names.known(&at.value, at.place, report);
    at.value.clone()
}

fn mark(raw: &RawMark, names: Names<'_>, report: &mut Report) -> MarkWant {
    let stacks: Vec<(&'static str, &'static str)> = map::STACKS.iter().map(|stack| (stack.name, stack.name)).collect();
    MarkWant {
        interrupt_flag: raw.interrupt_flag.value(),
        trap_flag: raw.trap_flag.value(),
        nested_task: raw.nested_task.value(),
        stack: raw.stack.get().and_then(|at| word(at, "stack", &stacks, report)).map(str::to_owned),
        rsp: raw.rsp.get().map(|at| same_stack_pointer(at, names, report)),
    }
}
