//! Removes from a random program what the case format refuses or what is not tested.

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
    for piece in program.pieces_mut() {
        tame_piece(piece, own);
    }
    let own_msr = program.path == runner::terms::Path::X2Apic;
    program.user.retain(|piece| user_may(piece) && !(own_msr && matches!(piece, Piece::Raise(_))));
    for part in &mut program.smm {
        if let Smm::Snap(actions) = part {
            tame_actions(actions, own);
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

fn tame_piece(piece: &mut Piece, own: bool) {
    match piece {
        Piece::Raise(count) if own => *count = 1,
        Piece::Halt { armed } if own => *armed = false,
        Piece::Snap(actions) | Piece::Before(actions) => tame_actions(actions, own),
        Piece::Shadows { covered, before, .. } => {
            if own && *covered == Covered::Raise {
                *covered = Covered::Nop;
            }
            tame_actions(before, own);
        }
        _ => {}
    }
}

fn tame_actions(actions: &mut Vec<Action>, own: bool) {
    actions.retain(|action| !own || !matches!(action, Action::Raise(_)));
    let injects =
        actions.iter().any(|action| matches!(action, Action::Events(change) if change.injected == Some(true)));
    for action in actions.iter_mut() {
        let Action::Events(change) = action else { continue };
        if injects {
            // On Intel's processors a VM entry with an injected NMI fails with either, and the loader refuses it.
            change.shadow = change.shadow.filter(|shadow| *shadow == Shadow::None);
            change.masked = change.masked.filter(|masked| !masked);
        }
        if *change == EventsChange::default() {
            *action = Action::RoundTrip;
        }
    }
}

impl Program {
    fn pieces_mut(&mut self) -> impl Iterator<Item = &mut Piece> {
        let sections = [&mut self.main, &mut self.user, &mut self.nmi, &mut self.undefined, &mut self.interrupt];
        sections.into_iter().flatten()
    }
}
