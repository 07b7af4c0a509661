//! How a host's KVM virtualizes NMIs.

use std::fmt;

use super::facts::HostFacts;

/// How a host's KVM virtualizes NMIs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// AMD without NMI virtualization.
    AmdEventInjection,
    /// AMD with NMI virtualization (AMD APM vol. 2, "NMI Virtualization").
    AmdVnmi,
    /// Intel without the "virtual NMIs" control.
    IntelSoftVnmi,
    /// Intel with it (Intel SDM vol. 3, "Pin-Based VM-Execution Controls").
    IntelVnmi,
    /// A module that is neither kvm_amd nor kvm_intel.
    Other(String),
    /// No KVM.
    None,
}

impl Strategy {
    /// The strategies of Linux itself.
    pub const LINUX: [Strategy; 4] =
        [Strategy::AmdEventInjection, Strategy::AmdVnmi, Strategy::IntelSoftVnmi, Strategy::IntelVnmi];

    /// The strategy that follows from `facts`. Both modules clear `vnmi` if the processor lacks the feature, but only
    /// once they drive hardware, so a processor that is known to lack it decides before the parameter does.
    pub fn of(facts: &HostFacts) -> Self {
        let Some(module) = &facts.module else { return Strategy::None };
        let wanted = module.flag("vnmi");
        match module.name.as_str() {
            // The parameter came with the feature, in Linux 6.4.
            "kvm_amd" if wanted == Some(true) && facts.virtual_nmis != Some(false) => Strategy::AmdVnmi,
            "kvm_amd" => Strategy::AmdEventInjection,
            "kvm_intel" if wanted != Some(false) && facts.virtual_nmis != Some(false) => Strategy::IntelVnmi,
            "kvm_intel" => Strategy::IntelSoftVnmi,
            other => Strategy::Other(other.to_owned()),
        }
    }

    /// How KVM or the processor tracks NMI blocking under this strategy, as a sentence.
    pub fn explanation(&self) -> String {
        let words = match self {
            Strategy::AmdEventInjection => {
                "KVM tracks blocking itself: it injects an NMI through EVENTINJ, intercepts IRET, and single-steps past the \
                 IRET before the next NMI"
            }
            Strategy::AmdVnmi => {
                "the processor tracks blocking: V_NMI (bit 11), V_NMI_MASK (bit 12) and V_NMI_ENABLE (bit 26) in the VMCB"
            }
            Strategy::IntelSoftVnmi => {
                "KVM tracks blocking with a flag: it waits for an open interrupt window, and gives up waiting after a second"
            }
            Strategy::IntelVnmi => {
                "the processor tracks blocking: the pin-based controls \"NMI exiting\" (bit 3) and \"virtual NMIs\" (bit 5), \
                 with NMI-window exiting"
            }
            Strategy::Other(module) => {
                return format!("whatever the module {module} does; neither kvm_amd nor kvm_intel runs");
            }
            Strategy::None => "no KVM module is loaded: only the model can run",
        };
        words.to_owned()
    }
}

impl HostFacts {
    /// By which strategy NMIs are virtualized.
    pub fn strategy(&self) -> Strategy {
        Strategy::of(self)
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Strategy::AmdEventInjection => "amd-event-injection",
            Strategy::AmdVnmi => "amd-vnmi",
            Strategy::IntelSoftVnmi => "intel-soft-vnmi",
            Strategy::IntelVnmi => "intel-vnmi",
            Strategy::Other(module) => return f.pad(&format!("other:{module}")),
            Strategy::None => "none",
        };
        f.pad(word)
    }
}
