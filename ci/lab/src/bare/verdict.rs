//! What the model leaves behind: the digests by which the supervisor itself tells a guest that agrees from one that does not.
//!
//! The screen of a physical machine shows no more than that; the suite's judgement is of the answers, which the serial port sends.

use std::sync::Arc;

use guests::abi::layout;
use guests::{Guest, map};
use runner::machine::model::ModelMachine;
use runner::machine::{ExitKind, Machine, Session, Trouble, Way};
use runner::terms::{Path, Vendor};
use x86::svm::IntCtl;

use super::fnv::Fnv;

/// The interrupt controls that a digest holds; the others are nobody's expectation, or undefined.
pub(super) const INT_CTL_SEEN: u32 = IntCtl::new().with_v_gif(true).with_v_nmi(true).with_v_nmi_mask(true).into_bits();

/// The digests of all that the model allows; none of a run that does not end by `done`.
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
    digest.add(&session.registers(0)?.general[4].to_le_bytes());
    digest.add(&reserved);
    let slots = map::RING.step_by(map::RECORD_SIZE as usize).take(u32::from_le_bytes(reserved) as usize);
    for at in slots {
        let mut record = [0; layout::USED as usize];
        session.read(at, &mut record)?;
        add(&mut digest, &record);
    }
    Ok(Some(digest.value()))
}

/// A record as the digest takes it: as it is, but of what a #VMEXIT left only what the manual defines.
fn add(digest: &mut Fnv, record: &[u8; layout::USED as usize]) {
    let word = |at: u64| u32::from_le_bytes(std::array::from_fn(|byte| record[at as usize + byte]));
    let slot = |index: u64| layout::STACK + 8 * index;
    let bytes = |from: u64, to: u64| &record[from as usize..to as usize];
    if word(layout::TAG) & u32::from(layout::EXIT) != u32::from(layout::EXIT) {
        return digest.add(record);
    }
    let exit_interrupt = word(slot(1));
    // Behind VMEXIT_INVALID the manual leaves it open.
    let valid = if exit_interrupt >> 31 == 1 && word(slot(0)) != u32::MAX { exit_interrupt } else { 0 };
    digest.add(bytes(0, slot(1)));
    digest.add(&valid.to_le_bytes());
    digest.add(bytes(slot(2), slot(3)));
    digest.add(&(word(slot(3)) & INT_CTL_SEEN).to_le_bytes());
    digest.add(&(word(slot(3) + 4) & 1).to_le_bytes());
}
