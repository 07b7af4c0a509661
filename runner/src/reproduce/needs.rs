//! What a host must have, as C conditions.

use crate::terms::{Need, Vendor};

/// The condition for a need, and the message where it does not hold; `None` for what every host has.
pub(super) fn condition(need: Need) -> Option<(&'static str, &'static str)> {
    let found = match need {
        Need::Smm => ("kvm_has_cap(KVM_CAP_X86_SMM)", "this KVM has no system-management mode"),
        Need::Pmu => ("kvm_has_cap(KVM_CAP_PMU_CAPABILITY)", "guests have no performance counters here"),
        Need::Peer | Need::IoApic => {
            ("kvm_has_cap(KVM_CAP_IRQCHIP)", "this KVM has no in-kernel interrupt controllers")
        }
        Need::X2Apic => {
            ("offered(@LEAF_FEATURES@, 'c') & 1u << @BIT_X2APIC@", "KVM_GET_SUPPORTED_CPUID does not offer x2APIC")
        }
        Need::Msi => ("kvm_has_cap(KVM_CAP_SIGNAL_MSI)", "this KVM has no KVM_SIGNAL_MSI"),
        Need::Breakpoint => ("kvm_has_cap(KVM_CAP_SET_GUEST_DEBUG)", "this KVM cannot set hardware breakpoints"),
        Need::Svm => (
            "offered(@LEAF_EXTENDED_FEATURES@, 'c') & 1u << @BIT_SVM@ && kvm_has_cap(KVM_CAP_NESTED_STATE)",
            "guests have no SVM here (an Intel host, or kvm_amd.nested=N)",
        ),
        Need::Vnmi => ("offered(@LEAF_SVM@, 'd') & 1u << @BIT_VNMI@", "guests' guests have no NMI virtualization here"),
        Need::Vgif => ("offered(@LEAF_SVM@, 'd') & 1u << @BIT_VGIF@", "guests' guests have no virtual GIF here"),
        Need::IdleHlt => {
            ("offered(@LEAF_SVM@, 'd') & 1u << @BIT_IDLE_HLT@", "guests' guests have no intercept of idle HLT here")
        }
        Need::Vmx => (
            "offered(@LEAF_FEATURES@, 'c') & 1u << @BIT_VMX@ && kvm_has_cap(KVM_CAP_NESTED_STATE)",
            "guests have no VMX here (an AMD host, or kvm_intel.nested=N)",
        ),
        Need::VirtualNmis => (
            "feature_msr(@MSR_TRUE_PIN@) >> @MAY_BE_1@ & 1u << @BIT_VIRTUAL_NMIS@",
            "guests' guests have no virtual NMIs here",
        ),
        Need::NmiWindow => (
            "feature_msr(@MSR_TRUE_PROCESSOR@) >> @MAY_BE_1@ & 1u << @BIT_NMI_WINDOW@",
            "guest hypervisors have no NMI-window exiting here",
        ),
        Need::ActivityHlt => (
            "feature_msr(@MSR_MISC@) & 1u << @BIT_ACTIVITY_HLT@",
            "guest hypervisors cannot enter the activity state HLT here",
        ),
        Need::Amd => vendor(Vendor::Amd),
        Need::Intel => vendor(Vendor::Intel),
        Need::Host => return None,
    };
    Some(found)
}

/// The condition for the vendor of the processor.
pub(super) fn vendor(vendor: Vendor) -> (&'static str, &'static str) {
    match vendor {
        Vendor::Amd => ("is_amds()", "what is wanted is of AMD's processors, and this is none"),
        Vendor::Intel => ("!is_amds()", "what is wanted is of Intel's processors, and this is none"),
    }
}

/// `is_amds()`: whether the processor that KVM shows to guests is AMD's.
pub(super) const IS_AMDS: &str = concat!("\n", include_str!("c/amd.c"));

/// `offered()`: a register of a CPUID leaf that KVM offers to guests.
pub(super) const OFFERED: &str = concat!("\n", include_str!("c/offered.c"));

/// The same in a selftest.
pub(super) const OFFERED_SELFTEST: &str = concat!("\n", include_str!("c/offered-selftest.c"));

/// `feature_msr()`: a capability register of VMX, as KVM offers it to guests.
pub(super) const FEATURE_MSR: &str = concat!("\n", include_str!("c/feature-msr.c"));
