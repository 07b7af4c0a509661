//! The states that last, and the lanes in which timelines draw them.

use crate::{Level, Step};

/// A state of a processor that lasts until a step tells it anew.
pub(crate) struct Lane {
    /// Head of its column in text.
    pub(crate) head: &'static str,
    /// The same where lines are short, explained by `title`.
    pub(crate) letter: &'static str,
    /// What it is called in drawings.
    pub(crate) title: &'static str,
    /// Under which the style sheet knows it.
    pub(crate) class: &'static str,
    /// Whether it has room in a drawing even where no step tells it.
    pub(crate) always: bool,
    /// What a step tells of it.
    pub(crate) held: fn(&Step) -> Option<Held>,
}

/// What a processor holds of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// So many, or a bit.
    Count(u8),
    /// Whether something is blocked.
    Blocked(bool),
    /// Whose code it executes.
    Level(Level),
}

/// All of them, in the order in which they are drawn.
pub(crate) const LANES: [Lane; 8] = [
    lane("level", "L", "level", "level", |step| step.nested.level.map(Held::Level)),
    Lane { always: true, ..lane("pend", "P", "NMIs pending", "pending", |step| step.pending.map(Held::Count)) },
    Lane { always: true, ..lane("block", "B", "NMIs blocked", "blocked", |step| step.blocked.map(Held::Blocked)) },
    Lane { always: true, ..lane("depth", "D", "handler depth", "depth", |step| step.depth.map(Held::Count)) },
    lane("GIF", "G", "GIF", "gif", |step| bit(step.nested.gif)),
    lane("VGIF", "g", "VGIF", "gif", |step| bit(step.nested.v_gif)),
    lane("V_NMI", "V", "V_NMI", "pending", |step| bit(step.nested.v_nmi)),
    lane("_MASK", "M", "V_NMI_MASK", "blocked", |step| bit(step.nested.v_nmi_mask)),
];

const fn lane(
    head: &'static str,
    letter: &'static str,
    title: &'static str,
    class: &'static str,
    held: fn(&Step) -> Option<Held>,
) -> Lane {
    Lane { head, letter, title, class, always: false, held }
}

fn bit(bit: Option<bool>) -> Option<Held> {
    bit.map(|bit| Held::Count(bit.into()))
}

impl Held {
    /// In a column of text: a dot is none.
    pub(crate) fn sign(self) -> String {
        match self {
            Held::Count(0) | Held::Blocked(false) => ".".to_owned(),
            Held::Blocked(true) => "#".to_owned(),
            other => other.word(),
        }
    }

    /// In words.
    pub(crate) fn word(self) -> String {
        match self {
            Held::Count(count) => count.to_string(),
            Held::Blocked(blocked) => if blocked { "yes" } else { "no" }.to_owned(),
            Held::Level(Level::L1) => "L1".to_owned(),
            Held::Level(Level::L2) => "L2".to_owned(),
        }
    }
}
