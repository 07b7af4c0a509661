//! States of a processor, and the lanes in which timelines draw them.

use crate::{Level, Step};

/// A state of a processor, which lasts until the next step that reports it.
pub(crate) struct Lane {
    /// Head of its column in text.
    pub(crate) head: &'static str,
    /// Head of its column if lines are short; `title` explains it.
    pub(crate) letter: &'static str,
    /// Its name in drawings.
    pub(crate) title: &'static str,
    /// Its class in the style sheet.
    pub(crate) class: &'static str,
    /// Whether drawings have its lane even if no step reports it.
    pub(crate) always: bool,
    /// Its value in a step, if the step reports it.
    pub(crate) held: fn(&Step) -> Option<Held>,
}

/// The value of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// A number, or a bit.
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
    /// In a column of text; a dot means none.
    pub(crate) fn sign(self) -> String {
        match self {
            Held::Count(0) | Held::Blocked(false) => ".".to_owned(),
            Held::Blocked(true) => "#".to_owned(),
            other => other.word(),
        }
    }

    /// The count, or whether NMIs are blocked, as a report's text says it.
    pub(crate) fn word(self) -> String {
        match self {
            Held::Count(count) => count.to_string(),
            Held::Blocked(blocked) => if blocked { "yes" } else { "no" }.to_owned(),
            Held::Level(Level::L1) => "L1".to_owned(),
            Held::Level(Level::L2) => "L2".to_owned(),
        }
    }
}
