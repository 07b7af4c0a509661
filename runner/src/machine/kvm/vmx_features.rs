//! What KVM offers to guest hypervisors on Intel's processors.

use kvm_bindings::{CpuId, Msrs, kvm_msr_entry};
use kvm_ioctls::Kvm;
use x86::cpuid::{features_ecx, leaf};
use x86::msr::{VMX_MISC, VMX_TRUE_PIN, VMX_TRUE_PROCESSOR};
use x86::vmx::{Allowed, Misc, Pin, Processor};

use super::ioctl_error::IoctlResult;
use crate::machine::{Cannot, Trouble};

/// The capability registers that decide what a case can require.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VmxFeatures {
    /// IA32_VMX_TRUE_PINBASED_CTLS.
    pin: Allowed,
    /// IA32_VMX_TRUE_PROCBASED_CTLS.
    processor: Allowed,
    misc: Misc,
}

impl VmxFeatures {
    /// `None` if guests are offered no VMX.
    ///
    /// Errors: the registers cannot be read although KVM offers VMX.
    pub(super) fn read(kvm: &Kvm, cpuid: &CpuId) -> Result<Option<Self>, Trouble> {
        let offered = |leaf: &&kvm_bindings::kvm_cpuid_entry2| {
            leaf.function == leaf::FEATURES && leaf.ecx & features_ecx::VMX != 0
        };
        if !cpuid.as_slice().iter().any(|leaf| offered(&leaf)) {
            return Ok(None);
        }
        let wanted = [VMX_TRUE_PIN, VMX_TRUE_PROCESSOR, VMX_MISC];
        let entries = wanted.map(|index| kvm_msr_entry { index, ..kvm_msr_entry::default() });
        let mut msrs = Msrs::from_entries(&entries).map_err(|_| Cannot::ListMsrs { count: entries.len() })?;
        kvm.get_msrs(&mut msrs).ioctl("KVM_GET_MSRS")?;
        let of = |index: u32| msrs.as_slice().iter().find(|entry| entry.index == index).map_or(0, |entry| entry.data);
        Ok(Some(Self {
            pin: of(VMX_TRUE_PIN).into(),
            processor: of(VMX_TRUE_PROCESSOR).into(),
            misc: of(VMX_MISC).into(),
        }))
    }

    /// Virtual NMIs may be 1.
    pub(super) fn virtual_nmis(&self) -> bool {
        Pin::from_bits(self.pin.may_be_1()).virtual_nmis()
    }

    /// NMI-window exiting may be 1.
    pub(super) fn nmi_window(&self) -> bool {
        Processor::from_bits(self.processor.may_be_1()).nmi_window()
    }

    /// The activity state HLT can be entered.
    pub(super) fn activity_hlt(&self) -> bool {
        self.misc.activity_hlt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_1_is_in_the_upper_half() {
        let none = VmxFeatures { pin: 0x28.into(), processor: (1 << 22).into(), misc: Misc::new() };
        assert_eq!((none.virtual_nmis(), none.nmi_window(), none.activity_hlt()), (false, false, false));
        let all = VmxFeatures { pin: (0x28 << 32).into(), processor: (1 << 54).into(), misc: Misc::from_bits(0x40) };
        assert_eq!((all.virtual_nmis(), all.nmi_window(), all.activity_hlt()), (true, true, true));
    }
}
