//! Whether KVM interrupts a running processor for an NMI that another one sends.
//!
//! No manual says how soon an NMI must arrive, so this is counted and no case can fail on it. A KVM that does not interrupt a
//! running processor delivers the NMI at that processor's next exit, which can be as late as the next timer tick of the host.

use std::collections::BTreeMap;
use std::sync::Arc;

use guests::{Guest, Mode, Program, RaiseBy, Section, SectionName, Wiring, vector};
use reports::Kicks;

use super::guests_cache::not_built;
use crate::machine::{ExitKind, Harness, Machine, Trouble};
use crate::terms::{Need, Path};

/// The name of the guest in trouble.
const NAME: &str = "the guest that counts late NMIs";

/// How many NMIs are sent.
const SENT: u32 = 100;

/// An NMI is late if it has not arrived 200,000 TSC cycles after the sender sent it: tens of microseconds, which is many times
/// what an interprocessor interrupt takes, and a small part of a host's timer tick. No instruction of the loops exits.
const MAIN: &str = "
    mov ecx, 100
    round:
    mov byte [taken], 0
    mov byte [sent], 0
    mov byte [go], 1
    unsent:
    cmp byte [sent], 0
    je unsent
    rdtsc
    mov esi, eax
    linger:
    cmp byte [taken], 0
    jne next
    rdtsc
    sub eax, esi
    cmp eax, 200000
    jb linger
    inc dword [late]
    overdue:
    pause
    cmp byte [taken], 0
    je overdue
    next:
    dec ecx
    jnz round
    mov byte [over], 1
    done
";
const PEER: &str = "
    idle:
    cmp byte [over], 0
    jne leave
    cmp byte [go], 0
    je idle
    mov byte [go], 0
    mov ebx, ICR2
    mov dword [xbx], 0
    mov ebx, ICR
    mov dword [xbx], 4400h
    mov byte [sent], 1
    jmp idle
    leave:
    done
";
const NMI: &str = "mov byte [taken], 1\niret";
const DATA: &str = "go: db 0\nsent: db 0\ntaken: db 0\nover: db 0\nalign 4\nlate: dd 0";

/// Sends NMIs from one processor to another that is running, and counts the late ones. `None` if the machine has no second
/// processor.
///
/// Errors: trouble of the machine, or a guest that ended neither with `done` nor with a hang.
pub(super) fn kicks(machine: &mut dyn Machine) -> Result<Option<Kicks>, Trouble> {
    measure(machine, MAIN, PEER)
}

fn measure(machine: &mut dyn Machine, main: &str, peer: &str) -> Result<Option<Kicks>, Trouble> {
    let mode = [Mode::Long, Mode::Protected].into_iter().find(|&mode| machine.lacks_mode(mode).is_none());
    let Some(mode) = mode.filter(|_| machine.lacks(Need::Peer).is_none()) else { return Ok(None) };
    let guest = build(mode, main, peer)?;
    let mut session = machine.load(&guest, Path::None)?;
    let exit = session.run()?;
    if !matches!(exit.kind, ExitKind::Done | ExitKind::Hang) {
        return Err(Harness::End { guest: NAME.to_owned(), ended: exit.kind, cpu: exit.cpu }.into());
    }
    let mut late = [0; 4];
    let at = guest.symbols.get("late").copied().unwrap_or_default();
    session.read(at, &mut late)?;
    // If no exit ever happens, the NMI never arrives, and the guest waits for it until the time limit.
    Ok(Some(Kicks { sent: SENT, late: u32::from_le_bytes(late), lost: exit.kind == ExitKind::Hang }))
}

fn build(mode: Mode, main: &str, peer: &str) -> Result<Arc<Guest>, Trouble> {
    let section = |word, text: &str| SectionName::from_word(word).map(|name| Section { name, text: text.to_owned() });
    let nmi = Section { name: SectionName::Handler(vector::NMI), text: NMI.to_owned() };
    let sections = [section("main", main), section("peer", peer), section("data", DATA), Some(nmi)];
    let program = Program { sections: sections.into_iter().flatten().collect(), ..Program::default() };
    let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: BTreeMap::new() };
    guests::build(&program, mode, &wiring).map(Arc::new).map_err(|problems| not_built(NAME, &problems))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::kvm::tests::machine;
    use crate::machine::model::ModelMachine;
    use crate::terms::Vendor;

    #[test]
    fn as_many_are_sent_as_the_guest_counts() {
        assert!(MAIN.contains(&format!("mov ecx, {SENT}\n")));
    }

    #[test]
    fn the_model_is_never_late() {
        for &vendor in Vendor::ALL {
            let kicks = kicks(&mut ModelMachine::new(vendor, None)).expect("no trouble");
            assert_eq!(kicks, Some(Kicks { sent: SENT, late: 0, lost: false }));
        }
    }

    /// A sender that says so long before it sends is to the other processor what an NMI is that arrives late.
    #[test]
    fn what_comes_late_is_counted() {
        // The model's cycles are instructions, and a run has not enough of them for the real number.
        let main = MAIN.replace("200000", "100");
        let slow =
            PEER.replace("mov ebx, ICR2", "mov byte [sent], 1\nmov edx, 300\nwait:\ndec edx\njnz wait\nmov ebx, ICR2");
        assert!(main != MAIN && slow != PEER);
        let kicks = measure(&mut ModelMachine::new(Vendor::Amd, None), &main, &slow).expect("no trouble");
        assert_eq!(kicks, Some(Kicks { sent: SENT, late: SENT, lost: false }));
    }

    /// A sender that never sends.
    #[test]
    fn what_never_comes_is_told() {
        let silent = PEER.replace("mov dword [xbx], 4400h", "nop");
        assert_ne!(silent, PEER);
        let main = MAIN.replace("200000", "100");
        let kicks = measure(&mut ModelMachine::new(Vendor::Amd, None), &main, &silent).expect("no trouble");
        assert_eq!(kicks, Some(Kicks { sent: SENT, late: 1, lost: true }));
    }

    #[test]
    #[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
    fn kvm_is_counted_too() {
        let mut machine = machine();
        let kicks = kicks(&mut machine).expect("no trouble");
        assert_eq!(kicks.is_some(), machine.lacks(Need::Peer).is_none());
        assert!(kicks.is_none_or(|kicks| !kicks.lost && kicks.late <= SENT), "{kicks:?}");
    }
}
