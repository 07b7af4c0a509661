//! How to switch a host to another strategy.

use super::facts::HostFacts;
use super::kernel::series;
use super::strategy::Strategy;
use crate::terms::Vendor;

/// The first kernel whose kvm_amd knows NMI virtualization.
const AMD_VNMI_KERNEL: (u32, u32) = (6, 4);

impl HostFacts {
    /// One line for each of Linux's strategies that does not run here: the commands that switch to it, or why it
    /// cannot run on this host.
    pub fn how_to_switch(&self) -> Vec<String> {
        let now = self.strategy();
        let others = Strategy::LINUX.into_iter().filter(|strategy| *strategy != now);
        others.map(|strategy| format!("{strategy}: {}", self.way_to(&strategy))).collect()
    }

    fn way_to(&self, strategy: &Strategy) -> String {
        let (vendor, module, vnmi) = match strategy {
            Strategy::AmdEventInjection => (Vendor::Amd, "kvm_amd", false),
            Strategy::AmdVnmi => (Vendor::Amd, "kvm_amd", true),
            Strategy::IntelSoftVnmi => (Vendor::Intel, "kvm_intel", false),
            Strategy::IntelVnmi => (Vendor::Intel, "kvm_intel", true),
            Strategy::Other(_) | Strategy::None => return "not one of Linux's own".to_owned(),
        };
        let (processor, extension) = match vendor {
            Vendor::Amd => ("an AMD", "SVM"),
            Vendor::Intel => ("an Intel", "VMX"),
        };
        if self.vendor != vendor {
            return format!("needs {processor} processor; this one is {}", self.vendor_id);
        }
        if !self.has_virtualization() {
            return format!("this processor shows no {extension} to its kernel");
        }
        if vnmi && self.virtual_nmis == Some(false) {
            return match vendor {
                Vendor::Amd if older(&self.kernel, AMD_VNMI_KERNEL) => {
                    format!("kvm_amd knows it from Linux 6.4 on; this is {}", self.kernel)
                }
                Vendor::Amd => "this processor has no NMI virtualization; Zen 4 and later have it".to_owned(),
                Vendor::Intel => "this processor has no \"virtual NMIs\" control".to_owned(),
            };
        }
        let load = match (module, vnmi) {
            // Without the parameter, kvm_amd before 6.4 always injects events.
            ("kvm_amd", false) if older(&self.kernel, AMD_VNMI_KERNEL) => "modprobe kvm_amd".to_owned(),
            // NMI virtualization needs virtual GIF.
            ("kvm_amd", true) => "modprobe kvm_amd vnmi=1 vgif=1".to_owned(),
            _ => format!("modprobe {module} vnmi={}", u8::from(vnmi)),
        };
        match &self.module {
            Some(loaded) => format!("modprobe -r {} && {load}  (with no guest running)", loaded.name),
            None => load,
        }
    }

    /// Whether SVM or VMX is there, as far as the module and the flags tell.
    fn has_virtualization(&self) -> bool {
        self.virtualization
            || self.module.as_ref().is_some_and(|module| matches!(module.name.as_str(), "kvm_amd" | "kvm_intel"))
    }
}

/// Whether a kernel release is older than a version; false if it names none.
fn older(release: &str, version: (u32, u32)) -> bool {
    series(release).is_some_and(|series| series < version)
}
