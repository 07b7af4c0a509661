//! Digests of what the model leaves behind, by which the supervisor itself tells whether a guest agrees with the model.
//!
//! The screen of a physical machine shows only that; the suite judges the answers that the serial port sends.

use std::sync::Arc;

use guests::abi::{FrameKind, Record, decode_ring, layout};
use guests::{Guest, map};
use runner::judge::kept;
use runner::machine::model::ModelMachine;
use runner::machine::{ExitKind, Machine, Session, Trouble, Way};
use runner::terms::{Path, Vendor};
use x86::register::RSP;
use x86::svm::{INTERRUPT_SHADOW, IntCtl};
use x86::vector::{DF, NMI};
use x86::vmx::{Interruptibility, Interruption, interruption, reason};

use super::fnv::Fnv;

/// The supervisor's code for [`seen`].
pub(super) const SEE: &str = include_str!("verdict.asm");

/// The constants of that code.
pub(super) const CONSTANTS: [(&str, u64); 15] = [
    ("RECORD_USED", layout::USED),
    ("SLOTS", layout::STACK),
    ("TAG_EXIT", layout::EXIT as u64),
    ("TAG_VMCS", layout::OF_VMCS as u64),
    ("EVENT_SEEN", Interruption::from_bits(u32::MAX).with_unblocking(false).with_reserved(0).into_bits() as u64),
    ("INT_CTL_SEEN", INT_CTL_SEEN.into_bits() as u64),
    ("BLOCKING_SEEN", BLOCKING_SEEN.into_bits() as u64),
    ("BIT_12", BIT_12 as u64),
    ("EVENT_TYPE", EVENT.with_kind(u8::MAX >> 5).into_bits() as u64),
    ("EVENT_NMI", EVENT.with_kind(interruption::NMI).into_bits() as u64),
    ("EVENT_HAS_CODE", EVENT.with_has_error_code(true).into_bits() as u64),
    ("NMI_VECTOR", NMI as u64),
    ("DF_VECTOR", DF as u64),
    ("EXTERNAL_REASON", reason::EXTERNAL_INTERRUPT as u64),
    ("SHADOW_SEEN", INTERRUPT_SHADOW as u64),
];

/// The virtual interrupt controls that are defined after an exit.
const INT_CTL_SEEN: IntCtl = IntCtl::new().with_v_irq(true).with_v_gif(true).with_v_nmi(true).with_v_nmi_mask(true);
/// The bits of the interruptibility state that are defined after an exit.
const BLOCKING_SEEN: Interruptibility =
    Interruptibility::new().with_sti(true).with_mov_ss(true).with_smi(true).with_nmi(true);
/// SVM's events have type, vector and bits in the same places as VMX's.
const EVENT: Interruption = Interruption::new();
/// NMI unblocking due to IRET.
const BIT_12: u32 = Interruption::new().with_unblocking(true).into_bits();

/// The digests of all runs that the model allows and that end by `done`.
pub(super) fn digests(guest: &Arc<Guest>, path: Path, vendor: Vendor) -> Result<Vec<u32>, Trouble> {
    let mut model = ModelMachine::new(vendor, None);
    let mut digests = Vec::new();
    loop {
        let session = model.load(guest, path)?;
        digests.extend(one(session)?);
        if model.next_way() != Way::Another {
            digests.sort_unstable();
            digests.dedup();
            return Ok(digests);
        }
    }
}

fn one(mut session: Box<dyn Session + '_>) -> Result<Option<u32>, Trouble> {
    loop {
        match session.run()?.kind {
            ExitKind::Snap => {}
            ExitKind::Done => break,
            _ => return Ok(None),
        }
    }
    let mut reserved = [0; 4];
    session.read(map::RING_HEAD, &mut reserved)?;
    let mut digest = Fnv::default();
    digest.add(&session.registers(0)?.general[RSP].to_le_bytes());
    digest.add(&reserved);
    let mut ring = vec![0; (map::RING.end - map::RING.start) as usize];
    session.read(map::RING.start, &mut ring)?;
    let records = decode_ring(&ring, u32::from_le_bytes(reserved));
    for (record, bytes) in records.iter().zip(ring.chunks_exact(map::RECORD_SIZE as usize)) {
        digest.add(&seen(record, bytes));
    }
    Ok(Some(digest.value()))
}

/// The part of a record that a digest covers: what all passes of a trial must agree on, and bit 12, for which a case can ask. The
/// rest is zero.
fn seen(record: &Record, bytes: &[u8]) -> Vec<u8> {
    let mut seen = bytes.get(..layout::USED as usize).unwrap_or_default().to_vec();
    // Without a frame the routines write no slots.
    let Some(mut slots) = kept(record.frame, record.stack) else { return seen };
    if record.frame == FrameKind::VmcsExit {
        // Undefined of a double fault, and of an exit in the delivery of an event (Intel SDM vol. 3, 27.2.2).
        let interruption = Interruption::from_bits(slots[3] as u32);
        if interruption.valid() && interruption.vector() != DF && slots[3] >> 32 == 0 {
            slots[3] |= record.stack[3] & u64::from(BIT_12);
        }
    }
    seen.truncate(layout::STACK as usize);
    seen.extend(slots.iter().flat_map(|slot| slot.to_le_bytes()));
    seen
}

#[cfg(test)]
mod tests {
    use guests::{Mode, Program, RaiseBy, Section, SectionName, Wiring, build};

    use super::*;

    const SIZE: usize = layout::USED as usize;

    /// A record with this tag and these slots.
    fn record(tag: u16, slots: [u64; 6]) -> [u8; SIZE] {
        let mut record = [0; SIZE];
        record[..2].copy_from_slice(&tag.to_le_bytes());
        record[layout::COMMITTED as usize] = 1;
        for (at, slot) in record[layout::STACK as usize..].chunks_exact_mut(8).zip(slots) {
            at.copy_from_slice(&slot.to_le_bytes());
        }
        record
    }

    fn by_the_suite(record: &[u8; SIZE]) -> Vec<u8> {
        let mut bytes = record.to_vec();
        bytes.resize(map::RECORD_SIZE as usize, 0);
        seen(&decode_ring(&bytes, 1)[0], &bytes)
    }

    /// The supervisor's code for [`seen`], as a guest of the model.
    struct Supervisor {
        guest: Arc<Guest>,
        model: ModelMachine,
    }

    impl Supervisor {
        fn new() -> Supervisor {
            let text = format!("mov esi, record\ncall see\ndone\n{SEE}record: times {SIZE} db 0\n");
            let sections = vec![Section { name: SectionName::Main, text }];
            let constants = CONSTANTS.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let wiring = Wiring { raise: RaiseBy::XApic, sender: false, constants };
            let program = Program { sections, ..Program::default() };
            let guest = Arc::new(build(&program, Mode::Protected, &wiring).unwrap());
            Supervisor { guest, model: ModelMachine::new(Vendor::Intel, None) }
        }

        fn sees(&mut self, record: &[u8; SIZE]) -> Vec<u8> {
            let mut session = self.model.load(&self.guest, Path::XApic).unwrap();
            session.write(self.guest.symbols["record"], record).unwrap();
            assert_eq!(session.run().unwrap().kind, ExitKind::Done);
            let mut seen = vec![0; SIZE];
            session.read(self.guest.symbols["seen"], &mut seen).unwrap();
            seen
        }
    }

    /// Records of each kind: event in delivery or none, VMEXIT_INVALID, an exit for an event or not, a double fault, a VMfail.
    fn records() -> Vec<[u8; SIZE]> {
        const SVM: u16 = layout::EXIT;
        const VMX: u16 = layout::EXIT | layout::OF_VMCS;
        let nmi = 0x8000_0202;
        vec![
            record(0, [1, 2, 3, 4, 5, 6]),
            record(layout::FRAME, [0x2008, 8, 0x46, 0x87c0, 0x10, 0]),
            record(SVM, [0x4b, 0x8000_0202, 0x2008, 1 << 32 | 0x1a00, 0x200c, 0]),
            record(SVM, [0x81, 0x202, 0x2008, 0x1200, 0x200c, 0x1234_8000_0b0b]),
            record(SVM, [u64::MAX, 0x8000_0202, 0x2008, 0, 0, 0]),
            record(VMX, [0, 0x2008, 1 << 32 | 8, 0x8000_1b0d, 0, 0]),
            record(VMX, [0, 0x2008, 8, nmi << 32 | 0x8000_1b0d, 7, nmi]),
            record(VMX, [0, 0x2008, 8, 0x8000_1b08, 0, 0]),
            record(VMX, [18, 0x2008, 1, nmi, 5, 7 << 32]),
            record(VMX, [1 << 32 | 18, 0x2008, 1, nmi, 5, 7 << 32 | nmi]),
        ]
    }

    #[test]
    fn the_supervisor_sees_of_each_record_what_the_suite_sees() {
        let mut supervisor = Supervisor::new();
        for record in records() {
            assert_eq!(supervisor.sees(&record), by_the_suite(&record), "{record:x?}");
            for bit in 0..8 * SIZE {
                let mut other = record;
                other[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(supervisor.sees(&other), by_the_suite(&other), "bit {bit} of {record:x?}");
            }
        }
    }

    #[test]
    fn what_a_case_can_ask_for_is_seen_and_nothing_that_is_undefined() {
        let flipped = |[_, _, svm, _, _, vmx, delivering, ..]: [[u8; SIZE]; 10]| (svm, vmx, delivering);
        let (svm, vmx, delivering) = flipped(records().try_into().unwrap());
        // The slot, and the bit in it.
        let notices = |record: [u8; SIZE], slot: usize, bit: usize| {
            let mut other = record;
            other[layout::STACK as usize + 8 * slot + bit / 8] ^= 1 << (bit % 8);
            by_the_suite(&other) != by_the_suite(&record)
        };
        // The exit code, the event in delivery, RIP, V_IRQ, V_GIF, V_NMI and V_NMI_MASK, the shadow, the event to be injected.
        for (slot, bit) in [(0, 0), (1, 31), (2, 3), (3, 8), (3, 9), (3, 11), (3, 12), (3, 32), (5, 31)] {
            assert!(notices(svm, slot, bit), "bit {bit} of slot {slot}");
        }
        for (slot, bit) in [(1, 12), (1, 40), (3, 0), (3, 26), (3, 33), (4, 3), (5, 8), (5, 32)] {
            assert!(!notices(svm, slot, bit), "bit {bit} of slot {slot}");
        }
        // The reason, entry failure, a VMfail, RIP, blocking by NMI and STI, the activity state, vector, type, bit 12 and V of the
        // event that exits, and V of those in delivery and to be injected.
        for (slot, bit) in [
            (0, 1),
            (0, 31),
            (0, 32),
            (1, 3),
            (2, 3),
            (2, 0),
            (2, 32),
            (3, 0),
            (3, 8),
            (3, 12),
            (3, 31),
            (3, 63),
            (5, 31),
        ] {
            assert!(notices(vmx, slot, bit), "bit {bit} of slot {slot}");
        }
        for (slot, bit) in [(2, 5), (3, 13), (3, 40), (4, 0), (5, 8), (5, 40)] {
            assert!(!notices(vmx, slot, bit), "bit {bit} of slot {slot}");
        }
        assert!(!notices(delivering, 3, 12));
    }
}
