//! The facts about a host that reports show and that known deviations are matched by.

use std::collections::BTreeMap;
use x86::cpuid::{AMD, INTEL};

use reports::{DeviceOwner, HostFact, forbidden};

use crate::terms::{Processor, Vendor};

/// Name of the fact with the version of the stable kernel that the host's kernel is built from, such as `6.1.192`.
pub const KERNEL_VERSION: &str = "kernel version";

/// What was found out about this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFacts {
    /// The vendor whose manual guests are judged by; a processor of neither vendor counts as Intel's.
    pub vendor: Vendor,
    /// The vendor as CPUID spells it: `AuthenticAMD`.
    pub vendor_id: String,
    /// Displayed family.
    pub family: u32,
    /// Displayed model.
    pub model: u32,
    /// Stepping.
    pub stepping: u32,
    /// The brand string.
    pub brand: String,
    /// Microcode revision, as the kernel spells it.
    pub microcode: String,
    /// This host itself runs on a hypervisor or an emulator.
    pub hypervisor: bool,
    /// The processor shows SVM or VMX.
    pub virtualization: bool,
    /// The processor virtualizes NMIs: CPUID 8000_000Ah EDX bit 25 (AMD APM vol. 2, "NMI Virtualization"), or the
    /// "virtual NMIs" control (Intel SDM vol. 3, "Pin-Based VM-Execution Controls"); `None` if the kernel does not say.
    pub virtual_nmis: Option<bool>,
    /// The emulator that this host's processor is part of, if one is known: `QEMU TCG`.
    pub emulator: Option<String>,
    /// Kernel release, as `uname -r` says it.
    pub kernel: String,
    /// Version of the stable kernel that it is built from, if known: the kernel ranges of known deviations refer to it.
    pub kernel_version: String,
    /// Why the kernel log is not watched; `None` if it is.
    pub kernel_log: Option<String>,
    /// The vendor module of KVM, if one is loaded.
    pub module: Option<Module>,
    /// Parameters of the module `kvm`.
    pub kvm_parameters: BTreeMap<String, String>,
    /// State of /dev/kvm.
    pub device: Device,
    /// Capabilities that decide which cases can run, by name.
    pub capabilities: Vec<(String, i32)>,
}

/// A kernel module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its name, with underscores: `kvm_amd`.
    pub name: String,
    /// Its parameters that can be read.
    pub parameters: BTreeMap<String, String>,
}

impl Module {
    /// Whether a boolean parameter is on; `None` if the module has none of that name.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.parameters.get(name).map(|value| matches!(value.as_str(), "Y" | "y" | "1"))
    }
}

/// State of /dev/kvm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// It can be opened for reading and writing.
    Usable,
    /// It is not there.
    Missing,
    /// It is there, but this user may not open it; who owns it.
    Forbidden(Option<DeviceOwner>),
    /// Opening it fails for another reason.
    Broken(String),
}

impl Device {
    fn words(&self) -> String {
        match self {
            Device::Usable => "usable".to_owned(),
            Device::Missing => "missing: load kvm_amd or kvm_intel".to_owned(),
            Device::Forbidden(owner) => format!("forbidden: {}", forbidden(owner.as_ref())),
            Device::Broken(why) => format!("cannot be opened: {why}"),
        }
    }
}

impl HostFacts {
    /// The processor, for looking up its errata; `None` if it is neither AMD's nor Intel's.
    pub fn processor(&self) -> Option<Processor> {
        let vendors = [(AMD, Vendor::Amd), (INTEL, Vendor::Intel)];
        let (_, vendor) = vendors.into_iter().find(|(name, _)| self.vendor_id.as_bytes() == name)?;
        let [family, model, stepping] = [self.family, self.model, self.stepping].map(Some);
        Some(Processor { vendor: Some(vendor), family, model, stepping })
    }

    fn kernel_words(&self) -> String {
        match self.kernel.starts_with(&self.kernel_version) {
            true => self.kernel.clone(),
            false => format!("{} (Linux {})", self.kernel, self.kernel_version),
        }
    }

    /// Parameters of KVM's modules by their full names: `kvm_intel.ept`, `kvm.halt_poll_ns`.
    pub fn parameters(&self) -> BTreeMap<String, String> {
        let own = self.module.iter().flat_map(|module| {
            module.parameters.iter().map(|(name, value)| (format!("{}.{name}", module.name), value.clone()))
        });
        let common = self.kvm_parameters.iter().map(|(name, value)| (format!("kvm.{name}"), value.clone()));
        own.chain(common).collect()
    }

    /// Everything as name and value, in the order to show it.
    pub fn facts(&self) -> Vec<HostFact> {
        let mut facts = Vec::new();
        let mut add = |name: &str, value: String| facts.push(HostFact { name: name.to_owned(), value, detail: false });
        add("vendor", self.vendor_id.clone());
        add("processor", self.brand.clone());
        add("family/model/stepping", format!("{:X}h/{:X}h/{:X}h", self.family, self.model, self.stepping));
        add("microcode", self.microcode.clone());
        add("SVM or VMX", yes_no(Some(self.virtualization)));
        add("virtual NMIs", yes_no(self.virtual_nmis));
        add("hypervisor below", yes_no(Some(self.hypervisor)));
        if let Some(emulator) = &self.emulator {
            add("emulated", emulator.clone());
        }
        add("kernel", self.kernel_words());
        add("kernel log", self.kernel_log.as_ref().map_or("watched".to_owned(), |why| format!("not watched: {why}")));
        add("/dev/kvm", self.device.words());
        add("module", self.module.as_ref().map_or("none".to_owned(), |module| module.name.clone()));
        let mut add = |name: &str, value: String| facts.push(HostFact { name: name.to_owned(), value, detail: true });
        add(KERNEL_VERSION, self.kernel_version.clone());
        for (name, value) in self.parameters() {
            add(&name, value);
        }
        for (name, value) in &self.capabilities {
            add(name, value.to_string());
        }
        facts
    }
}

fn yes_no(value: Option<bool>) -> String {
    match value {
        Some(true) => "yes",
        Some(false) => "no",
        None => "the kernel does not say",
    }
    .to_owned()
}
