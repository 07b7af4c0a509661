use super::words;

/// The way by which a trial's NMIs are raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Path {
    /// The case raises none by a path.
    None,
    /// KVM_NMI.
    Ioctl,
    /// KVM_SET_VCPU_EVENTS with one more NMI pending than KVM_GET_VCPU_EVENTS said.
    Events,
    /// KVM_SIGNAL_MSI, delivery mode NMI.
    Msi,
    /// The guest's own write to the interrupt command register in the APIC page.
    XApic,
    /// The guest's own write to MSR 830h.
    X2Apic,
    /// A pin of the I/O APIC whose redirection entry has delivery mode NMI.
    IoApic,
    /// An interprocessor interrupt from a second processor on its own thread.
    Ipi,
}

words!(Path {
    None = "none",
    Ioctl = "ioctl",
    Events = "events",
    Msi = "msi",
    XApic = "xapic",
    X2Apic = "x2apic",
    IoApic = "ioapic",
    Ipi = "ipi",
});

impl Path {
    /// Whether the guest itself raises, so that the host cannot do it for a step of its own.
    pub fn is_guests_own(self) -> bool {
        matches!(self, Path::XApic | Path::X2Apic)
    }
}
