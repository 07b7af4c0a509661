//! Statistics of random programs, which show what they cover.

use std::collections::BTreeMap;
use std::fmt;

use guests::{Guest, SectionName};
use runner::execute::{Mark, Seen, Stop, Trace};

use super::passes::Became;

/// How many runs showed what; a run is one program on one machine.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) runs: u32,
    counts: BTreeMap<&'static str, u32>,
}

impl Tally {
    /// Counts a run.
    pub(super) fn add(&mut self, guest: &Guest, became: &Became) {
        self.runs += 1;
        match became {
            Became::Agreed(trace) => features(guest, trace).into_iter().for_each(|feature| self.count(feature)),
            Became::Refused => self.count("refused by a VM entry"),
            Became::Endless(Stop::Fault { .. }) => self.count("given up: an exception without a section"),
            Became::Endless(Stop::Hang { .. }) => self.count("given up: hang"),
            Became::Endless(Stop::Endless { .. }) => self.count("given up: exits without end"),
            Became::Endless(Stop::Overflow { .. }) => self.count("given up: more records than the ring holds"),
            Became::Endless(_) => self.count("given up: otherwise"),
            Became::Parted { .. } => self.count("passes that part"),
        }
    }

    /// The sums of this tally and another.
    pub(super) fn with(mut self, other: Tally) -> Tally {
        self.runs += other.runs;
        for (feature, count) in other.counts {
            *self.counts.entry(feature).or_default() += count;
        }
        self
    }

    /// How many runs had no end that a case can expect.
    pub(super) fn given_up(&self) -> u32 {
        self.counts.iter().filter(|(feature, _)| feature.starts_with("given up")).map(|(_, count)| count).sum()
    }

    fn count(&mut self, feature: &'static str) {
        *self.counts.entry(feature).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} runs, of which", self.runs)?;
        for (feature, count) in &self.counts {
            let percent = f64::from(*count) * 100.0 / f64::from(self.runs.max(1));
            writeln!(f, "  {count:>7}  {percent:>5.1} %  {feature}")?;
        }
        Ok(())
    }
}

fn features(guest: &Guest, trace: &Trace) -> Vec<&'static str> {
    let marks: Vec<&Mark> = trace
        .seen
        .iter()
        .filter_map(|seen| match seen {
            Seen::Mark(mark) if mark.cpu == 0 => Some(mark),
            _ => None,
        })
        .collect();
    let deed =
        |words: &str| trace.seen.iter().any(|seen| matches!(seen, Seen::Did(deed) if deed.words.starts_with(words)));
    let named = |name: &str| marks.iter().any(|mark| mark.name == name);
    let nmis: Vec<&&Mark> = marks.iter().filter(|mark| mark.name == "nmi").collect();
    let from = |section: fn(SectionName) -> bool| {
        nmis.iter().any(|mark| section_of(guest, mark.stack[0]).is_some_and(section))
    };
    let handler = |section| matches!(section, SectionName::Handler(_));
    let shown = [
        ("an NMI handler entered", !nmis.is_empty()),
        ("an NMI handler entered twice or more", nmis.len() > 1),
        ("an NMI that interrupts a handler", from(handler)),
        (
            "an NMI that interrupts CPL 3",
            nmis.iter().any(|mark| guest.mode != guests::Mode::Real && mark.stack[1] & 3 == 3),
        ),
        ("an NMI in SMM", named("smm-nmi")),
        ("an NMI through a gate that is not present", named("np")),
        ("SMM entered", named("smm")),
        ("a faulting IRET, survived", marks.iter().any(|mark| mark.name.starts_with("recovered"))),
        ("a single-step trap", named("db")),
        ("an external interrupt delivered", named("irq")),
        ("a page fault", named("pf")),
        ("#UD", named("ud")),
        ("a double fault", named("df")),
        ("a host step before an instruction", breakpoint_step(guest, trace)),
        ("a host step that raises", deed("raise")),
        ("a host step that writes events", deed("set events")),
        ("a round trip", deed("get events")),
        ("a migration asked for", deed("save")),
        ("an NMI behind HLT", nmis.iter().any(|mark| behind_hlt(guest, mark))),
        ("an NMI right behind a shadowed instruction", nmis.iter().any(|mark| behind_shadow(guest, mark))),
        ("out of budget", named("stop")),
        ("ends halted", matches!(trace.stop, Stop::Halted { .. })),
        ("ends in shutdown", matches!(trace.stop, Stop::Shutdown { .. })),
    ];
    shown.into_iter().filter(|(_, shown)| *shown).map(|(feature, _)| feature).collect()
}

fn section_of(guest: &Guest, address: u64) -> Option<SectionName> {
    guest.listing.iter().find(|line| line.address == address).and_then(|line| line.section)
}

/// The text of the line this many before the one at which an NMI was taken.
fn line_before<'a>(guest: &'a Guest, mark: &Mark, back: usize) -> Option<&'a str> {
    let at = guest.listing.iter().position(|line| line.address == mark.stack[0])?;
    guest.listing.get(at.checked_sub(back)?).map(|line| line.text.as_str())
}

fn behind_hlt(guest: &Guest, mark: &Mark) -> bool {
    line_before(guest, mark, 1) == Some("hlt")
}

fn behind_shadow(guest: &Guest, mark: &Mark) -> bool {
    line_before(guest, mark, 2).is_some_and(|text| text == "sti" || text.starts_with("mov ss") || text == "pop ss")
}

fn breakpoint_step(guest: &Guest, trace: &Trace) -> bool {
    trace.seen.iter().any(|seen| match seen {
        Seen::Did(deed) => deed.at.is_some_and(|at| {
            guest.symbols.iter().any(|(name, address)| {
                *address == at && name.starts_with('b') && name.len() > 1 && name.as_bytes()[1].is_ascii_digit()
            })
        }),
        _ => false,
    })
}
