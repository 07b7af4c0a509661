use super::words;

words! {
    /// The way by which a trial's NMIs are raised.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Path {
        /// The case raises no NMI by a path.
        None = "none",
        /// KVM_NMI.
        Ioctl = "ioctl",
        /// KVM_SET_VCPU_EVENTS with one more NMI pending than KVM_GET_VCPU_EVENTS said.
        Events = "events",
        /// KVM_SIGNAL_MSI, delivery mode NMI.
        Msi = "msi",
        /// The guest's own write to the interrupt command register in the APIC page.
        XApic = "xapic",
        /// The guest's own write to MSR 830h.
        X2Apic = "x2apic",
        /// A pin of the I/O APIC whose redirection entry has delivery mode NMI.
        IoApic = "ioapic",
        /// An interprocessor interrupt from a second processor on its own thread.
        Ipi = "ipi",
    }
}

impl Path {
    /// Whether the guest itself raises the NMIs, so that a host step cannot.
    pub fn is_guests_own(self) -> bool {
        matches!(self, Path::XApic | Path::X2Apic)
    }
}
