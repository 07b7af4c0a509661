//! Judges one run of a case: finds the first point at which trace and expectation differ.

use guests::Guest;
use reports::{Divergence, Excerpt, Finding, Moment, Outcome};

use super::exit::exit_differs;
use super::history::parting;
use super::moment::{end_of, mark_of};
use super::place::{excerpt_at, mark_boundary};
use super::stopped::{stop_place, stopped};
use super::wants::{frame_differs, interrupted, mark_differs, view_differs};
use crate::case::{Case, End, Expect, address};
use crate::execute::{Mark, Seen, Stop, Trace};
use crate::terms::Pass;

/// The index of a difference that shows only at the end of the run.
const AT_END: usize = usize::MAX;

/// Judges a run of a case by the first point, in the order of the run, at which trace and expectation differ.
pub fn judge(case: &Case, expect: &Expect, guest: &Guest, trace: &Trace, pass: Pass) -> Outcome {
    Judge { case, expect, guest, trace, pass, agreed: 0, chosen: 0 }.run()
}

struct Judge<'a> {
    case: &'a Case,
    expect: &'a Expect,
    guest: &'a Guest,
    trace: &'a Trace,
    pass: Pass,
    /// How many entries of `trace.seen` agreed so far.
    agreed: usize,
    /// The index of the allowed trace that the run is compared with.
    chosen: usize,
}

/// Where a run and the case differ.
#[derive(Clone, Copy)]
struct Point {
    /// The index of the mark in the allowed trace.
    at: usize,
    /// The line of the case's file that says what is wanted there.
    line: Option<usize>,
}

impl<'a> Judge<'a> {
    fn run(mut self) -> Outcome {
        self.chosen = self.nearest_allowed();
        let wanted = self.expect.traces.get(self.chosen).cloned().unwrap_or_default();
        let mut first = 0;
        let mut before: Vec<&'a Mark> = Vec::new();
        for seen in &self.trace.seen {
            match seen {
                Seen::Mark(mark) if mark.cpu == 0 => {
                    match wanted.get(first) {
                        Some(name) if *name == mark.name => first += 1,
                        want => {
                            let want = want.map_or_else(|| self.wanted_end(), Moment::mark);
                            let excerpt = self.at_boundary(&wanted, first, Some(mark));
                            let finding = Finding::sequence(want, mark_of(mark));
                            return self.mismatch(self.point(first), finding, excerpt);
                        }
                    }
                    if let Some(outcome) = self.check_mark(first - 1, mark, &before) {
                        return outcome;
                    }
                    before.push(mark);
                }
                Seen::View { at, occurrence, events } => {
                    for (name, want) in self.expect.views.iter().filter(|(name, _)| name.names(at, *occurrence)) {
                        if let Some(differing) = view_differs(want, events) {
                            let point = Point { at: first, line: self.expect.lines.views.get(name).copied() };
                            return self.mismatch(point, Finding::View { at: at.clone(), differing }, None);
                        }
                    }
                }
                Seen::Mark(_) | Seen::Did(_) => {}
            }
            self.agreed += 1;
        }
        if let Some(name) = wanted.get(first) {
            return self.stopped_early(&wanted, self.point(first), Moment::mark(name));
        }
        let stop = self.check_stop(&wanted, first);
        stop.or_else(|| self.check_peer())
            .or_else(|| self.check_steps(first))
            .or_else(|| self.check_end_view(first))
            .unwrap_or(Outcome::Pass)
    }

    /// The index of the allowed trace that agrees longest with what was seen; the first of those.
    fn nearest_allowed(&self) -> usize {
        let names = self.trace.names(0);
        let agreeing = |allowed: &[String]| allowed.iter().zip(&names).take_while(|(want, got)| want == got).count();
        let traces = || self.expect.traces.iter().enumerate();
        let exact = traces().find(|(_, allowed)| **allowed == names);
        let nearest = || traces().rev().max_by_key(|(_, allowed)| agreeing(allowed));
        exact.or_else(nearest).map_or(0, |(index, _)| index)
    }

    /// The place in the case's file of the allowed trace's mark with this index; behind the last mark, that of `end` or of
    /// the last mark.
    fn point(&self, at: usize) -> Point {
        let lines = self.expect.lines.traces.get(self.chosen).map_or(&[][..], Vec::as_slice);
        Point { at, line: lines.get(at).copied().or(self.expect.lines.end).or(lines.last().copied()) }
    }

    fn check_mark(&self, at: usize, mark: &Mark, before: &[&Mark]) -> Option<Outcome> {
        let applies = |name: &crate::case::NameAt| name.names(&mark.name, mark.occurrence);
        for (name, want) in self.expect.marks.iter().filter(|(name, _)| applies(name)) {
            if let Some(differing) = mark_differs(want, mark, before) {
                let point = Point { at, line: self.expect.lines.marks.get(name).copied() };
                let finding = Finding::Mark { at: name_and_occurrence(mark), differing };
                return Some(self.mismatch(point, finding, self.at_mark(mark)));
            }
        }
        for (name, want) in self.expect.frames.iter().filter(|(name, _)| applies(name)) {
            if let Some((differing, stood)) = frame_differs(want, mark, before, self.guest) {
                let excerpt = self.excerpt(stood).or_else(|| self.at_mark(mark));
                let finding = Finding::Frame { at: name_and_occurrence(mark), differing };
                let point = Point { at, line: self.expect.lines.frames.get(name).copied() };
                return Some(self.mismatch(point, finding, excerpt));
            }
        }
        for (name, want) in self.expect.exits.iter().filter(|(name, _)| applies(name)) {
            if let Some((differing, stood)) = exit_differs(want, mark, self.guest) {
                let excerpt = self.excerpt(stood.or_else(|| interrupted(self.guest, mark)));
                let finding = Finding::Exit { at: name_and_occurrence(mark), differing };
                let point = Point { at, line: self.expect.lines.exits.get(name).copied() };
                return Some(self.mismatch(point, finding, excerpt));
            }
        }
        None
    }

    fn check_peer(&self) -> Option<Outcome> {
        let want = self.expect.peer.as_ref()?;
        let got = self.trace.names(1);
        let at = want.iter().zip(&got).take_while(|(want, got)| want == got).count();
        if at == want.len() && at == got.len() {
            return None;
        }
        let next = |list: &[String]| match list.get(at) {
            Some(name) => Moment::Mark { name: name.clone(), cpu: 1 },
            None => Moment::Nothing { cpu: 1 },
        };
        let finding = Finding::sequence(next(want), next(&got));
        let index = self.trace.index_of_mark(1, at);
        let excerpt = match self.trace.seen.get(index) {
            Some(Seen::Mark(mark)) => self.at_mark(mark),
            _ => None,
        };
        let lines = &self.expect.lines.peer;
        let point = Point { at, line: lines.get(at).or(lines.last()).copied() };
        Some(Outcome::Mismatch(self.divergence(point, index, finding, excerpt)))
    }

    /// A host step whose moment never came: the case did not test what it is about.
    fn check_steps(&self, at: usize) -> Option<Outcome> {
        let moment = self.trace.left_out.first()?;
        let point = Point { at, line: None };
        let finding = Finding::sequence(Moment::Step(moment.clone()), Moment::NoStep);
        Some(Outcome::Mismatch(self.divergence(point, AT_END, finding, None)))
    }

    fn check_stop(&self, wanted: &[String], at: usize) -> Option<Outcome> {
        let as_wanted = matches!(
            (self.expect.end, &self.trace.stop),
            (End::Done, Stop::Done)
                | (End::Halted, Stop::Halted { .. })
                | (End::Shutdown, Stop::Shutdown { cpu: 0, .. })
        );
        (!as_wanted).then(|| self.stopped_early(wanted, self.point(at), self.wanted_end()))
    }

    fn check_end_view(&self, at: usize) -> Option<Outcome> {
        let (want, events) = (self.expect.end_view.as_ref()?, self.trace.end_view.as_ref()?);
        let differing = view_differs(want, events)?;
        let point = Point { at, line: self.expect.lines.end_view };
        Some(self.mismatch(point, Finding::View { at: "end".to_owned(), differing }, None))
    }

    /// The run stopped although `want` was still to come.
    fn stopped_early(&self, wanted: &[String], point: Point, want: Moment) -> Outcome {
        let finding = Finding::sequence(want, end_of(self.guest, &self.trace.stop));
        let (address, details) = stop_place(&self.trace.stop);
        let excerpt = self.excerpt(address).or_else(|| self.at_boundary(wanted, point.at, None));
        stopped(&self.trace.stop, Divergence { details, ..self.divergence(point, AT_END, finding, excerpt) })
    }

    fn wanted_end(&self) -> Moment {
        match self.expect.end {
            End::Done => Moment::Done,
            End::Halted => Moment::Halted,
            End::Shutdown => Moment::Shutdown { cpu: 0 },
        }
    }

    fn at_mark(&self, mark: &Mark) -> Option<Excerpt> {
        self.excerpt(mark_boundary(self.guest, mark))
    }

    /// The listing at the instruction boundary at which run and case differ: where the wanted event was due, if the case says
    /// where; or else where the event that came instead was taken; or else the mark that was seen instead.
    fn at_boundary(&self, wanted: &[String], at: usize, got: Option<&Mark>) -> Option<Excerpt> {
        let came = || got.and_then(|mark| interrupted(self.guest, mark).or_else(|| mark_boundary(self.guest, mark)));
        self.excerpt(self.due(wanted, at).or_else(came))
    }

    /// The address of the boundary at which the event of the wanted mark was due: the RIP that the case wants in its frame or
    /// as L2's RIP after the exit.
    fn due(&self, wanted: &[String], at: usize) -> Option<u64> {
        let name = wanted.get(at)?;
        let earlier = wanted.iter().take(at).filter(|other| *other == name).count();
        let occurrence = u32::try_from(earlier).ok()?.saturating_add(1);
        let frames = self.expect.frames.iter().map(|(of, want)| (of, &want.rip));
        let exits = self.expect.exits.iter().map(|(of, want)| (of, &want.rip));
        let mut places: Vec<_> = frames.chain(exits).filter(|(of, _)| of.names(name, occurrence)).collect();
        // What the case says of this occurrence alone goes before what it says of all.
        places.sort_by_key(|(of, _)| of.occurrence.is_none());
        let label = places.iter().find_map(|(_, rip)| rip.first())?;
        address(self.guest, label)
    }

    fn excerpt(&self, address: Option<u64>) -> Option<Excerpt> {
        address.map(|address| excerpt_at(self.case, self.guest, address))
    }

    /// A mismatch at the first event that does not agree.
    fn mismatch(&self, point: Point, finding: Finding, excerpt: Option<Excerpt>) -> Outcome {
        Outcome::Mismatch(self.divergence(point, self.agreed, finding, excerpt))
    }

    /// `parts` is the index in `trace.seen` at which run and expectation part.
    fn divergence(&self, point: Point, parts: usize, finding: Finding, excerpt: Option<Excerpt>) -> Divergence {
        Divergence {
            pass: Some(self.pass),
            at: point.at,
            excerpt,
            rules: self.case.rules.clone(),
            place: self.case.place(point.line),
            history: Some(parting(self.guest, self.trace, parts)),
            ..Divergence::of(finding)
        }
    }
}

fn name_and_occurrence(mark: &Mark) -> String {
    if mark.occurrence == 1 { mark.name.clone() } else { format!("{}#{}", mark.name, mark.occurrence) }
}
