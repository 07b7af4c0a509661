//! What a machine lacks that a trial needs.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{ModelLack, Trouble};
use crate::Vendor;

/// What a machine lacks that a trial needs, so that the trial is skipped.
#[derive(Clone, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// The machine itself: it could not be opened.
    #[error("{0}")]
    Machine(Box<Trouble>),
    /// A mode: KVM does not keep its control registers.
    #[error("this KVM does not keep CR0 and EFER as {mode} mode needs them (KVM_SET_SREGS, then KVM_GET_SREGS)")]
    Mode {
        /// Its name.
        mode: String,
    },
    /// Something of this host's KVM.
    #[error("{0}")]
    Kvm(KvmLack),
    /// Something of the modelled processor.
    #[error("{0}")]
    Model(ModelLack),
    /// Something of the bare machine.
    #[error("{0}")]
    Bare(BareLack),
    /// Something that a planted fault took away.
    #[error("the faulty machine has no {need}")]
    Faulty {
        /// Its name in case files.
        need: String,
    },
}

/// What this host's KVM lacks.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KvmLack {
    /// A capability: KVM_CHECK_EXTENSION says 0.
    #[error("this KVM {0}")]
    Capability(Capability),
    /// x2APIC mode.
    #[error("KVM_GET_SUPPORTED_CPUID does not offer x2APIC")]
    X2Apic,
    /// Performance counters.
    #[error("guests have no performance counters here (kvm.enable_pmu, KVM_CAP_PMU_CAPABILITY)")]
    Pmu,
    /// Guests that are hypervisors.
    #[error(
        "guests have no {} here ({}.nested=N, or KVM_CAP_NESTED_STATE is 0)",
        .vendor.virtualization(), .vendor.kvm_module()
    )]
    Virtualization {
        /// Whose virtualization.
        vendor: Vendor,
    },
    /// A feature of the virtualization that guests have.
    #[error("{0} here")]
    Feature(NestedFeature),
    /// A processor of this vendor.
    #[error("the processor is not {}'s", .vendor.title())]
    Vendor {
        /// The one that is needed.
        vendor: Vendor,
    },
}

/// A capability of KVM that is 0.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// KVM_CAP_X86_SMM.
    #[error("has no system-management mode (KVM_CAP_X86_SMM is 0; CONFIG_KVM_SMM)")]
    X86Smm,
    /// KVM_CAP_IRQCHIP.
    #[error("has no in-kernel interrupt controllers (KVM_CAP_IRQCHIP is 0)")]
    Irqchip,
    /// KVM_CAP_SIGNAL_MSI.
    #[error("has no KVM_SIGNAL_MSI (KVM_CAP_SIGNAL_MSI is 0)")]
    SignalMsi,
    /// KVM_CAP_SET_GUEST_DEBUG.
    #[error("cannot set hardware breakpoints (KVM_CAP_SET_GUEST_DEBUG is 0)")]
    SetGuestDebug,
}

/// A feature of virtualization that a guest hypervisor does not have.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NestedFeature {
    /// NMI virtualization (AMD).
    #[error("guests' guests have no NMI virtualization")]
    Vnmi,
    /// The virtual global interrupt flag (AMD).
    #[error("guests' guests have no virtual GIF")]
    Vgif,
    /// The intercept of an idle HLT (AMD).
    #[error("guests' guests have no intercept of idle HLT")]
    IdleHlt,
    /// Virtual NMIs (Intel).
    #[error("guests' guests have no virtual NMIs")]
    VirtualNmis,
    /// NMI-window exiting (Intel).
    #[error("guest hypervisors have no NMI-window exiting")]
    NmiWindow,
    /// VM entry into the activity state HLT (Intel).
    #[error("guest hypervisors cannot enter the activity state HLT")]
    ActivityHlt,
}

/// What the bare machine lacks.
#[derive(Clone, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BareLack {
    /// A host program.
    #[error("nothing runs beside the guest on a bare machine")]
    Host,
    /// Something that is the host's.
    #[error("only a host has this, and nothing runs beside a bare machine's guest")]
    OfHost,
    /// A second processor.
    #[error("the bare machine starts one processor")]
    Peer,
    /// System-management mode.
    #[error("the bare machine leaves system-management mode to the firmware")]
    Smm,
    /// Performance counters.
    #[error("the bare machine does not use performance counters")]
    Pmu,
    /// A processor of the vendor that is needed.
    #[error("the processor is the other vendor's")]
    Vendor,
    /// A feature of its processor.
    #[error("this processor has no {need}")]
    Feature {
        /// Its name in case files.
        need: String,
    },
}

impl From<KvmLack> for Lack {
    fn from(lack: KvmLack) -> Self {
        Self::Kvm(lack)
    }
}

impl From<ModelLack> for Lack {
    fn from(lack: ModelLack) -> Self {
        Self::Model(lack)
    }
}

impl From<BareLack> for Lack {
    fn from(lack: BareLack) -> Self {
        Self::Bare(lack)
    }
}

impl From<Trouble> for Lack {
    /// Of a machine that could not be opened.
    fn from(trouble: Trouble) -> Self {
        Self::Machine(Box::new(trouble))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::samples::snapshot;

    /// One of each kind.
    fn lacks() -> Vec<Lack> {
        use Capability::{Irqchip, SetGuestDebug, SignalMsi, X86Smm};
        use NestedFeature::{ActivityHlt, IdleHlt, NmiWindow, Vgif, VirtualNmis, Vnmi};
        let vendors = [Vendor::Amd, Vendor::Intel];
        let device = Trouble::NoDevice { device: "/dev/kvm".to_owned(), errno: 6, owner: None };
        let mut all = vec![device.into(), Lack::Mode { mode: "long".to_owned() }];
        all.extend([X86Smm, Irqchip, SignalMsi, SetGuestDebug].map(|lack| KvmLack::Capability(lack).into()));
        all.extend([KvmLack::X2Apic, KvmLack::Pmu].map(Lack::Kvm));
        all.extend(vendors.map(|vendor| KvmLack::Virtualization { vendor }.into()));
        let features = [Vnmi, Vgif, IdleHlt, VirtualNmis, NmiWindow, ActivityHlt];
        all.extend(features.map(|lack| KvmLack::Feature(lack).into()));
        all.extend(vendors.map(|vendor| KvmLack::Vendor { vendor }.into()));
        all.extend(vendors.map(|vendor| ModelLack::Vendor { vendor }.into()));
        all.extend(vendors.map(|vendor| ModelLack::Virtualization { vendor }.into()));
        use BareLack::{Feature, Host, OfHost, Peer, Pmu, Smm};
        all.extend([Host, OfHost, Peer, Smm, Pmu, BareLack::Vendor].map(Lack::Bare));
        all.extend([Feature { need: "x2apic".to_owned() }.into(), Lack::Faulty { need: "smm".to_owned() }]);
        all
    }

    #[test]
    fn each_has_words_of_its_own() {
        let words: Vec<String> = lacks().iter().map(Lack::to_string).collect();
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len(), "{words:#?}");
        snapshot("lack-words", &words.join("\n"));
    }

    #[test]
    fn a_saved_one_comes_back_as_it_was() {
        for lack in lacks() {
            let text = serde_json::to_string(&lack).expect("JSON");
            assert_eq!(serde_json::from_str::<Lack>(&text).expect(&text), lack);
        }
        let text = serde_json::to_string(&Lack::Kvm(KvmLack::Virtualization { vendor: Vendor::Amd })).expect("JSON");
        assert_eq!(text, r#"{"kvm":{"virtualization":{"vendor":"amd"}}}"#);
    }
}
