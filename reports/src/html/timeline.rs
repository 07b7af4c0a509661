//! Draws timelines as SVG.

use askama::Template;

use super::align::{Place, align};
use super::markup::Markup;
use crate::lanes::{self, Held};
use crate::layout::clip;
use crate::{History, Step, What};

/// Distances, in the units of the drawing.
const LEFT: usize = 104;
const STEP: usize = 26;
const TITLE: usize = 18;
const LABELS: usize = 104;
const LANE: usize = 18;
const GAP: usize = 10;
/// Room for the last label, which leans to the right.
const RIGHT: usize = 90;
/// Most characters of a label, and of a label at the first difference.
const LABEL: usize = 20;
const PARTED: usize = 24;
/// Most places drawn; a wider drawing would be hard to read.
const PLACES: usize = 80;
/// The lanes of one processor before and after those of its states.
const BEFORE: [&str; 2] = ["instructions", "NMI raised"];
const BEHIND: &str = "VM exits";

/// What was wanted above what was got, in lanes on one time axis.
#[derive(Template)]
#[template(path = "timeline.html")]
struct Drawing {
    width: usize,
    height: usize,
    right: usize,
    bands: Vec<Band>,
    parts: Option<Parts>,
    left_out: Option<String>,
    /// The text for screen readers.
    words: String,
}

/// The place where the two part: its left edge, and its size.
struct Parts {
    x: usize,
    width: usize,
    height: usize,
}

struct Band {
    class: &'static str,
    title: &'static str,
    y: usize,
    lanes: Vec<Lane>,
    moments: Vec<Drawn>,
    spans: Vec<Span>,
}

struct Lane {
    name: String,
    y: usize,
}

/// One step: its sign, its label, and its tooltip.
struct Drawn {
    class: &'static str,
    sign: &'static str,
    x: usize,
    y: usize,
    label: String,
    label_y: usize,
    parted: bool,
    all: String,
}

/// A state that lasts.
struct Span {
    class: &'static str,
    x: usize,
    y: usize,
    width: usize,
    text: String,
}

/// Draws both histories, or the only one; empty if there is neither.
pub(super) fn timeline(want: Option<&History>, got: Option<&History>) -> Markup {
    let all = align(want, got);
    if all.is_empty() {
        return Markup::default();
    }
    let parts = got.and_then(|got| got.parts);
    let parted = parts.and_then(|parts| all.iter().position(|place| place.got == Some(parts)));
    let first = match parted {
        _ if all.len() <= PLACES => 0,
        Some(at) => at.saturating_sub(PLACES / 2).min(all.len() - PLACES),
        None => 0,
    };
    let places: Vec<Place> = all.iter().skip(first).take(PLACES).copied().collect();
    let parted = parted.map(|at| at - first);
    let mut y = 0;
    let mut bands = Vec::new();
    let sides = [("want", "wanted: what the manual says", want), ("got", "got: what the machine did", got)];
    for (class, title, history) in sides {
        let Some(history) = history else { continue };
        let index: fn(&Place) -> Option<usize> = if class == "want" { |place| place.want } else { |place| place.got };
        let steps: Vec<Option<usize>> = places.iter().map(index).collect();
        let band = band(class, title, history, &steps, parted, y);
        y = band.lanes.last().map_or(y, |lane| lane.y) + LANE + GAP;
        bands.push(band);
    }
    let right = LEFT + places.len() * STEP;
    Markup::of(&Drawing {
        width: right + RIGHT,
        height: y + LANE,
        right,
        bands,
        parts: parted.map(|at| Parts { x: LEFT + at * STEP, width: STEP, height: y }),
        left_out: left_out(first, all.len()),
        words: words(want, got, parted.and_then(|at| places.get(at))),
    })
}

/// `timeline: ...; first difference: wanted mark nmi, got snap resumed`.
fn words(want: Option<&History>, got: Option<&History>, parted: Option<&Place>) -> String {
    let event = |history: Option<&History>, at: Option<usize>| {
        let history = history?;
        Some(history.steps.get(at?).map_or(history.end.clone(), |step| step.event.clone()))
    };
    let both = match (want, got) {
        (Some(_), Some(_)) => "what was wanted above what was got",
        (Some(_), None) => "what the manual says",
        _ => "what the machine did",
    };
    let Some(place) = parted else { return format!("timeline: {both}") };
    let sides = [("wanted", event(want, place.want)), ("got", event(got, place.got))];
    let sides: Vec<String> = sides.into_iter().filter_map(|(side, event)| Some(format!("{side} {}", event?))).collect();
    format!("timeline: {both}; first difference: {}", sides.join(", "))
}

fn left_out(first: usize, all: usize) -> Option<String> {
    let last = all.saturating_sub(first + PLACES);
    match (first, last) {
        (0, 0) => None,
        (0, last) => Some(format!("{last} later moments are not drawn")),
        (first, 0) => Some(format!("{first} earlier moments are not drawn")),
        (first, last) => Some(format!("{first} earlier and {last} later moments are not drawn")),
    }
}

fn band(
    class: &'static str,
    title: &'static str,
    history: &History,
    steps: &[Option<usize>],
    parted: Option<usize>,
    y: usize,
) -> Band {
    let cpus = history.steps.iter().map(|step| step.cpu).max().unwrap_or(0);
    let told = |state: &&lanes::Lane| state.always || history.steps.iter().any(|step| (state.held)(step).is_some());
    let states: Vec<&lanes::Lane> = lanes::LANES.iter().filter(told).collect();
    let names: Vec<&str> = BEFORE.into_iter().chain(states.iter().map(|state| state.title)).chain([BEHIND]).collect();
    let top = y + TITLE + LABELS;
    let lane = |cpu: u8, lane: usize| top + (usize::from(cpu) * names.len() + lane) * LANE;
    let mut lanes = Vec::new();
    for cpu in 0..=cpus {
        for (index, name) in names.iter().enumerate() {
            let name = if cpu == 0 { (*name).to_owned() } else { format!("cpu {cpu}: {name}") };
            lanes.push(Lane { name, y: lane(cpu, index) });
        }
    }
    let mut moments = Vec::new();
    for (at, index) in steps.iter().enumerate() {
        let Some(index) = *index else { continue };
        let parted = parted == Some(at);
        let x = LEFT + at * STEP + STEP / 2;
        let last = Step { event: history.end.clone(), ..Step::default() };
        let ends = index == history.steps.len();
        let step = history.steps.get(index).unwrap_or(&last);
        let (row, sign, kind) = if ends { (Row::Instructions, END, "end") } else { sign(step.what) };
        let row = match row {
            Row::Instructions => 0,
            Row::Raised => 1,
            Row::Exits => names.len() - 1,
        };
        let labelled = parted || ends || !matches!(step.what, What::Look | What::Raise);
        let word = if step.cpu > 0 { format!("cpu {}: {}", step.cpu, step.event) } else { step.event.clone() };
        moments.push(Drawn {
            class: kind,
            sign,
            x,
            y: lane(step.cpu, row) + LANE / 2,
            label: if labelled { clip(&word, if parted { PARTED } else { LABEL }) } else { String::new() },
            label_y: top - 6,
            parted,
            all: everything(step),
        });
    }
    let spans = (0..=cpus).flat_map(|cpu| {
        let lane = &lane;
        let drawn = states.iter().enumerate();
        drawn.flat_map(move |(index, state)| spans(history, steps, cpu, state, lane(cpu, BEFORE.len() + index)))
    });
    Band { class, title, y: y + TITLE - 5, lanes, moments, spans: spans.collect() }
}

const END: &str = "M-3-6h6v12h-6z";

/// The lanes that have signs.
enum Row {
    Instructions,
    Raised,
    Exits,
}

/// Lane, sign and class of a kind of step. A sign is a path around the middle of its place.
fn sign(what: What) -> (Row, &'static str, &'static str) {
    match what {
        What::Mark => (Row::Instructions, "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z", "mark"),
        What::Instruction => (Row::Instructions, "M-1-5h2v10h-2z", "instruction"),
        What::Delivery => (Row::Instructions, "M-6-6h12l-6 12z", "delivery"),
        What::Event => (Row::Instructions, "M-5 5l5-10l5 10z", "event"),
        What::Gap => (Row::Instructions, "M-7-1h3v2h-3zM-1-1h3v2h-3zM5-1h3v2h-3z", "gap"),
        What::Raise => (Row::Raised, "M0-7l5 6h-3v7h-4v-7h-3z", "raise"),
        What::Action => (Row::Exits, "M-4-4h8v8h-8z", "action"),
        What::Look => (Row::Exits, "M0-6l6 6l-6 6l-6-6z", "look"),
    }
}

/// All that is known of a step, for its tooltip.
fn everything(step: &Step) -> String {
    let address = step.address.map(|address| format!("{address:05x}  ")).unwrap_or_default();
    let at = step.at.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut parts = vec![format!("{address}{}", step.event), at, step.detail.clone()];
    parts.extend(lanes::LANES.iter().filter_map(|state| {
        Some(match (state.held)(step)? {
            Held::Blocked(blocked) => if blocked { "NMIs blocked" } else { "NMIs not blocked" }.to_owned(),
            held => format!("{} {}", state.title, held.word()),
        })
    }));
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// The spans of one state of one processor. A state lasts until the next step that reports it; if the processor's next step does
/// not report it, it was not observed there, and the span covers its own place only.
fn spans(history: &History, steps: &[Option<usize>], cpu: u8, state: &lanes::Lane, y: usize) -> Vec<Span> {
    let own: Vec<(usize, &Step)> = steps
        .iter()
        .enumerate()
        .filter_map(|(at, index)| Some((at, history.steps.get((*index)?)?)))
        .filter(|(_, step)| step.cpu == cpu)
        .collect();
    let mut spans: Vec<Span> = Vec::new();
    let mut last: Option<(usize, Held)> = None;
    for (number, (at, step)) in own.iter().enumerate() {
        let Some(held) = (state.held)(step) else { continue };
        let next = own.get(number + 1).filter(|(_, next)| (state.held)(next).is_some());
        let end = next.map_or(at + 1, |(next, _)| *next);
        let width = (end - at) * STEP;
        let goes_on = last == Some((*at, held));
        last = Some((end, held));
        match spans.last_mut() {
            Some(span) if goes_on => span.width += width,
            _ => spans.push(Span { class: state.class, x: LEFT + at * STEP, y, width, text: held.word() }),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, Nested};

    fn history(steps: usize, parts: Option<usize>) -> History {
        let step = |number| Step { event: format!("mark {number}"), ..Step::default() };
        History { steps: (0..steps).map(step).collect(), end: "done".to_owned(), parts }
    }

    #[test]
    fn of_a_long_course_the_part_that_matters_is_drawn() {
        let svg = |want: History, got: History| timeline(Some(&want), Some(&got)).to_string();
        let late = svg(history(300, None), history(300, Some(200)));
        assert!(late.contains(">mark 200<") && !late.contains(">mark 150<"));
        assert!(late.contains("160 earlier and 61 later moments are not drawn"), "{late}");
        let early = svg(history(300, None), history(300, Some(3)));
        assert!(early.contains(">mark 3<") && early.contains("221 later moments are not drawn"), "{early}");
        let short = svg(history(30, None), history(30, Some(30)));
        assert!(!short.contains("not drawn") && short.contains("first difference"));
    }

    #[test]
    fn a_state_lasts_as_long_as_it_is_told() {
        let told = |pending| Step { pending, ..Step::default() };
        let steps = vec![told(Some(0)), told(Some(1)), told(Some(1)), told(None), told(Some(1))];
        let history = History { steps, ..History::default() };
        let places: Vec<Option<usize>> = (0..5).map(Some).collect();
        let pending = lanes::LANES.iter().find(|lane| lane.head == "pend").expect("one of them");
        let spans = spans(&history, &places, 0, pending, 0);
        let shown: Vec<(usize, usize, &str)> =
            spans.iter().map(|span| ((span.x - LEFT) / STEP, span.width / STEP, span.text.as_str())).collect();
        assert_eq!(shown, [(0, 1, "0"), (1, 2, "1"), (4, 1, "1")]);
    }

    #[test]
    fn what_a_guest_hypervisor_holds_has_lanes_where_it_is_told() {
        let mut want = history(3, None);
        assert!(!timeline(Some(&want), None).to_string().contains(">level<"));
        want.steps[1].nested = Nested { level: Some(Level::L2), v_nmi_mask: Some(true), ..Nested::default() };
        let svg = timeline(Some(&want), None).to_string();
        assert!(svg.contains(">level<") && svg.contains(">V_NMI_MASK<") && !svg.contains(">GIF<"));
        assert!(svg.contains("span level is-L2") && svg.contains("level L2; V_NMI_MASK 1"));
    }

    #[test]
    fn each_processor_has_its_lanes() {
        let mut want = history(3, None);
        want.steps.iter_mut().skip(1).for_each(|step| step.cpu = 1);
        let svg = timeline(Some(&want), None).to_string();
        assert!(svg.contains(">cpu 1: NMIs pending<") && svg.contains(">cpu 1: mark 1<"));
        assert!(timeline(None, None).is_empty());
    }
}
