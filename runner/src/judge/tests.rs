//! What each divergence of a trace from its expectation is judged to be.

use guests::Mode;
use guests::abi::FrameKind;
use reports::{Divergence, Finding, Kind, Moment, Outcome};

use super::samples::{case, guest, mark, marks, trace, view};
use super::{compare, judge};
use crate::case::{Case, End, ExitWant, Expect, FrameWant, MarkWant, NameAt, ViewWant};
use crate::execute::{Mark, Seen, Stop, Trace};
use crate::machine::Registers;
use crate::terms::{Events, Pass};

fn at(name: &str) -> NameAt {
    NameAt { name: name.to_owned(), occurrence: None }
}

fn outcome(case: &Case, trace: &Trace) -> Outcome {
    judge(case, &case.amd, &guest(Mode::Long), trace, Pass::Plain)
}

fn divergence(outcome: Outcome) -> Divergence {
    match outcome {
        Outcome::Mismatch(divergence) => divergence,
        other => panic!("no mismatch but {other:?}"),
    }
}

fn want_and_got(outcome: Outcome) -> (String, String) {
    divergence(outcome).finding.sides()
}

fn expecting(change: impl FnOnce(&mut Expect)) -> Case {
    let mut case = case(&[&["start", "nmi"]]);
    change(&mut case.amd);
    case
}

#[test]
fn an_expected_trace_passes() {
    assert_eq!(outcome(&case(&[&["start", "nmi"]]), &trace(marks(&["start", "nmi"]), Stop::Done)), Outcome::Pass);
}

#[test]
fn any_of_an_allowed_set_passes_and_nothing_else_does() {
    let case = case(&[&["start", "nmi", "after"], &["start", "after", "nmi"]]);
    assert_eq!(outcome(&case, &trace(marks(&["start", "after", "nmi"]), Stop::Done)), Outcome::Pass);
    let got = want_and_got(outcome(&case, &trace(marks(&["start", "after", "after"]), Stop::Done)));
    assert_eq!(got, ("nmi".to_owned(), "after".to_owned()));
}

#[test]
fn the_first_divergence_is_the_one_that_is_told() {
    let case = case(&[&["start", "nmi", "after"]]);
    let told = divergence(outcome(&case, &trace(marks(&["start", "after", "nmi"]), Stop::Done)));
    assert_eq!((told.at, &told.finding), (1, &Finding::sequence(Moment::mark("nmi"), Moment::mark("after"))));
    assert_eq!(pointed_at(&told), 0x2000);
    let history = told.history.expect("a history");
    assert_eq!(history.parts, Some(1));
    assert_eq!(history.steps[1].event, "mark after");
}

#[test]
fn a_missing_event_and_a_surplus_one_are_mismatches() {
    let case = case(&[&["start", "nmi"]]);
    let missing = want_and_got(outcome(&case, &trace(marks(&["start"]), Stop::Done)));
    assert_eq!(missing, ("nmi".to_owned(), "done".to_owned()));
    let surplus = want_and_got(outcome(&case, &trace(marks(&["start", "nmi", "nmi"]), Stop::Done)));
    assert_eq!(surplus, ("done".to_owned(), "nmi".to_owned()));
}

#[test]
fn an_early_stop_is_named_for_what_it_is() {
    let case = case(&[&["start", "nmi"]]);
    let registers = Registers { rip: 0x2008, ..Registers::default() };
    let kind = |stop: Stop| outcome(&case, &trace(marks(&["start"]), stop)).kind();
    assert_eq!(kind(Stop::Hang { cpu: 0, registers: registers.clone() }), Kind::Hang);
    assert_eq!(kind(Stop::Shutdown { cpu: 0, registers: registers.clone() }), Kind::Shutdown);
    assert_eq!(kind(Stop::Halted { registers: registers.clone() }), Kind::Mismatch);
    assert_eq!(kind(Stop::Overflow { reserved: 200 }), Kind::Mismatch);
    let fault = Stop::Fault { cpu: 0, vector: 13, error: Some(0x18), rip: 0x2008, registers };
    let Outcome::GuestFault(told) = outcome(&case, &trace(marks(&["start"]), fault)) else { panic!("no fault") };
    assert_eq!(told.finding.sides().1, "#GP(18h) at target");
}

#[test]
fn an_expected_end_passes_and_done_instead_does_not() {
    let case = expecting(|expect| expect.end = End::Halted);
    let halted = Stop::Halted { registers: Registers::default() };
    assert_eq!(outcome(&case, &trace(marks(&["start", "nmi"]), halted)), Outcome::Pass);
    let got = want_and_got(outcome(&case, &trace(marks(&["start", "nmi"]), Stop::Done)));
    assert_eq!(got, ("halted".to_owned(), "done".to_owned()));
}

#[test]
fn a_view_is_compared_field_by_field() {
    let want = ViewWant { masked: Some(true), pending: Some(1), ..ViewWant::default() };
    let case = expecting(|expect| {
        expect.views.insert(at("start"), want);
    });
    let seen = |events: Events| {
        let mut seen = marks(&["start"]);
        seen.push(view("start", events));
        seen.extend(marks(&["nmi"]));
        trace(seen, Stop::Done)
    };
    let good = Events { masked: true, pending: 1, ..Events::default() };
    assert_eq!(outcome(&case, &seen(good)), Outcome::Pass);
    let got = want_and_got(outcome(&case, &seen(Events { masked: false, ..good })));
    assert_eq!(got, ("view of start: masked 1".to_owned(), "view of start: masked 0".to_owned()));
}

/// The address of the line that a divergence points at.
fn pointed_at(told: &Divergence) -> u64 {
    let excerpt = told.excerpt.as_ref().expect("an excerpt");
    assert_eq!(excerpt.lines.iter().filter(|line| line.address == excerpt.at).count(), 1, "{excerpt:?}");
    excerpt.at
}

#[test]
fn an_event_that_never_came_points_at_the_boundary_where_it_was_due() {
    let frame = |label: &str| FrameWant { rip: vec![label.to_owned()], ..FrameWant::default() };
    let mut case = expecting(|expect| {
        expect.frames.insert(at("nmi"), frame("main"));
        expect.frames.insert(NameAt { name: "nmi".to_owned(), occurrence: Some(1) }, frame("target"));
    });
    let missed = divergence(outcome(&case, &trace(marks(&["start", "after"]), Stop::Done)));
    assert_eq!(pointed_at(&missed), 0x2008);
    let ended = divergence(outcome(&case, &trace(marks(&["start"]), Stop::Done)));
    assert_eq!(pointed_at(&ended), 0x2008);
    case.amd.frames.clear();
    let unsaid = divergence(outcome(&case, &trace(marks(&["start", "after"]), Stop::Done)));
    assert_eq!(pointed_at(&unsaid), 0x2000, "what was seen instead");
}

#[test]
fn an_exit_that_never_came_points_at_the_boundary_where_it_was_due() {
    let case = expecting(|expect| {
        let want = ExitWant { rip: vec!["target".to_owned()], ..ExitWant::default() };
        expect.exits.insert(at("nmi"), want);
    });
    let missed = divergence(outcome(&case, &trace(marks(&["start", "after"]), Stop::Done)));
    assert_eq!(pointed_at(&missed), 0x2008);
}

#[test]
fn an_event_that_was_not_wanted_points_at_the_instruction_that_it_interrupted() {
    let mut seen = marks(&["start"]);
    let stack = [0x200c, 8, 2, 0x87c0, 0x10, 0];
    seen.push(Seen::Mark(Mark { frame: FrameKind::Interrupt, stack, site: 0x3004, ..mark("nmi") }));
    let told = divergence(outcome(&case(&[&["start", "after"]]), &trace(seen, Stop::Done)));
    assert_eq!(pointed_at(&told), 0x200c);
}

#[test]
fn a_frame_is_read_by_mode() {
    let want = FrameWant { rip: vec!["target".to_owned()], rsp: Some("start".to_owned()), ..FrameWant::default() };
    let case = expecting(|expect| {
        expect.frames.insert(at("nmi"), want);
    });
    let framed = |stack: [u64; 6], rsp: u64| {
        let mut seen = marks(&["start"]);
        seen.push(Seen::Mark(Mark { frame: FrameKind::Interrupt, stack, rsp, ..mark("nmi") }));
        trace(seen, Stop::Done)
    };
    let long = framed([0x2008, 8, 2, 0x87c0, 0x10, 0], 0x8798);
    assert_eq!(judge(&case, &case.amd, &guest(Mode::Long), &long, Pass::Plain), Outcome::Pass);
    // No stack pointer is pushed here: what lies above the frame is compared.
    let protected = framed([0x2008, 8, 2, 0, 0, 0], 0x87c0 - 12);
    assert_eq!(judge(&case, &case.amd, &guest(Mode::Protected), &protected, Pass::Plain), Outcome::Pass);
    let late = framed([0x200c, 8, 2, 0x87c0, 0x10, 0], 0x8798);
    let told = divergence(judge(&case, &case.amd, &guest(Mode::Long), &late, Pass::Plain));
    assert_eq!(told.finding.sides().1, "frame at nmi: RIP 1 instruction after target");
    assert_eq!(pointed_at(&told), 0x200c);
}

#[test]
fn a_mark_tells_flags_and_stack() {
    let want = MarkWant { interrupt_flag: Some(false), stack: Some("main".to_owned()), ..MarkWant::default() };
    let case = expecting(|expect| {
        expect.marks.insert(at("nmi"), want);
    });
    let seen = |rflags: u64, rsp: u64| {
        let mut seen = marks(&["start"]);
        seen.push(Seen::Mark(Mark { rflags, rsp, ..mark("nmi") }));
        trace(seen, Stop::Done)
    };
    assert_eq!(outcome(&case, &seen(2, 0x8700)), Outcome::Pass);
    let got = want_and_got(outcome(&case, &seen(0x202, 0x9100)));
    assert_eq!(got, ("nmi with IF 0, stack main".to_owned(), "nmi with IF 1, stack ist1".to_owned()));
}

#[test]
fn the_second_processors_trace_is_its_own() {
    let case = expecting(|expect| expect.peer = Some(vec!["woken".to_owned()]));
    let mut seen = marks(&["start"]);
    seen.push(Seen::Mark(Mark { cpu: 1, ..mark("woken") }));
    seen.extend(marks(&["nmi"]));
    assert_eq!(outcome(&case, &trace(seen, Stop::Done)), Outcome::Pass);
    let got = want_and_got(outcome(&case, &trace(marks(&["start", "nmi"]), Stop::Done)));
    assert_eq!(got.1, "nothing more on processor 1");
}

#[test]
fn two_runs_that_differ_are_unstable_and_another_pass_is_a_mismatch_of_that_pass() {
    let case = case(&[&["start", "nmi"]]);
    let guest = guest(Mode::Long);
    let plain = trace(marks(&["start", "nmi"]), Stop::Done);
    let other = trace(marks(&["start"]), Stop::Done);
    assert_eq!(compare(&case, &guest, &plain, &plain, Pass::Peek), None);
    assert!(matches!(compare(&case, &guest, &plain, &other, Pass::Again), Some(Outcome::Unstable(_))));
    let Some(outcome) = compare(&case, &guest, &plain, &other, Pass::Peek) else { panic!("no difference") };
    assert_eq!(outcome.headline().as_deref(), Some("mismatch in pass peek: want nmi, got done"));
}

#[test]
fn a_run_that_stops_early_is_named_for_how_it_stopped_in_every_pass() {
    let case = case(&[&["start", "nmi"]]);
    let guest = guest(Mode::Long);
    let plain = trace(marks(&["start", "nmi"]), Stop::Done);
    let registers = || Registers { rip: 0x2008, ..Registers::default() };
    let fault = Stop::Fault { cpu: 0, vector: 13, error: None, rip: 0x2008, registers: registers() };
    for (stop, symptom) in [
        (Stop::Hang { cpu: 0, registers: registers() }, "hang in pass silent: want nmi"),
        (Stop::Shutdown { cpu: 0, registers: registers() }, "shutdown in pass silent: want nmi"),
        (fault, "guest-fault in pass silent: want nmi, got #GP at target"),
        (Stop::Halted { registers: registers() }, "mismatch in pass silent: want nmi, got halted"),
    ] {
        let other = trace(marks(&["start"]), stop.clone());
        let outcome = compare(&case, &guest, &plain, &other, Pass::Silent).expect("they differ");
        assert_eq!(outcome.headline().as_deref(), Some(symptom));
        let told = outcome.divergence().expect("where");
        assert!(pointed_at(told) == 0x2008 && !told.details.is_empty(), "{told:?}");
        // Behind all that is wanted, too.
        let late = compare(&case, &guest, &plain, &trace(marks(&["start", "nmi"]), stop), Pass::Silent);
        assert_eq!(late.expect("they differ").kind(), outcome.kind());
        let again = compare(&case, &guest, &plain, &other, Pass::Again).expect("they differ");
        assert_eq!(again.kind(), Kind::Unstable);
    }
}

#[test]
fn what_the_host_saw_is_no_part_of_what_passes_compare() {
    let plain = trace(marks(&["start", "nmi"]), Stop::Done);
    let mut seen = marks(&["start", "nmi"]);
    seen.push(view("start", Events::default()));
    assert_eq!(compare(&case(&[&["start"]]), &guest(Mode::Long), &plain, &trace(seen, Stop::Done), Pass::Peek), None);
}

#[test]
fn a_host_step_that_never_came_is_a_mismatch() {
    let mut trace = trace(marks(&["start", "nmi"]), Stop::Done);
    trace.left_out.push("before leave".to_owned());
    let got = want_and_got(outcome(&case(&[&["start", "nmi"]]), &trace));
    assert_eq!(got, ("host step before leave".to_owned(), "none".to_owned()));
}

#[test]
fn trouble_on_the_second_processor_is_named_for_what_it_is() {
    let case = expecting(|expect| expect.peer = Some(vec!["woken".to_owned()]));
    let stop = Stop::Hang { cpu: 1, registers: Registers::default() };
    assert_eq!(outcome(&case, &trace(marks(&["start", "nmi"]), stop)).kind(), Kind::Hang);
}
