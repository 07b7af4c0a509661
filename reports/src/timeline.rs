//! Timelines as text.

use crate::layout::{columns, hanging, one_line, pad};
use crate::{History, Look, Place, Step, Tone, What};

/// Steps shown of a run before it and the manual part, where not all are.
const AGREED: usize = 8;
/// Steps shown from there on.
const FROM: usize = 3;
/// Widest column of places; longer ones push the rest of their line to the right.
const WIDEST: usize = 32;

/// The two sides where a run and what it is held against part.
#[derive(Clone, Copy, Debug)]
pub struct Parting<'a> {
    /// What each side is called: `want` and `got`, or `once` and `again` of two runs.
    pub sides: (&'a str, &'a str),
    /// What each said.
    pub said: (&'a str, &'a str),
}

impl<'a> Parting<'a> {
    /// Of what the manual wants and what a run showed.
    pub fn of_manual(want: &'a str, got: &'a str) -> Parting<'a> {
        Parting { sides: ("want", "got"), said: (want, got) }
    }

    /// Of two runs.
    pub fn of_runs(once: &'a str, again: &'a str) -> Parting<'a> {
        Parting { sides: ("once", "again"), said: (once, again) }
    }
}

/// Draws a history, a step a line, time downwards: the lanes are columns, a dot is none, nothing is not known. Columns nobody
/// uses are left out. Where it parts from the manual, the line starts with `>`.
pub fn timeline(history: &History, look: Look) -> String {
    let mut rows: Vec<Row> = history.steps.iter().enumerate().map(|(index, step)| row(index, step)).collect();
    rows.extend(end(history));
    if let Some(row) = history.parts.and_then(|parts| rows.get_mut(parts)) {
        row.side = ">".to_owned();
        row.tone = Some(Tone::Bad);
    }
    draw(&rows, look)
}

/// Draws what matters of a history that parts from what it is held against: the last steps that agree, both sides, and what
/// came of it.
pub fn parting(history: &History, parting: &Parting<'_>, look: Look) -> String {
    let parts = history.parts.unwrap_or(usize::MAX).min(history.steps.len());
    let first = parts.saturating_sub(AGREED);
    let shown = history.steps.iter().enumerate().skip(first);
    let mut rows: Vec<Row> = shown.map(|(index, step)| row(index, step)).take(parts - first + FROM).collect();
    if parts + FROM > history.steps.len() {
        rows.extend(end(history));
    }
    let (sides, said) = (parting.sides, parting.said);
    let doubt = sides.0 == "once";
    let side = |word: &str, said: &str, tone: Tone| Row {
        side: word.to_owned(),
        what: said.to_owned(),
        tone: Some(if doubt { Tone::Doubt } else { tone }),
        ..Row::default()
    };
    let at = (parts - first).min(rows.len());
    let mut both: Vec<Row> = Vec::new();
    both.extend((!said.0.is_empty()).then(|| side(sides.0, said.0, Tone::Good)));
    // The side that the history tells stands in the row of its step, where that is all there is to say.
    match rows.get_mut(at) {
        Some(row) if row.says(said.1) => {
            row.side = sides.1.to_owned();
            row.tone = side(sides.1, "", Tone::Bad).tone;
        }
        _ => both.extend((!said.1.is_empty()).then(|| side(sides.1, said.1, Tone::Bad))),
    }
    rows.splice(at..at, both);
    draw(&rows, look)
}

/// One line of a timeline: what stands in each column.
#[derive(Default)]
struct Row {
    side: String,
    /// Index, processor, and the lanes: NMI, pending, blocked, depth.
    lanes: [String; 6],
    at: String,
    what: String,
    detail: String,
    tone: Option<Tone>,
}

/// Head of the places, and where lines are short.
const HERE: &str = "where +instructions";
const HERE_NARROW: &str = "where";
/// Fewer columns make short lines.
const NARROW: usize = 80;
/// Heads of [`Row::lanes`].
const LANES: [&str; 6] = ["", "cpu", "NMI", "pend", "block", "depth"];

impl Row {
    /// Whether the row is about nothing but this: a mark by its name, an end by its words.
    fn says(&self, said: &str) -> bool {
        self.what == said
            || self.what.split_once(' ').is_some_and(|(kind, name)| matches!(kind, "mark" | "snap") && name == said)
    }
}

fn row(index: usize, step: &Step) -> Row {
    let nmi = match step.what {
        What::Raise => "raised",
        What::Delivery => "taken",
        What::Mark | What::Instruction | What::Event | What::Action | What::Look | What::Gap => "",
    };
    let count = |count: Option<u8>| count.map(|count| if count == 0 { ".".to_owned() } else { count.to_string() });
    let blocked = step.blocked.map(|blocked| if blocked { "#" } else { "." }.to_owned());
    let lanes = [
        Some(index.to_string()),
        Some(step.cpu.to_string()),
        Some(nmi.to_owned()),
        count(step.pending),
        blocked,
        count(step.depth),
    ];
    Row {
        lanes: lanes.map(Option::unwrap_or_default),
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

fn draw(rows: &[Row], look: Look) -> String {
    let one_processor = rows.iter().all(|row| matches!(row.lanes[1].as_str(), "" | "0"));
    let used = |lane: usize| {
        let said = rows.iter().any(|row| !row.lanes[lane].is_empty());
        said && !(lane == 1 && one_processor)
    };
    let lanes: Vec<(usize, usize)> = (0..LANES.len())
        .filter(|&lane| used(lane))
        .map(|lane| {
            let widest = rows.iter().map(|row| columns(&row.lanes[lane])).max().unwrap_or(0);
            (lane, widest.max(columns(LANES[lane])))
        })
        .collect();
    let side = rows.iter().map(|row| columns(&row.side)).max().unwrap_or(0);
    let place = rows.iter().map(|row| columns(&row.at)).max().unwrap_or(0).min(WIDEST);
    let here = if look.width < NARROW { HERE_NARROW } else { HERE };
    let place = if place > 0 && lanes.len() > 1 { place.max(columns(here)) } else { place };
    let start = |row: &Row| {
        let mut line = String::from("  ");
        if side > 0 {
            line += &format!("{}  ", pad(&row.side, side));
        }
        for &(lane, width) in &lanes {
            // Numbers of steps line up at their last digit, everything else below the middle of its head.
            let text = &row.lanes[lane];
            line += &if lane == 0 { format!("{text:>width$}  ") } else { format!("{text:^width$}  ") };
        }
        if place > 0 {
            line += &format!("{}  ", pad(&row.at, place));
        }
        line
    };
    let mut out = String::new();
    if lanes.len() > 1 {
        let head = Row { lanes: LANES.map(str::to_owned), at: here.to_owned(), ..Row::default() };
        out += &format!("{}\n", look.style.paint(Tone::Quiet, (start(&head) + "what").trim_end()));
    }
    for row in rows {
        let detail = if row.detail.is_empty() { String::new() } else { format!("  ({})", one_line(&row.detail)) };
        let text = hanging(&start(row), &format!("{}{detail}", one_line(&row.what)), look.width);
        match row.tone {
            Some(tone) => text.lines().for_each(|line| out += &format!("{}\n", look.style.paint(tone, line))),
            None => out += &text,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{history, snapshot};

    #[test]
    fn lanes_line_up() {
        snapshot("timeline", &timeline(&history(), Look::PLAIN));
    }

    #[test]
    fn both_sides_stand_where_they_part() {
        let history = History { parts: Some(8), ..history() };
        let at_a_mark = Parting::of_manual("nmi", "after");
        let at_a_look = Parting::of_manual("view of held: masked 1", "view of held: masked 0");
        let at_the_end = Parting::of_runs("nmi", "done");
        let text = [
            parting(&history, &at_a_mark, Look::PLAIN),
            parting(&History { parts: Some(6), ..history.clone() }, &at_a_look, Look::PLAIN),
            parting(&History { parts: Some(9), ..history.clone() }, &at_the_end, Look::PLAIN),
        ];
        snapshot("timeline-parting", &text.join("\n"));
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
