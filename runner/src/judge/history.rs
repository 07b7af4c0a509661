//! The history of a run for reports: its steps, and those around a divergence.

use guests::abi::FrameKind;
use guests::{Guest, Site};
use reports::{History, Level, Nested, Step, What};
use x86::flags::RFlags;
use x86::svm::IntCtl;

use super::exit::Exit;
use super::moment::end_of;
use super::place::{mark_place, place};
use super::vmx_exit::VmxExit;
use crate::execute::{HostAction, Mark, Seen, Trace};
use crate::terms::{Events, Shadow};

/// How many steps are kept before the one at which a run and its case differ, and from it on.
const BEFORE: usize = 40;
const BEHIND: usize = 16;

/// The steps of a run. They have no nesting depth: records do not show whether one handler ran inside another or after it.
pub fn history(guest: &Guest, trace: &Trace) -> History {
    let mut steps: Vec<Step> = trace.seen.iter().map(|seen| seen_step(guest, seen)).collect();
    steps.extend(trace.end_view.map(|events| look("the end", &events)));
    History { steps, end: end_of(guest, &trace.stop).to_string(), parts: None }
}

/// The steps of a run that differs from its case at `trace.seen[parts]`, or at its end if `parts` is beyond that. Only the
/// steps around it are kept, since a saved run may be sent over a serial line.
pub(super) fn parting(guest: &Guest, trace: &Trace, parts: usize) -> History {
    let mut history = history(guest, trace);
    let mut parts = parts.min(history.steps.len());
    let behind = history.steps.len().saturating_sub(parts + BEHIND);
    if behind > 1 {
        history.steps.truncate(parts + BEHIND);
        history.steps.push(gap(behind));
    }
    let before = parts.saturating_sub(BEFORE);
    if before > 1 {
        history.steps.splice(..before, [gap(before)]);
        parts -= before - 1;
    }
    history.parts = Some(parts);
    history
}

/// A step that stands for this many steps that were left out.
pub fn gap(steps: usize) -> Step {
    Step { what: What::Gap, event: format!("{steps} more, left out"), ..Step::default() }
}

/// The step of one entry of a trace.
pub fn seen_step(guest: &Guest, seen: &Seen) -> Step {
    match seen {
        Seen::Mark(mark) => of_mark(guest, mark),
        Seen::View { at, events, .. } => look(at, events),
        Seen::Did(HostAction { words, raises, at }) => Step {
            what: if *raises { What::Raise } else { What::Action },
            address: *at,
            at: at.map(|address| place(guest, address)),
            event: words.clone(),
            ..Step::default()
        },
    }
}

fn of_mark(guest: &Guest, mark: &Mark) -> Step {
    let address = mark_place(guest, mark);
    Step {
        what: What::Mark,
        cpu: mark.cpu,
        address,
        at: address.map(|address| place(guest, address)),
        event: format!("{} {}", if mark.snap { "snap" } else { "mark" }, mark.name),
        detail: mark_details(guest, mark),
        nested: mark_nested(guest, mark),
        ..Step::default()
    }
}

/// Of a guest with L2: whether the mark is in L1's or L2's code, and the virtual NMI bits of the exit that it recorded.
fn mark_nested(guest: &Guest, mark: &Mark) -> Nested {
    let level = |site: &Site| if site.section.is_l2() { Level::L2 } else { Level::L1 };
    let level = guest.mark_site(mark.site).filter(|_| guest.has_l2()).map(level);
    match mark.frame {
        FrameKind::Exit => Nested { level, ..of_int_ctl(Exit::of(mark.stack).int_ctl) },
        _ => Nested { level, ..Nested::default() },
    }
}

/// The virtual NMI bits and the virtual GIF, each only if it is enabled.
pub fn of_int_ctl(int_ctl: IntCtl) -> Nested {
    let v_nmi = int_ctl.v_nmi_enable();
    Nested {
        v_gif: int_ctl.v_gif_enable().then_some(int_ctl.v_gif()),
        v_nmi: v_nmi.then_some(int_ctl.v_nmi()),
        v_nmi_mask: v_nmi.then_some(int_ctl.v_nmi_mask()),
        ..Nested::default()
    }
}

fn mark_details(guest: &Guest, mark: &Mark) -> String {
    let mut details = Vec::new();
    match mark.frame {
        FrameKind::None => {}
        FrameKind::Interrupt => details.push(format!("interrupted {}", place(guest, mark.stack[0]))),
        FrameKind::Error => {
            let [code, rip, ..] = mark.stack;
            details.push(format!("error code {code:X}h, interrupted {}", place(guest, rip)));
        }
        FrameKind::Exit => details.push(Exit::of(mark.stack).words(guest)),
        FrameKind::VmcsExit => details.push(VmxExit::of(mark.stack).words(guest)),
    }
    let flags = RFlags::from_bits(mark.rflags);
    details.extend(
        [("IF", flags.interrupt()), ("TF", flags.trap())].iter().filter(|flag| flag.1).map(|flag| flag.0.into()),
    );
    details.join(", ")
}

/// The step of a look: what KVM_GET_VCPU_EVENTS returned, all but pending and blocked as details.
pub fn look(at: &str, events: &Events) -> Step {
    let Events { injected, pending, masked, shadow, smm, halted } = *events;
    let mut details: Vec<String> = Vec::new();
    details.extend(
        [("injected", injected), ("in SMM", smm), ("halted", halted)].iter().filter(|it| it.1).map(|it| it.0.into()),
    );
    if shadow != Shadow::None {
        details.push(format!("shadow {shadow}"));
    }
    Step {
        what: What::Look,
        event: format!("look at {at}"),
        detail: details.join(", "),
        pending: Some(pending),
        blocked: Some(masked),
        ..Step::default()
    }
}

#[cfg(test)]
mod tests {
    use guests::Mode;
    use reports::Place;

    use super::super::samples::{case, guest, mark, marks, trace, view};
    use super::super::{compare, judge};
    use super::*;
    use crate::execute::Stop;
    use crate::machine::Registers;
    use crate::terms::Pass;

    fn at(index: usize, steps: usize) -> History {
        let names = vec!["again"; steps];
        parting(&guest(Mode::Long), &trace(marks(&names), Stop::Done), index)
    }

    #[test]
    fn a_look_shows_what_is_pending_and_blocked_and_a_mark_does_not() {
        let mut seen = marks(&["start"]);
        seen.push(view("start", Events { masked: true, pending: 2, injected: true, ..Events::default() }));
        let deed = HostAction { words: "raise 1 by ioctl".to_owned(), raises: true, at: Some(0x2004) };
        seen.push(Seen::Did(deed));
        let history = history(&guest(Mode::Long), &trace(seen, Stop::Done));
        let [mark, look, raise] = history.steps.as_slice() else { panic!("{history:?}") };
        assert_eq!((mark.what, mark.address, mark.pending, mark.blocked), (What::Mark, Some(0x2000), None, None));
        assert_eq!((look.what, look.pending, look.blocked, look.depth), (What::Look, Some(2), Some(true), None));
        assert_eq!(look.detail, "injected");
        assert_eq!((raise.what, raise.at.clone()), (What::Raise, Some(Place::after("main", 1))));
        assert_eq!((history.end.as_str(), history.parts), ("done", None));
    }

    #[test]
    fn bits_that_are_not_enabled_are_left_out() {
        let bits = IntCtl::new().with_v_gif(true).with_v_nmi_mask(true);
        assert_eq!(of_int_ctl(bits), Nested::default());
        let told = of_int_ctl(bits.with_v_nmi_enable(true));
        assert_eq!((told.v_gif, told.v_nmi, told.v_nmi_mask), (None, Some(false), Some(true)));
        assert_eq!(of_int_ctl(bits.with_v_gif_enable(true)).v_gif, Some(true));
        let exit = Mark { frame: FrameKind::Exit, stack: [0x81, 0, 0x2008, 1 << 26 | 1 << 11, 0, 0], ..mark("left") };
        let step = seen_step(&guest(Mode::Long), &Seen::Mark(exit));
        assert_eq!((step.nested.v_nmi, step.nested.v_nmi_mask, step.nested.gif), (Some(true), Some(false), None));
    }

    #[test]
    fn a_short_history_is_kept_whole() {
        let history = at(3, 5);
        assert_eq!((history.steps.len(), history.parts), (5, Some(3)));
        assert_eq!(at(usize::MAX, 5).parts, Some(5));
    }

    #[test]
    fn a_long_history_is_cut_around_the_divergence_and_counts_what_is_left_out() {
        let history = at(100, 128);
        assert_eq!(history.parts, Some(BEFORE + 1));
        assert_eq!(history.steps.len(), 1 + BEFORE + BEHIND + 1);
        let gaps: Vec<&str> =
            history.steps.iter().filter(|step| step.what == What::Gap).map(|step| step.event.as_str()).collect();
        assert_eq!(gaps, ["60 more, left out", "12 more, left out"]);
    }

    #[test]
    fn a_hang_diverges_at_the_end_of_the_history() {
        let case = case(&[&["start", "nmi"]]);
        let stop = Stop::Hang { cpu: 0, registers: Registers::default() };
        let hang = judge(&case, &case.amd, &guest(Mode::Long), &trace(marks(&["start"]), stop), Pass::Plain);
        let history = hang.divergence().and_then(|told| told.history.clone()).expect("a history");
        assert_eq!((history.parts, history.steps.len()), (Some(1), 1));
        assert!(history.end.starts_with("hang at"), "{}", history.end);
    }

    #[test]
    fn of_two_runs_that_differ_the_second_ones_history_is_kept() {
        let case = case(&[&["start", "nmi"]]);
        let [once, again] = [["start", "nmi"], ["start", "after"]].map(|names| trace(marks(&names), Stop::Done));
        let unstable = compare(&case, &guest(Mode::Long), &once, &again, Pass::Again).expect("they differ");
        let history = unstable.divergence().and_then(|told| told.history.clone()).expect("a history");
        assert_eq!((history.parts, history.steps[1].event.as_str()), (Some(1), "mark after"));
    }
}
