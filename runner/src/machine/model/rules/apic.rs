//! NMIs that come as messages and from the local vector table.

use super::super::Mutant;
use super::Rules;
use crate::terms::Vendor;

impl Rules {
    /// What a message with delivery mode NMI is: an NMI, whatever its vector field says. (Some vector: a fixed interrupt.)
    /// Intel SDM vol. 3, section 10.6.1 "Interrupt Command Register (ICR)" and section 10.11.2 "Message Data Register
    /// Format"; AMD APM vol. 2, section 16.5 "Interprocessor Interrupts (IPI)".
    pub(crate) fn message_vector(self, vector: u8) -> Option<u8> {
        self.is(Mutant::MsiUsesVectorField).then_some(vector)
    }

    /// Whether a software-disabled local APIC takes NMIs: on Intel it does; on AMD it may, and here it does, as in KVM.
    /// Intel SDM vol. 3, section 10.4.7.2 "Local APIC State After It Has Been Software Disabled"; AMD APM vol. 2,
    /// section 16.4.7 "Spurious Interrupts".
    pub(crate) fn disabled_apic_takes_nmis(self) -> bool {
        !self.is(Mutant::DisabledApicDropsNmi)
    }

    /// Whether a local APIC that is disabled in its base register takes messages: none, and NMIs as little as others.
    /// Intel SDM vol. 3, section 10.4.3 "Enabling or Disabling the Local APIC"; AMD APM vol. 2, section 16.3.1.
    pub(crate) fn hardware_disabled_apic_takes_nmis(self) -> bool {
        self.is(Mutant::HardwareDisabledApicTakesNmi)
    }

    /// Whether the NMI pin works while the local APIC is disabled in its base register: it does.
    /// Intel SDM vol. 3, section 6.3.1 "External Interrupts"; KVM API document, "KVM_NMI".
    pub(crate) fn hardware_disabled_apic_leaves_the_pin(self) -> bool {
        !self.is(Mutant::HardwareDisabledApicHasNoPin)
    }

    /// Whether a task priority can hold NMIs back: no, they bypass IRR, ISR and TPR.
    /// Intel SDM vol. 3, section 10.8.3.1 "Task and Processor Priorities" and section 10.8.4 "Interrupt Acceptance for Fixed
    /// Interrupts"; AMD APM vol. 2, section 16.6.3 "Accepting System and IPI Interrupts".
    pub(crate) fn priority_holds_nmis(self) -> bool {
        self.is(Mutant::TprMasksNmi)
    }

    /// Whether an NMI needs an EOI: no.
    /// Intel SDM vol. 3, section 10.8.5 "Signaling Interrupt Servicing Completion"; AMD APM vol. 2, section 16.6.3
    /// "Accepting System and IPI Interrupts".
    pub(crate) fn nmis_need_eoi(self) -> bool {
        self.is(Mutant::NmiNeedsEoi)
    }

    /// Whether the shorthand all-excluding-self reaches the sender: no.
    /// Intel SDM vol. 3, section 10.6.1 "Interrupt Command Register (ICR)"; AMD APM vol. 2, section 16.5
    /// "Interprocessor Interrupts (IPI)".
    pub(crate) fn broadcast_reaches_sender(self) -> bool {
        self.is(Mutant::BroadcastIncludesSelf)
    }

    /// How many NMIs the shorthand all-including-self sends to the sender: one here, as in KVM. Both manuals call the
    /// command invalid.
    /// Intel SDM vol. 3, section 10.6.1 "Interrupt Command Register (ICR)"; AMD APM vol. 2, section 16.5 "Interprocessor
    /// Interrupts (IPI)".
    pub(crate) fn sent_to_all_and_self(self) -> u32 {
        if self.is(Mutant::AllIncludingSelfTwice) { 2 } else { 1 }
    }

    /// Whether a counter's NMI is delivered to the first processor, whoever counted: no, to the one that the counter and
    /// its local APIC belong to.
    /// Intel SDM vol. 3, section 10.5.1 "Local Vector Table"; AMD APM vol. 2, section 16.4 "Local Interrupts".
    pub(crate) fn counters_interrupt_the_first(self) -> bool {
        self.is(Mutant::CounterNmiGoesToTheFirst)
    }

    /// Whether delivery through LVTPC sets its mask bit: on Intel, until software clears it; not on AMD.
    /// Intel SDM vol. 3, section 10.5.1 "Local Vector Table"; AMD APM vol. 2, section 16.4 "Local Interrupts"
    /// (nothing but software sets it); KVM's kvm_apic_local_deliver.
    pub(crate) fn lvtpc_masks_itself(self) -> bool {
        match self.vendor {
            Vendor::Intel => !self.is(Mutant::LvtpcNotMasked),
            Vendor::Amd => self.is(Mutant::LvtpcMasked),
        }
    }

    /// Whether a masked entry of the local vector table delivers: no.
    /// Intel SDM vol. 3, section 10.5.1 "Local Vector Table"; AMD APM vol. 2, section 16.4 "Local Interrupts".
    pub(crate) fn masked_entry_delivers(self) -> bool {
        self.is(Mutant::MaskedLvtpcDelivers)
    }
}
