//! Takes out of a program what the case language refuses, and what is not to be looked for.

use guests::Mode;
use runner::terms::{EventsChange, Shadow};

use super::pieces::{Action, Covered, Gate, Piece, Program, Smm};

/// The program without what its mode or path cannot do.
pub(super) fn tame(mut program: Program) -> Program {
    let own = program.path.is_guests_own();
    if program.mode == Mode::Real {
        program.gate = Gate::Plain;
        program.user.clear();
    }
    if program.mode != Mode::Long && program.gate == Gate::OwnStack {
        program.gate = Gate::Plain;
    }
    let smi = program.pieces().any(|piece| piece_actions(piece).contains(&Action::Smi));
    for piece in program.pieces_mut() {
        tame_piece(piece, own, smi);
    }
    let own_msr = program.path == runner::terms::Path::X2Apic;
    program.user.retain(|piece| user_may(piece) && !(own_msr && matches!(piece, Piece::Raise(_))));
    for part in &mut program.smm {
        if let Smm::Snap(actions) = part {
            tame_actions(actions, own, true);
        }
    }
    program
}

/// What makes no sense at CPL 3.
fn user_may(piece: &Piece) -> bool {
    !matches!(
        piece,
        Piece::Halt { .. } | Piece::Shadows { .. } | Piece::Disable | Piece::Iret { .. } | Piece::FaultingIret { .. }
    )
}

fn tame_piece(piece: &mut Piece, own: bool, smi: bool) {
    match piece {
        Piece::Raise(count) if own || smi => *count = 1,
        Piece::Halt { armed } if own => *armed = false,
        Piece::Snap(actions) => tame_actions(actions, own, smi),
        Piece::Before(before) => tame_before(before, own, smi),
        Piece::Shadows { covered, before, .. } => {
            if own && *covered == Covered::Raise {
                *covered = Covered::Nop;
            }
            tame_before(before, own, smi);
        }
        _ => {}
    }
}

/// Two NMIs that wait behind an SMI are one after a migration in SMM, for the model holds what it restores to the limit there.
/// So a program with an SMI raises one at a time, and none at a breakpoint, which may stand right behind a snap.
fn tame_before(before: &mut Vec<Action>, own: bool, smi: bool) {
    tame_actions(before, own, smi);
    if smi {
        before.retain(|action| !adds(*action));
    }
}

fn tame_actions(actions: &mut Vec<Action>, own: bool, smi: bool) {
    actions.retain(|action| !own || !matches!(action, Action::Raise(_)));
    let injects =
        actions.iter().any(|action| matches!(action, Action::Events(change) if change.injected == Some(true)));
    for action in actions.iter_mut() {
        match action {
            Action::Raise(count) if smi => *count = 1,
            Action::Events(change) => {
                if injects {
                    // With an injected NMI a VM entry of Intel's refuses both, and the case language what one step writes.
                    change.shadow = change.shadow.filter(|shadow| *shadow == Shadow::None);
                    change.masked = change.masked.filter(|masked| !masked);
                }
                if smi {
                    change.pending = change.pending.map(|count| count.min(1));
                }
                if *change == EventsChange::default() {
                    *action = Action::RoundTrip;
                }
            }
            _ => {}
        }
    }
    if smi {
        let mut added = false;
        actions.retain(|action| !(adds(*action) && std::mem::replace(&mut added, true)));
    }
}

fn adds(action: Action) -> bool {
    match action {
        Action::Raise(_) => true,
        Action::Events(change) => change.pending.is_some_and(|count| count > 0),
        _ => false,
    }
}

fn piece_actions(piece: &Piece) -> &[Action] {
    match piece {
        Piece::Snap(actions) | Piece::Before(actions) | Piece::Shadows { before: actions, .. } => actions,
        _ => &[],
    }
}

impl Program {
    fn pieces(&self) -> impl Iterator<Item = &Piece> {
        let sections = [&self.main, &self.user, &self.nmi, &self.undefined, &self.interrupt];
        sections.into_iter().flatten()
    }

    fn pieces_mut(&mut self) -> impl Iterator<Item = &mut Piece> {
        let sections = [&mut self.main, &mut self.user, &mut self.nmi, &mut self.undefined, &mut self.interrupt];
        sections.into_iter().flatten()
    }
}
