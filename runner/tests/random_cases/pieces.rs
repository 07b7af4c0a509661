//! The parts of random programs, and their random generation.

use guests::Mode;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use runner::terms::{EventsChange, Path, Shadow};

/// A whole program, before it is written as a case.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub mode: Mode,
    pub path: Path,
    /// Whether the host reads state at every snap, in the passes that read what a case expects.
    pub looks: bool,
    pub gate: Gate,
    /// How many entries of each handler run its pieces; further ones only return.
    pub entries: u8,
    pub main: Vec<Piece>,
    /// What main does at CPL 3 in the end, if anything.
    pub user: Vec<Piece>,
    pub nmi: Vec<Piece>,
    pub undefined: Vec<Piece>,
    pub interrupt: Vec<Piece>,
    pub smm: Vec<Smm>,
}

/// The kind of the NMI's gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    Plain,
    Trap,
    OwnStack,
    NotPresent,
}

/// One thing that a guest does.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Mark,
    Raise(u8),
    Interrupt,
    /// An exit at which the host does something, or nothing.
    Snap(Vec<Action>),
    /// A NOP before which the host does something.
    Before(Vec<Action>),
    Halt {
        armed: bool,
    },
    /// Instructions that hold events back, and one after them, before which the host may do something.
    Shadows {
        run: Vec<Caster>,
        covered: Covered,
        before: Vec<Action>,
    },
    Popf {
        trap: bool,
        enable: bool,
    },
    Disable,
    Breakpoint,
    SoftwareNmi,
    Undefined,
    PageFault,
    Protection,
    Iret {
        narrow: bool,
        trap: bool,
        enable: bool,
    },
    FaultingIret {
        address: bool,
    },
}

/// An instruction that holds events back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caster {
    Sti,
    MovSs,
    PopSs,
}

/// The instruction in a shadow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Covered {
    Nop,
    Disable,
    PushFlags,
    Raise,
    Breakpoint,
    Undefined,
    Halt,
}

/// One thing that the host does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Raise(u8),
    Events(EventsChange),
    RoundTrip,
    Migrate,
    Interrupt,
    Smi,
}

/// One thing that SMM code does.
#[derive(Clone, Debug)]
pub(super) enum Smm {
    Mark,
    Raise,
    Snap(Vec<Action>),
    /// Loads an interrupt table of its own and executes an IRET.
    Iret,
}

/// Any program.
pub(super) fn programs() -> impl Strategy<Value = Program> {
    let mode = prop::sample::select(Mode::ALL.to_vec());
    let path = prop_oneof![
        4 => Just(Path::Ioctl), 2 => Just(Path::Events), 2 => Just(Path::Msi), 1 => Just(Path::IoApic),
        1 => Just(Path::Ipi), 1 => Just(Path::XApic), 1 => Just(Path::X2Apic),
    ];
    let gate = prop_oneof![
        6 => Just(Gate::Plain), 1 => Just(Gate::Trap), 2 => Just(Gate::OwnStack), 1 => Just(Gate::NotPresent),
    ];
    let user = prop_oneof![3 => Just(Vec::new()), 1 => vec(piece(), 1..4)];
    let smm = vec(smm(), 0..4);
    let sections = (vec(piece(), 1..7), user, vec(piece(), 0..5), vec(piece(), 0..3), vec(piece(), 0..3), smm);
    (mode, path, any::<bool>(), gate, 1..4_u8, sections).prop_map(|(mode, path, looks, gate, entries, sections)| {
        let (main, user, nmi, undefined, interrupt, smm) = sections;
        Program { mode, path, looks, gate, entries, main, user, nmi, undefined, interrupt, smm }
    })
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        2 => Just(Piece::Mark),
        5 => (1..4_u8).prop_map(Piece::Raise),
        2 => Just(Piece::Interrupt),
        6 => actions(0..4).prop_map(Piece::Snap),
        2 => actions(1..3).prop_map(Piece::Before),
        1 => prop::bool::weighted(0.8).prop_map(|armed| Piece::Halt { armed }),
        6 => (vec(caster(), 1..4), covered(), actions(0..3))
            .prop_map(|(run, covered, before)| Piece::Shadows { run, covered, before }),
        2 => any::<(bool, bool)>().prop_map(|(trap, enable)| Piece::Popf { trap, enable }),
        1 => Just(Piece::Disable),
        1 => Just(Piece::Breakpoint),
        1 => Just(Piece::SoftwareNmi),
        2 => Just(Piece::Undefined),
        1 => Just(Piece::PageFault),
        1 => Just(Piece::Protection),
        2 => any::<(bool, bool, bool)>()
            .prop_map(|(narrow, trap, enable)| Piece::Iret { narrow, trap, enable }),
        2 => any::<bool>().prop_map(|address| Piece::FaultingIret { address }),
    ]
}

fn caster() -> impl Strategy<Value = Caster> {
    prop::sample::select(vec![Caster::Sti, Caster::Sti, Caster::MovSs, Caster::MovSs, Caster::PopSs])
}

fn covered() -> impl Strategy<Value = Covered> {
    prop_oneof![
        4 => Just(Covered::Nop), 1 => Just(Covered::Disable), 1 => Just(Covered::PushFlags), 2 => Just(Covered::Raise),
        1 => Just(Covered::Breakpoint), 1 => Just(Covered::Undefined), 1 => Just(Covered::Halt),
    ]
}

fn actions(how_many: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Action>> {
    vec(action(), how_many)
}

fn action() -> impl Strategy<Value = Action> {
    let shadow = prop_oneof![
        3 => Just(Shadow::None), 1 => Just(Shadow::Sti), 2 => Just(Shadow::MovSs), 1 => Just(Shadow::Either),
    ];
    let injected = option::weighted(0.2, any::<bool>());
    let events = (injected, option::of(0..3_u8), option::of(any::<bool>()), option::weighted(0.25, shadow));
    prop_oneof![
        5 => (1..4_u8).prop_map(Action::Raise),
        4 => events.prop_map(|(injected, pending, masked, shadow)| {
            Action::Events(EventsChange { injected, pending, masked, shadow })
        }),
        1 => Just(Action::RoundTrip),
        2 => Just(Action::Migrate),
        2 => Just(Action::Interrupt),
        3 => Just(Action::Smi),
    ]
}

fn smm() -> impl Strategy<Value = Smm> {
    prop_oneof![
        1 => Just(Smm::Mark),
        3 => Just(Smm::Raise),
        2 => vec(action().prop_filter("SMM does not end in it", |action| *action != Action::Smi), 0..3)
            .prop_map(Smm::Snap),
        1 => Just(Smm::Iret),
    ]
}
