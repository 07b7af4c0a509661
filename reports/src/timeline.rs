//! Timelines as text.

use crate::lanes::{Held, LANES};
use crate::layout::{columns, hanging, one_line, pad};
use crate::{Finding, History, Look, Moment, Place, Step, Tone, What};

/// Most steps shown before the one at which the run differs.
const AGREED: usize = 8;
/// Most steps shown from that one on.
const FROM: usize = 3;
/// Most columns for places; longer ones push the rest of their line to the right.
const WIDEST: usize = 32;

/// The difference between a run and what it is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Parting<'a> {
    /// The difference.
    pub finding: &'a Finding,
    /// Whether the run is compared with another run, and not with the manual.
    pub runs: bool,
}

/// Draws a history, one step a line. The lanes are columns: a dot means none, a blank unknown; columns without values are left out.
/// The line at which it differs from the manual starts with `>`.
pub fn timeline(history: &History, look: Look) -> String {
    let mut rows: Vec<Row> = history.steps.iter().enumerate().map(|(index, step)| row(index, step)).collect();
    rows.extend(end(history));
    if let Some(row) = history.parts.and_then(|parts| rows.get_mut(parts)) {
        row.side = ">".to_owned();
        row.tone = Some(Tone::Bad);
    }
    draw(&rows, look)
}

/// Draws the part of a history around the difference: the last steps that agree, both sides, and what follows.
pub fn parting(history: &History, parting: &Parting<'_>, look: Look) -> String {
    let parts = history.parts.unwrap_or(usize::MAX).min(history.steps.len());
    let first = parts.saturating_sub(AGREED);
    let shown = history.steps.iter().enumerate().skip(first);
    let mut rows: Vec<Row> = shown.map(|(index, step)| row(index, step)).take(parts - first + FROM).collect();
    if parts + FROM > history.steps.len() {
        rows.extend(end(history));
    }
    let (want, got) = parting.finding.sides();
    let ((want_side, want_tone), (got_side, got_tone)) = if parting.runs {
        (("once", Tone::Doubt), ("again", Tone::Doubt))
    } else {
        (("want", Tone::Good), ("got", Tone::Bad))
    };
    let side = |side: &str, said: &str, tone: Tone| {
        let row = Row { side: side.to_owned(), what: said.to_owned(), tone: Some(tone), ..Row::default() };
        (!said.is_empty()).then_some(row)
    };
    let at = (parts - first).min(rows.len());
    let step = history.steps.get(parts);
    if tells(parting.finding, step)
        && let Some(row) = rows.get_mut(at)
    {
        (row.side, row.tone) = (got_side.to_owned(), Some(got_tone));
        rows.splice(at..at, side(want_side, &want, want_tone));
    } else {
        // A difference within a step stands below it.
        let at = at + usize::from(is_within(parting.finding) && step.is_some());
        let both = [side(want_side, &want, want_tone), side(got_side, &got, got_tone)];
        rows.splice(at..at, both.into_iter().flatten());
    }
    draw(&rows, look)
}

/// Whether the step at which a run differs, or its end, is what the finding says came, so that the finding need not be repeated.
fn tells(finding: &Finding, step: Option<&Step>) -> bool {
    let Finding::Sequence { got, .. } = finding else { return false };
    match (got, step) {
        (Moment::Mark { cpu, .. }, Some(step)) => step.what == What::Mark && step.cpu == *cpu,
        (got, None) => got.is_end(),
        (_, Some(_)) => false,
    }
}

/// Whether the finding is about the contents of a step, and not about which step comes.
fn is_within(finding: &Finding) -> bool {
    matches!(finding, Finding::View { .. } | Finding::Frame { .. } | Finding::Exit { .. } | Finding::Mark { .. })
}

/// One line of a timeline, column by column.
#[derive(Default)]
struct Row {
    side: String,
    index: String,
    cpu: Option<u8>,
    nmi: &'static str,
    held: [Option<Held>; LANES.len()],
    at: String,
    what: String,
    detail: String,
    tone: Option<Tone>,
}

fn row(index: usize, step: &Step) -> Row {
    let nmi = match step.what {
        What::Raise => "raised",
        What::Delivery => "taken",
        What::Mark | What::Instruction | What::Event | What::Action | What::Look | What::Gap => "",
    };
    Row {
        index: index.to_string(),
        cpu: Some(step.cpu),
        nmi,
        held: LANES.map(|lane| (lane.held)(step)),
        at: step.at.as_ref().map(Place::short).unwrap_or_default(),
        what: match step.what {
            What::Gap => format!("... {}", one_line(&step.event)),
            What::Look | What::Action => format!("host: {}", one_line(&step.event)),
            _ => one_line(&step.event),
        },
        detail: step.detail.clone(),
        ..Row::default()
    }
}

fn end(history: &History) -> Option<Row> {
    (!history.end.is_empty()).then(|| Row { what: one_line(&history.end), ..Row::default() })
}

/// A column left of the places: its head, its width and its cells.
struct Column {
    head: String,
    width: usize,
    cells: Vec<String>,
}

impl Column {
    fn new(head: &str, cells: Vec<String>) -> Option<Column> {
        let widest = cells.iter().map(|cell| columns(cell)).max()?;
        (widest > 0).then(|| Column { head: head.to_owned(), width: widest.max(columns(head)), cells })
    }
}

/// The columns that have values. If lines are short their heads are letters, which the returned text explains.
fn lanes(rows: &[Row], short: bool) -> (Vec<Column>, String) {
    let one_processor = rows.iter().all(|row| matches!(row.cpu, None | Some(0)));
    let cells = |cell: &dyn Fn(&Row) -> String| rows.iter().map(cell).collect::<Vec<String>>();
    let processor = |row: &Row| row.cpu.filter(|_| !one_processor).map(|cpu| cpu.to_string()).unwrap_or_default();
    let nmi = |row: &Row| if short { row.nmi.chars().take(1).collect() } else { row.nmi.to_owned() };
    let mut columns = vec![
        (Column::new("", cells(&|row| row.index.clone())), ""),
        (Column::new(if short { "C" } else { "cpu" }, cells(&processor)), "processor"),
        (Column::new(if short { "N" } else { "NMI" }, cells(&nmi)), "NMI raised (r) or taken (t)"),
    ];
    for (number, lane) in LANES.iter().enumerate() {
        let held = |row: &Row| row.held.get(number).copied().flatten().map(Held::sign).unwrap_or_default();
        columns.push((Column::new(if short { lane.letter } else { lane.head }, cells(&held)), lane.title));
    }
    let used = columns.into_iter().filter_map(|(column, title)| Some((column?, title)));
    let (columns, titles): (Vec<Column>, Vec<&str>) = used.unzip();
    let named = columns.iter().zip(titles).filter(|(_, title)| !title.is_empty());
    let explained: Vec<String> = named.map(|(column, title)| format!("{}: {title}", column.head)).collect();
    (columns, if short { explained.join(", ") } else { String::new() })
}

/// Head of the places, and the short one.
const HERE: &str = "where +instructions";
const HERE_SHORT: &str = "where";
/// Columns that must remain for the last column. If they do not, first the heads are shortened, then the places are moved behind
/// it.
const ROOM: usize = 24;
const ROOM_AFTER_PLACES: usize = 16;

fn draw(rows: &[Row], look: Look) -> String {
    let side = rows.iter().map(|row| columns(&row.side)).max().unwrap_or(0);
    let side = if side > 0 { side + 2 } else { 0 };
    let widest = rows.iter().map(|row| columns(&row.at)).max().unwrap_or(0).min(WIDEST);
    let (full, _) = lanes(rows, false);
    let before = |lanes: &[Column], gap: usize| 2 + side + lanes.iter().map(|lane| lane.width + gap).sum::<usize>();
    let has_head = full.len() > 1;
    let place = |here: &str| if widest > 0 && has_head { widest.max(columns(here)) } else { widest };
    let fits = |lanes: &[Column], gap: usize, here: &str, room: usize| {
        let place = place(here);
        before(lanes, gap) + if place > 0 { place + 2 } else { 0 } + room <= look.width
    };
    let here = if fits(&full, 2, HERE, ROOM) { HERE } else { HERE_SHORT };
    let short = has_head && !fits(&full, 2, here, ROOM);
    let (lanes, explained) = if short { lanes(rows, true) } else { (full, String::new()) };
    let gap = if short { 1 } else { 2 };
    let place = if short && !fits(&lanes, gap, here, ROOM_AFTER_PLACES) { 0 } else { place(here) };
    let start = |row: &Row, number: Option<usize>| {
        let mut line = format!("  {}", pad(&row.side, side));
        for (index, lane) in lanes.iter().enumerate() {
            let width = lane.width;
            let text = number.map_or(Some(&lane.head), |number| lane.cells.get(number)).map_or("", String::as_str);
            // Numbers of steps line up at their last digit, everything else below the middle of its head.
            line += &if index == 0 { format!("{text:>width$}") } else { format!("{text:^width$}") };
            line += &" ".repeat(gap);
        }
        if place > 0 {
            line += &format!("{}  ", pad(&row.at, place));
        }
        line
    };
    let mut out = String::new();
    if short {
        out += &look.hanging(Tone::Quiet, "  ", &explained);
    }
    if has_head {
        let head = Row { at: here.to_owned(), ..Row::default() };
        out += &format!("{}\n", look.style.paint(Tone::Quiet, (start(&head, None) + "what").trim_end()));
    }
    for (number, row) in rows.iter().enumerate() {
        let at = if place == 0 { row.at.as_str() } else { "" };
        let details: Vec<&str> = [at, row.detail.as_str()].into_iter().filter(|detail| !detail.is_empty()).collect();
        let detail = if details.is_empty() { String::new() } else { format!("  ({})", one_line(&details.join(", "))) };
        let (start, text) = (start(row, Some(number)), format!("{}{detail}", one_line(&row.what)));
        out += &match row.tone {
            Some(tone) => look.hanging(tone, &start, &text),
            None => hanging(&start, &text, look.width),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{history, snapshot};
    use crate::{Difference, Field, Level, Nested, Value};

    #[test]
    fn lanes_line_up() {
        snapshot("timeline", &timeline(&history(), Look::PLAIN));
    }

    #[test]
    fn both_sides_stand_where_they_part() {
        let history = History { parts: Some(8), ..history() };
        let got = |got| Finding::sequence(Moment::mark("nmi"), got);
        let masked = Difference { field: Field::Masked, want: Value::Bit(true), got: Value::Bit(false) };
        let [mark, look, end] = [
            got(Moment::mark("after")),
            Finding::View { at: "held".to_owned(), differing: vec![masked] },
            got(Moment::Done),
        ];
        let at_a_mark = Parting { finding: &mark, runs: false };
        let at_a_look = Parting { finding: &look, runs: false };
        let at_the_end = Parting { finding: &end, runs: true };
        let text = [
            parting(&history, &at_a_mark, Look::PLAIN),
            parting(&History { parts: Some(6), ..history.clone() }, &at_a_look, Look::PLAIN),
            parting(&History { parts: Some(9), ..history.clone() }, &at_the_end, Look::PLAIN),
        ];
        snapshot("timeline-parting", &text.join("\n"));
    }

    #[test]
    fn lanes_of_a_guest_hypervisor_fit_any_terminal() {
        let exit = Nested {
            level: Some(Level::L1),
            gif: Some(false),
            v_nmi: Some(false),
            v_nmi_mask: Some(true),
            v_gif: None,
        };
        let within = Nested { level: Some(Level::L2), gif: Some(true), ..exit };
        let mut history = history();
        let states = [exit, within, within, exit, Nested::default(), exit];
        history.steps.iter_mut().zip(states).for_each(|(step, nested)| step.nested = nested);
        let drawn = [120, 100, 80, 60, 40, 20].map(|width| timeline(&history, Look { width, ..Look::PLAIN }));
        snapshot("timeline-nested", &drawn.join("\n"));
    }

    #[test]
    fn what_was_not_looked_at_has_no_lane() {
        let bare = |step: Step| Step { pending: None, blocked: None, depth: None, ..step };
        let history = history();
        let steps = history.steps.into_iter().filter(|step| step.what == What::Mark).map(bare).collect();
        snapshot("timeline-bare", &timeline(&History { steps, ..history }, Look::PLAIN));
        assert_eq!(timeline(&History::default(), Look::PLAIN), "");
    }
}
