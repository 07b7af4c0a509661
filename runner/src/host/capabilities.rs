use kvm_ioctls::Kvm;

/// The capabilities of KVM that the suite depends on (KVM API document, "KVM_CHECK_EXTENSION").
const NAMED: [(&str, u64); 11] = [
    ("KVM_CAP_IRQCHIP", 0),
    ("KVM_CAP_SET_GUEST_DEBUG", 23),
    ("KVM_CAP_SYNC_REGS", 74),
    ("KVM_CAP_SIGNAL_MSI", 77),
    ("KVM_CAP_X86_SMM", 117),
    ("KVM_CAP_X2APIC_API", 129),
    ("KVM_CAP_IMMEDIATE_EXIT", 136),
    ("KVM_CAP_NESTED_STATE", 157),
    ("KVM_CAP_BINARY_STATS_FD", 203),
    ("KVM_CAP_PMU_CAPABILITY", 212),
    ("KVM_CAP_X86_TRIPLE_FAULT_EVENT", 218),
];

/// The capabilities with what KVM_CHECK_EXTENSION returns for each; empty if /dev/kvm cannot be opened.
pub(super) fn read() -> Vec<(String, i32)> {
    let Ok(kvm) = Kvm::new() else { return Vec::new() };
    NAMED.iter().map(|&(name, number)| (name.to_owned(), kvm.check_extension_raw(number))).collect()
}
