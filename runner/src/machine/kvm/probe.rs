use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use guests::Mode;
use kvm_bindings::{kvm_segment, kvm_sregs};
use x86::control::{CR0_PE, CR0_PG, CR4_PAE, EFER_LMA, EFER_LME};
use x86::segment::kind;

use super::causes::failed;
use super::open::{self, Host};
use super::sys;
use super::unit::Unit;
use super::vm::Config;
use crate::machine::Trouble;

/// Entries of which the fastest tells how fast KVM is here.
const ENTRIES: usize = 12;
/// How many entries a tick is worth: a trial of the usual kind needs a few dozen, on a busy host it may have to wait.
const ENTRIES_PER_TICK: u32 = 1500;
/// Bounds of the tick.
const TICK: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_millis(400);

/// What a machine finds out when it is opened.
pub(super) struct Probe {
    /// The modes that do not run here, with words for people.
    pub(super) modes: BTreeMap<Mode, String>,
    /// How long a tick must be, so that it does not fall into ordinary trials: KVM on an emulated processor is slow.
    pub(super) tick: Duration,
}

impl Probe {
    /// Tries out a processor.
    pub(super) fn run(host: &Host) -> Result<Self, Trouble> {
        let mut unit = Unit::create(host, Config { cpus: 1, x2apic: false }, &[])?;
        let tick = tick(&mut unit)?;
        Ok(Self { modes: modes(&unit)?, tick })
    }
}

/// Times KVM_RUN, without entering the guest.
fn tick(unit: &mut Unit) -> Result<Duration, Trouble> {
    let mut fastest = *TICK.end();
    for _ in 0..ENTRIES {
        let began = Instant::now();
        sys::complete(&mut unit.first.fd)?;
        fastest = fastest.min(began.elapsed());
    }
    Ok((fastest * ENTRIES_PER_TICK).clamp(*TICK.start(), *TICK.end()))
}

/// The modes that this KVM does not take over from KVM_SET_SREGS, with words for people.
fn modes(unit: &Unit) -> Result<BTreeMap<Mode, String>, Trouble> {
    let fresh = unit.first.fd.get_sregs().map_err(|errno| failed("KVM_GET_SREGS", errno))?;
    let mut lacking = BTreeMap::new();
    for mode in Mode::ALL {
        let wanted = start(&fresh, mode);
        unit.first.fd.set_sregs(&wanted).map_err(|errno| failed("KVM_SET_SREGS", errno))?;
        let got = unit.first.fd.get_sregs().map_err(|errno| failed("KVM_GET_SREGS", errno))?;
        let kept = got.cr0 & CR0_PG == wanted.cr0 & CR0_PG && got.efer == wanted.efer;
        if !kept {
            lacking.insert(mode, open::mode_words(mode));
        }
    }
    Ok(lacking)
}

fn start(fresh: &kvm_sregs, mode: Mode) -> kvm_sregs {
    let mut sregs = *fresh;
    if mode == Mode::Real {
        return sregs;
    }
    let long = mode == Mode::Long;
    let code = kvm_segment {
        base: 0,
        limit: u32::MAX,
        selector: guests::map::selector::KERNEL_CS,
        type_: kind::FLAT_CODE,
        present: 1,
        db: u8::from(!long),
        s: 1,
        l: u8::from(long),
        g: 1,
        ..kvm_segment::default()
    };
    let data = kvm_segment { selector: guests::map::selector::KERNEL_DS, type_: kind::FLAT_DATA, db: 1, l: 0, ..code };
    sregs.cs = code;
    (sregs.ds, sregs.es, sregs.fs, sregs.gs, sregs.ss) = (data, data, data, data, data);
    sregs.cr0 |= CR0_PE | CR0_PG;
    sregs.cr3 = guests::map::PAGE_TABLES.start;
    if long {
        sregs.cr4 |= CR4_PAE;
        sregs.efer |= EFER_LME | EFER_LMA;
    }
    sregs
}
