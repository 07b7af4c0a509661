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
pub(super) const IS_AMDS: &str = r#"
static int is_amds(void)
{
	uint32_t first = offered(@LEAF_VENDOR@, 'b');

	return !memcmp(&first, "Auth", 4) || !memcmp(&first, "Hygo", 4);
}
"#;

/// `offered()`: a register of a CPUID leaf that KVM offers to guests.
pub(super) const OFFERED: &str = r"
static uint32_t offered(uint32_t function, char which)
{
	struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[256]; } all = { .head.nent = 256 };

	must(kvm, KVM_GET_SUPPORTED_CPUID, &all);
	for (unsigned int i = 0; i < all.head.nent; i++) {
		if (all.entries[i].function == function)
			return which == 'b' ? all.entries[i].ebx : which == 'c' ? all.entries[i].ecx : all.entries[i].edx;
	}
	return 0;
}
";

/// The same in a selftest.
pub(super) const OFFERED_SELFTEST: &str = r"
static uint32_t offered(uint32_t function, char which)
{
	const struct kvm_cpuid2 *all = kvm_get_supported_cpuid();

	for (unsigned int i = 0; i < all->nent; i++) {
		if (all->entries[i].function == function)
			return which == 'b' ? all->entries[i].ebx : which == 'c' ? all->entries[i].ecx : all->entries[i].edx;
	}
	return 0;
}
";

/// `feature_msr()`: a capability register of VMX, as KVM offers it to guests.
pub(super) const FEATURE_MSR: &str = r"
static uint64_t feature_msr(uint32_t index)
{
	struct { struct kvm_msrs head; struct kvm_msr_entry entry; } one = { { .nmsrs = 1 }, { .index = index } };

	return ioctl(@KVM@, KVM_GET_MSRS, &one) == 1 ? one.entry.data : 0;
}
";
