//! Which model-specific registers are reset, saved and restored.

use kvm_bindings::{Msrs, kvm_msr_entry};
use kvm_ioctls::VcpuFd;
use x86::msr;

use super::super::capabilities::Host;
use super::super::ioctl_error::IoctlResult;
use crate::machine::{Cannot, Trouble};

/// Most entries one KVM_GET_MSRS or KVM_SET_MSRS takes: fewer than MAX_IO_MSRS (256).
const MOST: usize = 255;

/// The values of a new processor in every MSR that can be written back, except the time-stamp counter.
pub(crate) fn resettable(host: &Host, vcpu: &VcpuFd) -> Result<Msrs, Trouble> {
    // Feature MSRs, which a guest cannot change.
    let features = host.kvm.get_msr_feature_index_list().ioctl("KVM_GET_MSR_FEATURE_INDEX_LIST")?;
    let mut kept = readable(host, vcpu)?;
    kept.retain(|entry| entry.index != msr::TSC && !features.as_slice().contains(&entry.index));
    let mut msrs = entries(&kept)?;
    // KVM_SET_MSRS stops at the first it refuses: drop that one and go on.
    loop {
        let written = vcpu.set_msrs(&msrs).ioctl("KVM_SET_MSRS")?;
        if written >= kept.len() {
            return Ok(msrs);
        }
        kept.remove(written);
        msrs = entries(&kept)?;
    }
}

/// Every MSR of KVM_GET_MSR_INDEX_LIST that can be read, with its value.
pub(crate) fn readable(host: &Host, vcpu: &VcpuFd) -> Result<Vec<kvm_msr_entry>, Trouble> {
    let list = host.kvm.get_msr_index_list().ioctl("KVM_GET_MSR_INDEX_LIST")?;
    let mut wanted: Vec<kvm_msr_entry> =
        list.as_slice().iter().map(|&index| kvm_msr_entry { index, ..kvm_msr_entry::default() }).collect();
    let mut found = Vec::with_capacity(wanted.len());
    while !wanted.is_empty() {
        let mut batch = entries(wanted.get(..MOST).unwrap_or(&wanted))?;
        let read = vcpu.get_msrs(&mut batch).ioctl("KVM_GET_MSRS")?;
        let asked = batch.as_slice().len();
        found.extend_from_slice(batch.as_slice().get(..read).unwrap_or_default());
        // The one it stopped at cannot be read.
        wanted.drain(..if read < asked { read + 1 } else { asked });
    }
    Ok(found)
}

/// Writes all of them.
pub(crate) fn set_all(vcpu: &VcpuFd, msrs: &Msrs) -> Result<(), Trouble> {
    let written = vcpu.set_msrs(msrs).ioctl("KVM_SET_MSRS")?;
    match msrs.as_slice().get(written) {
        None => Ok(()),
        Some(entry) => Err(Cannot::SetMsr { index: entry.index, value: entry.data }.into()),
    }
}

/// Writes one MSR. Errors: KVM refuses the value.
pub(crate) fn set_one(vcpu: &VcpuFd, index: u32, data: u64) -> Result<(), Trouble> {
    set_all(vcpu, &entries(&[kvm_msr_entry { index, data, ..kvm_msr_entry::default() }])?)
}

/// Writes those that can be written. Errors: KVM refuses one that does not already hold the value.
pub(crate) fn set_possible(vcpu: &VcpuFd, saved: &[kvm_msr_entry]) -> Result<(), Trouble> {
    let mut rest = saved;
    while !rest.is_empty() {
        let batch = rest.get(..MOST).unwrap_or(rest);
        let written = vcpu.set_msrs(&entries(batch)?).ioctl("KVM_SET_MSRS")?;
        if let Some(refused) = batch.get(written) {
            check_equal(vcpu, refused)?;
        }
        rest = rest.get((written + 1).min(batch.len()).max(1)..).unwrap_or_default();
    }
    Ok(())
}

fn check_equal(vcpu: &VcpuFd, wanted: &kvm_msr_entry) -> Result<(), Trouble> {
    let mut one = entries(&[kvm_msr_entry { index: wanted.index, ..kvm_msr_entry::default() }])?;
    let read = vcpu.get_msrs(&mut one).ioctl("KVM_GET_MSRS")?;
    match one.as_slice().first() {
        Some(entry) if read == 1 && entry.data == wanted.data => Ok(()),
        _ => Err(Cannot::SetMsr { index: wanted.index, value: wanted.data }.into()),
    }
}

fn entries(list: &[kvm_msr_entry]) -> Result<Msrs, Trouble> {
    Msrs::from_entries(list).map_err(|_| Cannot::ListMsrs { count: list.len() }.into())
}
