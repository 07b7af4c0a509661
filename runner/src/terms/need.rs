//! What a case can require of a machine, and the words for it in case files.

use super::words;

words! {
    /// What a case can require of a machine, beyond what every machine has.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Need {
        /// System-management mode: KVM_CAP_X86_SMM.
        Smm = "smm",
        /// A performance counter that overflows: a guest PMU.
        Pmu = "pmu",
        /// A second processor.
        Peer = "peer",
        /// In-kernel I/O APIC.
        IoApic = "ioapic",
        /// x2APIC mode of the local APIC.
        X2Apic = "x2apic",
        /// KVM_SIGNAL_MSI.
        Msi = "msi",
        /// Hardware breakpoints through KVM_SET_GUEST_DEBUG.
        Breakpoint = "breakpoint",
        /// AMD's secure virtual machine for the guest: VMRUN.
        Svm = "svm",
        /// NMI virtualization for the guest's own guest (AMD).
        Vnmi = "vnmi",
        /// The virtual global interrupt flag for the guest's own guest (AMD).
        Vgif = "vgif",
        /// The intercept of an idle HLT for the guest's own guest (AMD).
        IdleHlt = "idle-hlt",
        /// Intel's virtual-machine extensions for the guest: VMXON.
        Vmx = "vmx",
        /// Virtual NMIs for the guest's own guest (Intel).
        VirtualNmis = "virtual-nmis",
        /// NMI-window exiting for the guest (Intel).
        NmiWindow = "nmi-window",
        /// VM entry into the activity state HLT (Intel).
        ActivityHlt = "activity-hlt",
        /// A host program that looks at the guest and acts on it.
        Host = "host",
        /// An AMD processor.
        Amd = "amd",
        /// An Intel processor.
        Intel = "intel",
    }
}
