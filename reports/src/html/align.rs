//! Aligns the wanted and the seen history on one axis.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::{History, Step, What};

/// One place on the time axis, with the index of the step there in either history; one past the last step is the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) want: Option<usize>,
    pub(super) got: Option<usize>,
}

/// Lays two histories on one axis, so that the same moments of both share a place.
///
/// Only steps that any machine reports are matched: instructions and deliveries are reported by models only. The step at which
/// the seen history parts from the manual shares a place with the step that was wanted instead.
pub(super) fn align(want: Option<&History>, got: Option<&History>) -> Vec<Place> {
    let (wants, gots) = (want.map_or(0, length), got.map_or(0, length));
    let (Some(want), Some(got)) = (want, got) else {
        let place = |index| Place { want: (index < wants).then_some(index), got: (index < gots).then_some(index) };
        return (0..wants.max(gots)).map(place).collect();
    };
    let mut places = Vec::new();
    let mut next = Place { want: Some(0), got: Some(0) };
    for (one, other) in pairs(want, got).into_iter().chain([(wants, gots)]) {
        between(&mut places, next, one, other);
        if one < wants && other < gots {
            places.push(Place { want: Some(one), got: Some(other) });
        }
        next = Place { want: Some(one + 1), got: Some(other + 1) };
    }
    places
}

fn length(history: &History) -> usize {
    history.steps.len() + 1
}

/// Steps that only one of the two has: side by side, because their order is unknown.
fn between(places: &mut Vec<Place>, from: Place, want: usize, got: usize) {
    let mut wants = from.want.unwrap_or(0)..want;
    let mut gots = from.got.unwrap_or(0)..got;
    loop {
        let place = Place { want: wants.next(), got: gots.next() };
        if place == Place::default() {
            return;
        }
        places.push(place);
    }
}

/// Steps of both that are the same moment, in order.
fn pairs(want: &History, got: &History) -> Vec<(usize, usize)> {
    let (wants, gots) = (shown(want), shown(got));
    let parts = got.parts.and_then(|parts| gots.iter().position(|(index, _)| *index == parts));
    let Some(parts) = parts else { return same(&wants, &gots) };
    let mut pairs = same(&wants, gots.get(..parts).unwrap_or_default());
    let last = pairs.last().map(|(want, _)| *want);
    let left = wants.iter().position(|(index, _)| last.is_none_or(|last| *index > last)).unwrap_or(wants.len());
    let (left, gots) = (wants.get(left..).unwrap_or_default(), gots.get(parts..).unwrap_or_default());
    // Not every pass looks, and only models report what the guest itself raises: a mark is matched with a mark.
    let alike = |(_, (what, ..)): &&(usize, Key<'_>)| gots.first().is_some_and(|(_, got)| got.0 == *what);
    let instead = left.iter().position(|want| alike(&want)).unwrap_or(0);
    let wants = left.get(instead..).unwrap_or_default();
    if let ([(want, _), wants @ ..], [(got, _), gots @ ..]) = (wants, gots) {
        pairs.push((*want, *got));
        pairs.extend(same(wants, gots));
    }
    pairs
}

/// What identifies a moment that any machine reports.
type Key<'a> = (What, u8, &'a str);

fn shown(history: &History) -> Vec<(usize, Key<'_>)> {
    let told = |step: &&Step| !matches!(step.what, What::Instruction | What::Delivery | What::Event | What::Gap);
    let steps = history.steps.iter().enumerate().filter(|(_, step)| told(step));
    let steps = steps.map(|(index, step)| (index, (step.what, step.cpu, step.event.as_str())));
    steps.chain([(history.steps.len(), (What::Mark, 0, "the end"))]).collect()
}

fn same(wants: &[(usize, Key<'_>)], gots: &[(usize, Key<'_>)]) -> Vec<(usize, usize)> {
    let ops = capture_diff_slices(Algorithm::Myers, &keys(wants), &keys(gots));
    let equal = ops.into_iter().filter_map(|op| match op {
        DiffOp::Equal { old_index, new_index, len } => Some((old_index..old_index + len).zip(new_index..)),
        _ => None,
    });
    equal.flatten().filter_map(|(want, got)| Some((wants.get(want)?.0, gots.get(got)?.0))).collect()
}

fn keys<'a>(steps: &[(usize, Key<'a>)]) -> Vec<Key<'a>> {
    steps.iter().map(|(_, key)| *key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(words: &str, parts: Option<usize>) -> History {
        let step = |word: &str| match word.strip_prefix('-') {
            Some(word) => Step { what: What::Instruction, event: word.to_owned(), ..Step::default() },
            None => Step { event: word.to_owned(), ..Step::default() },
        };
        History { steps: words.split_whitespace().map(step).collect(), end: "done".to_owned(), parts }
    }

    /// Each place as `want/got`.
    fn shown(want: &History, got: &History) -> String {
        let word = |history: &History, index: Option<usize>| match index.map(|index| history.steps.get(index)) {
            None => String::new(),
            Some(None) => "end".to_owned(),
            Some(Some(step)) => step.event.clone(),
        };
        let place = |place: &Place| format!("{}/{}", word(want, place.want), word(got, place.got));
        align(Some(want), Some(got)).iter().map(place).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_same_moments_have_one_place() {
        let want = history("start -a -b nmi -c after", None);
        assert_eq!(shown(&want, &history("start nmi after", None)), "start/start a/ b/ nmi/nmi c/ after/after end/end");
    }

    #[test]
    fn where_they_part_stands_against_what_was_wanted() {
        let want = history("start -a nmi -b after", None);
        let got = history("start after", Some(1));
        assert_eq!(shown(&want, &got), "start/start a/ nmi/after b/ after/ end/end");
        let early = history("start", Some(1));
        assert_eq!(shown(&want, &early), "start/start a/ nmi/end b/ after/ end/");
        let late = history("start nmi after more", Some(3));
        assert_eq!(shown(&want, &late), "start/start a/ nmi/nmi b/ after/after end/more /end");
    }

    #[test]
    fn one_alone_has_all_the_axis() {
        let want = history("start -a", None);
        assert_eq!(align(Some(&want), None).len(), 3);
        assert_eq!(align(None, None), []);
    }
}
