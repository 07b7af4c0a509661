//! Compares a pass of a trial with the plain one: the guest must see the same in all of them.

use std::mem::discriminant;

use guests::Guest;
use reports::{Divergence, Finding, Moment, Outcome};

use super::history::parting;
use super::moment::{end_of, kept, mark_of, record_of};
use super::place::{excerpt_at, mark_boundary};
use super::stopped::{stop_place, stopped};
use super::wants::interrupted;
use crate::case::Case;
use crate::execute::{Mark, Seen, Stop, Trace};
use crate::terms::Pass;

/// Compares what the guest saw in a pass with what it saw in the plain one, since observing must not change it; `None` if it
/// saw the same.
pub fn compare(case: &Case, guest: &Guest, plain: &Trace, other: &Trace, pass: Pass) -> Option<Outcome> {
    for cpu in 0..2 {
        let (want, got) = (marks(plain, cpu), marks(other, cpu));
        let at = want.iter().zip(&got).take_while(|(want, got)| same(want, got)).count();
        if at < want.len() || at < got.len() {
            let (want, got) = (want.get(at).copied(), got.get(at).copied());
            let history = Some(parting(guest, other, other.index_of_mark(cpu, at)));
            let finding = finding(guest, (want, got), plain, other);
            let divergence = Divergence { at, history, ..Divergence::of(finding) };
            return Some(match got {
                Some(got) => {
                    let taken = |mark| interrupted(guest, mark);
                    let boundary = want.and_then(taken).or_else(|| taken(got)).or_else(|| mark_boundary(guest, got));
                    differ(case, guest, pass, boundary, divergence, Outcome::Mismatch)
                }
                None => stops(case, guest, pass, &other.stop, divergence),
            });
        }
    }
    if !end_alike(&plain.stop, &other.stop) {
        let finding = Finding::sequence(end_of(guest, &plain.stop), end_of(guest, &other.stop));
        let history = Some(parting(guest, other, usize::MAX));
        let at = marks(plain, 0).len();
        let divergence = Divergence { at, history, ..Divergence::of(finding) };
        return Some(stops(case, guest, pass, &other.stop, divergence));
    }
    None
}

/// The outcome if the other run stopped where the plain one went on, or stopped in another way.
fn stops(case: &Case, guest: &Guest, pass: Pass, stop: &Stop, divergence: Divergence) -> Outcome {
    let (address, details) = stop_place(stop);
    differ(case, guest, pass, address, Divergence { details, ..divergence }, |divergence| stopped(stop, divergence))
}

fn differ(
    case: &Case,
    guest: &Guest,
    pass: Pass,
    address: Option<u64>,
    divergence: Divergence,
    outcome: impl FnOnce(Divergence) -> Outcome,
) -> Outcome {
    let excerpt = address.map(|address| excerpt_at(case, guest, address));
    let divergence = Divergence { pass: Some(pass), rules: case.rules.clone(), excerpt, ..divergence };
    if pass == Pass::Again { Outcome::Unstable(divergence) } else { outcome(divergence) }
}

fn marks(trace: &Trace, cpu: u8) -> Vec<&Mark> {
    let marks = trace.seen.iter().filter_map(|seen| match seen {
        Seen::Mark(mark) if mark.cpu == cpu => Some(mark),
        _ => None,
    });
    marks.collect()
}

/// Whether two marks recorded the same. `snap` is not compared, since the silent pass turns snaps into marks.
fn same(want: &Mark, got: &Mark) -> bool {
    let of = |mark: &Mark| kept(mark.frame, mark.stack);
    want.name == got.name && want.rsp == got.rsp && want.rflags == got.rflags && of(want) == of(got)
}

/// What differs: the records of two marks of one name, or which mark or end comes next.
fn finding(guest: &Guest, pair: (Option<&Mark>, Option<&Mark>), plain: &Trace, other: &Trace) -> Finding {
    let next = |mark: Option<&Mark>, trace: &Trace| mark.map_or_else(|| end_of(guest, &trace.stop), mark_of);
    match pair {
        (Some(want), Some(got)) if want.name == got.name => {
            Finding::sequence(Moment::Record(record_of(guest, want)), Moment::Record(record_of(guest, got)))
        }
        (want, got) => Finding::sequence(next(want, plain), next(got, other)),
    }
}

/// Whether two runs stopped in the same way, wherever that was.
fn end_alike(plain: &Stop, other: &Stop) -> bool {
    match (plain, other) {
        (Stop::Fault { vector: plain, .. }, Stop::Fault { vector: other, .. }) => plain == other,
        _ => discriminant(plain) == discriminant(other),
    }
}
