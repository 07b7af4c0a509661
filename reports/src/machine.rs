//! What the name of a machine in a trial's id says of it.

use crate::Vendor;

/// The name of this host's KVM.
pub const KVM: &str = "kvm";

/// The kind of machine that a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MachineKind {
    /// The host's KVM.
    Kvm,
    /// The model of a vendor's processors; `None` if no such vendor is known.
    Model(Option<Vendor>),
    /// AMD's model with a fault.
    Faulty,
    /// Any other, such as a processor without an operating system.
    Other,
}

impl MachineKind {
    /// Of the machine with this name: `kvm`, `model:VENDOR`, `faulty:FAULT` or another.
    pub(crate) fn of(name: &str) -> Self {
        match name.split_once(':') {
            None if name == KVM => MachineKind::Kvm,
            Some(("model", vendor)) => {
                MachineKind::Model([Vendor::Amd, Vendor::Intel].into_iter().find(|one| one.name() == vendor))
            }
            Some(("faulty", _)) => MachineKind::Faulty,
            _ => MachineKind::Other,
        }
    }

    /// The vendor that it tells. `None` for machines that follow the host's processor.
    pub(crate) fn vendor(self) -> Option<Vendor> {
        match self {
            MachineKind::Model(vendor) => vendor,
            MachineKind::Faulty => Some(Vendor::Amd),
            MachineKind::Kvm | MachineKind::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_the_kind_and_the_vendor_of_a_machine() {
        for (name, kind, vendor) in [
            ("kvm", MachineKind::Kvm, None),
            ("model:amd", MachineKind::Model(Some(Vendor::Amd)), Some(Vendor::Amd)),
            ("model:intel", MachineKind::Model(Some(Vendor::Intel)), Some(Vendor::Intel)),
            ("model:via", MachineKind::Model(None), None),
            ("faulty:deaf", MachineKind::Faulty, Some(Vendor::Amd)),
            ("bare:qemu", MachineKind::Other, None),
            ("kvm:other", MachineKind::Other, None),
            ("model", MachineKind::Other, None),
            ("", MachineKind::Other, None),
        ] {
            assert_eq!((MachineKind::of(name), MachineKind::of(name).vendor()), (kind, vendor), "{name}");
        }
    }
}
