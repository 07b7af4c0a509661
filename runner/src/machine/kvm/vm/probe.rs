//! What is measured on a virtual machine when KVM is opened: how fast it is, and which modes it runs.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use guests::Mode;
use kvm_bindings::{kvm_segment, kvm_sregs};
use x86::control::{CR0_PE, CR0_PG, CR4_PAE, EFER_LMA, EFER_LME};
use x86::segment::kind;

use super::super::capabilities::Host;
use super::super::ioctl_error::IoctlResult;
use super::super::syscalls;
use super::virtual_machine::{Config, Vm};
use crate::machine::Trouble;

/// How many times KVM_RUN is measured; the fastest counts.
const ENTRIES: usize = 12;
/// The length of a tick in entries: a usual trial needs a few dozen, and may have to wait on a busy host.
const ENTRIES_PER_TICK: u32 = 1500;
/// Bounds of the tick.
const TICK: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_millis(400);

/// What a machine finds out when it is opened.
pub(crate) struct Probe {
    /// The modes that do not run here.
    pub(crate) modes: BTreeSet<Mode>,
    /// How long a tick must be so that ordinary trials end before it: KVM on an emulated processor is slow.
    pub(crate) tick: Duration,
}

impl Probe {
    /// Measures a new virtual machine with one processor.
    pub(crate) fn run(host: &Host) -> Result<Self, Trouble> {
        let mut vm = Vm::create(host, Config { processors: 1, x2apic: false }, &[])?;
        let tick = tick(&mut vm)?;
        Ok(Self { modes: modes(&vm)?, tick })
    }
}

/// Times KVM_RUN, without entering the guest.
fn tick(vm: &mut Vm) -> Result<Duration, Trouble> {
    let mut fastest = *TICK.end();
    for _ in 0..ENTRIES {
        let began = Instant::now();
        syscalls::complete(&mut vm.first.fd)?;
        fastest = fastest.min(began.elapsed());
    }
    Ok((fastest * ENTRIES_PER_TICK).clamp(*TICK.start(), *TICK.end()))
}

/// The modes whose CR0 and EFER this KVM does not keep.
fn modes(vm: &Vm) -> Result<BTreeSet<Mode>, Trouble> {
    let fresh = vm.first.fd.get_sregs().ioctl("KVM_GET_SREGS")?;
    let mut lacking = BTreeSet::new();
    for mode in Mode::ALL {
        let wanted = start(&fresh, mode);
        vm.first.fd.set_sregs(&wanted).ioctl("KVM_SET_SREGS")?;
        let got = vm.first.fd.get_sregs().ioctl("KVM_GET_SREGS")?;
        let kept = got.cr0 & CR0_PG == wanted.cr0 & CR0_PG && got.efer == wanted.efer;
        if !kept {
            lacking.insert(mode);
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
