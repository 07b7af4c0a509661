//! The vendor whose manual applies to a trial.

use serde::{Deserialize, Serialize};

/// A vendor whose manual a machine follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vendor {
    /// AMD.
    Amd,
    /// Intel.
    Intel,
}

impl Vendor {
    /// Its name in the ids of machines and in requests for cases.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Vendor::Amd => "amd",
            Vendor::Intel => "intel",
        }
    }

    /// Its name in sentences.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Vendor::Amd => "AMD",
            Vendor::Intel => "Intel",
        }
    }

    /// The name of its virtualization.
    pub(crate) fn virtualization(self) -> &'static str {
        match self {
            Vendor::Amd => "SVM",
            Vendor::Intel => "VMX",
        }
    }

    /// The module of KVM for its processors.
    pub(crate) fn kvm_module(self) -> &'static str {
        match self {
            Vendor::Amd => "kvm_amd",
            Vendor::Intel => "kvm_intel",
        }
    }

    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Vendor::Amd => Vendor::Intel,
            Vendor::Intel => Vendor::Amd,
        }
    }

    /// The vendor whose manual describes the processor with this name in CPUID.
    pub(crate) fn of_processor(cpuid: &str) -> Option<Self> {
        match cpuid {
            "AuthenticAMD" | "HygonGenuine" => Some(Vendor::Amd),
            "GenuineIntel" | "CentaurHauls" | "  Shanghai  " => Some(Vendor::Intel),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_cpuid_tells_the_vendor() {
        assert_eq!(Vendor::of_processor("HygonGenuine"), Some(Vendor::Amd));
        assert_eq!(Vendor::of_processor("CentaurHauls"), Some(Vendor::Intel));
        assert_eq!(Vendor::of_processor("amd"), None);
    }
}
