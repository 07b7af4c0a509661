//! What a case can need of a machine beyond the common, and the words of case files for it.

use super::words;

/// What a case needs of a machine beyond the common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// System-management mode: KVM_CAP_X86_SMM.
    Smm,
    /// A performance counter that overflows: a guest PMU.
    Pmu,
    /// A second processor.
    Peer,
    /// In-kernel I/O APIC.
    IoApic,
    /// x2APIC mode of the local APIC.
    X2Apic,
    /// KVM_SIGNAL_MSI.
    Msi,
    /// Hardware breakpoints through KVM_SET_GUEST_DEBUG.
    Breakpoint,
    /// AMD's secure virtual machine for the guest: VMRUN.
    Svm,
    /// NMI virtualization for the guest's own guest (AMD).
    Vnmi,
    /// The virtual global interrupt flag for the guest's own guest (AMD).
    Vgif,
    /// The intercept of an idle HLT for the guest's own guest (AMD).
    IdleHlt,
    /// Intel's virtual-machine extensions for the guest: VMXON.
    Vmx,
    /// Virtual NMIs for the guest's own guest (Intel).
    VirtualNmis,
    /// NMI-window exiting for the guest (Intel).
    NmiWindow,
    /// VM entry into the activity state HLT (Intel).
    ActivityHlt,
    /// A program beside the guest, which looks at it and acts.
    Host,
    /// An AMD processor.
    Amd,
    /// An Intel processor.
    Intel,
}

words!(Need {
    Smm = "smm",
    Pmu = "pmu",
    Peer = "peer",
    IoApic = "ioapic",
    X2Apic = "x2apic",
    Msi = "msi",
    Breakpoint = "breakpoint",
    Svm = "svm",
    Vnmi = "vnmi",
    Vgif = "vgif",
    IdleHlt = "idle-hlt",
    Vmx = "vmx",
    VirtualNmis = "virtual-nmis",
    NmiWindow = "nmi-window",
    ActivityHlt = "activity-hlt",
    Host = "host",
    Amd = "amd",
    Intel = "intel",
});
