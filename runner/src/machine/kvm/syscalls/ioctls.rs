//! Ioctls that kvm-ioctls has no safe wrapper for.

use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};

use kvm_bindings::{kvm_ioapic_state, kvm_irqchip, kvm_xsave};
use kvm_ioctls::VcpuFd;

use super::super::ioctl_error::IoctlResult;
use crate::machine::Trouble;

/// KVM_GET_STATS_FD: `_IO(0xAE, 0xCE)`.
const KVM_GET_STATS_FD: libc::c_ulong = 0xaece;

/// KVM_SET_XSAVE, for a state no larger than `kvm_xsave`: this program does not enable dynamic features.
pub(crate) fn set_xsave(vcpu: &VcpuFd, state: &kvm_xsave) -> Result<(), Trouble> {
    // SAFETY: the kernel reads at most 4096 bytes unless arch_prctl enabled dynamic features, which this program does
    // not do; `state` is that large.
    unsafe { vcpu.set_xsave(state) }.ioctl("KVM_SET_XSAVE")
}

/// Changes one redirection entry in what KVM_GET_IRQCHIP gave for chip 2, the I/O APIC.
pub(crate) fn set_ioapic_entry(chip: &mut kvm_irqchip, pin: usize, entry: u64) {
    // SAFETY: every bit pattern is valid for the fields of `kvm_ioapic_state`, which is the arm in use for chip 2.
    let ioapic: &mut kvm_ioapic_state = unsafe { &mut chip.chip.ioapic };
    if let Some(slot) = ioapic.redirtbl.get_mut(pin) {
        slot.bits = entry;
    }
}

/// One redirection entry of the I/O APIC.
#[cfg(test)]
pub(crate) fn read_ioapic_entry(chip: &kvm_irqchip, pin: usize) -> u64 {
    // SAFETY: as in `set_ioapic_entry`; both arms of an entry are plain bits.
    unsafe { chip.chip.ioapic.redirtbl.get(pin).map_or(0, |entry| entry.bits) }
}

/// KVM_GET_STATS_FD; `None` if the kernel has no such ioctl (before 5.14).
pub(crate) fn statistics_file(vcpu: &VcpuFd) -> Option<File> {
    // SAFETY: the ioctl takes no argument and returns a new descriptor or -1.
    let fd: RawFd = unsafe { libc::ioctl(vcpu.as_raw_fd(), KVM_GET_STATS_FD, 0) };
    // SAFETY: `fd` is open and owned by nobody else.
    (fd >= 0).then(|| unsafe { File::from_raw_fd(fd) })
}
