use crate::layout::{columns, hanging, one_line, pad};
use crate::{Look, Tone};

/// One line of a timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Whose it is.
    pub side: Side,
    /// Index of the event, from 0. None: the line belongs to the one before.
    pub index: Option<usize>,
    /// Where: label and offset, `nmi+2`. May be empty.
    pub at: String,
    /// What happened: `nmi`, `raise 1 by ioctl`.
    pub event: String,
    /// What else is known: `masked 0->1`. May be empty.
    pub detail: String,
}

/// Whose moment of a timeline it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// Expected and seen.
    #[default]
    Both,
    /// Expected.
    Want,
    /// Seen instead.
    Got,
    /// Seen in one run.
    Once,
    /// Seen in another run.
    Again,
}

impl Side {
    fn word(self) -> &'static str {
        match self {
            Side::Both => "",
            Side::Want => "want",
            Side::Got => "got",
            Side::Once => "once",
            Side::Again => "again",
        }
    }

    fn tone(self) -> Option<Tone> {
        match self {
            Side::Both => None,
            Side::Want => Some(Tone::Good),
            Side::Got => Some(Tone::Bad),
            Side::Once | Side::Again => Some(Tone::Doubt),
        }
    }
}

/// Widest column of places and of events; longer ones push the rest of their line to the right.
const WIDEST: usize = 32;

/// Renders moments in fixed columns: side, index, where, event, detail. Columns nobody uses are left out, long details
/// wrap below themselves.
pub fn timeline(moments: &[Moment], look: Look) -> String {
    let widest = |of: fn(&Moment) -> usize| moments.iter().map(of).max().unwrap_or(0).min(WIDEST);
    let side = widest(|m| columns(m.side.word()));
    let index = widest(|m| m.index.map_or(0, |index| columns(&index.to_string())));
    let place = widest(|m| columns(&m.at));
    let event = widest(|m| columns(&m.event));
    let has_detail = moments.iter().any(|m| !m.detail.is_empty());
    let mut out = String::new();
    for moment in moments {
        let mut line = String::from("  ");
        if side > 0 {
            line.push_str(&format!("{}  ", pad(moment.side.word(), side)));
        }
        if index > 0 {
            line.push_str(&format!("{:>index$}  ", moment.index.map(|index| index.to_string()).unwrap_or_default()));
        }
        if place > 0 {
            line.push_str(&format!("{}  ", pad(&one_line(&moment.at), place)));
        }
        let words = one_line(&moment.event);
        line.push_str(&if has_detail { format!("{}  ", pad(&words, event)) } else { words });
        let text = hanging(&line, &moment.detail, look.width);
        match moment.side.tone() {
            Some(tone) => text.lines().for_each(|line| {
                out.push_str(&look.style.paint(tone, line));
                out.push('\n');
            }),
            None => out.push_str(&text),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::snapshot;

    #[test]
    fn columns_line_up() {
        let moment = |index, at: &str, event: &str, detail: &str| Moment {
            side: Side::Both,
            index: Some(index),
            at: at.to_owned(),
            event: event.to_owned(),
            detail: detail.to_owned(),
        };
        let mut moments = vec![
            moment(8, "main", "mark start", ""),
            moment(9, "main+5", "raise 1 by ioctl", "pending 0->1, processed before the next guest entry"),
            moment(
                10,
                "nmi",
                "mark nmi",
                "masked 0->1, frame: RIP main+7, CS kernel, RFLAGS 2, RSP main_top, SS kernel, no error code",
            ),
        ];
        moments.push(Moment { side: Side::Want, ..moment(11, "nmi+9", "iretq", "masked 1->0") });
        moments.push(Moment { side: Side::Got, ..moment(11, "nmi+9", "snap held", "masked 1") });
        snapshot("timeline", &timeline(&moments, Look::PLAIN));
        let bare: Vec<Moment> =
            moments.into_iter().map(|m| Moment { detail: String::new(), side: Side::Both, ..m }).collect();
        snapshot("timeline-bare", &timeline(&bare, Look::PLAIN));
        assert_eq!(timeline(&[], Look::PLAIN), "");
    }
}
