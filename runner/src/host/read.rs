use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::capabilities;
use super::cpuinfo::CpuInfo;
use super::facts::{Device, HostFacts, Module};
use crate::terms::Vendor;

impl HostFacts {
    /// Reads this host; what cannot be read stays empty, since facts are for people.
    pub fn read() -> Self {
        Self { capabilities: capabilities::read(), ..Self::read_below(Path::new("/")) }
    }

    /// Reads the files of a host below another root; capabilities are not in files.
    pub fn read_below(root: &Path) -> Self {
        let cpu = CpuInfo::parse(&text(&root.join("proc/cpuinfo")));
        let vendor_id = cpu.text("vendor_id");
        Self {
            vendor: match vendor_id.as_str() {
                "AuthenticAMD" | "HygonGenuine" => Vendor::Amd,
                _ => Vendor::Intel,
            },
            vendor_id,
            family: cpu.number("cpu family"),
            model: cpu.number("model"),
            stepping: cpu.number("stepping"),
            brand: cpu.text("model name"),
            microcode: cpu.text("microcode"),
            hypervisor: cpu.has_flag("hypervisor"),
            virtualization: cpu.has_flag("svm") || cpu.has_flag("vmx"),
            virtual_nmis: cpu.virtual_nmis(),
            kernel: text(&root.join("proc/sys/kernel/osrelease")).trim().to_owned(),
            module: vendor_module(&root.join("sys/module")),
            kvm_parameters: parameters(&root.join("sys/module/kvm")),
            device: device(&root.join("dev/kvm")),
            capabilities: Vec::new(),
        }
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The module that drives the hardware: the usual two first, then any other whose name starts with `kvm_`.
fn vendor_module(modules: &Path) -> Option<Module> {
    let others = fs::read_dir(modules).into_iter().flatten().flatten();
    let mut names: Vec<String> = others.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| name.starts_with("kvm_"));
    names.sort_by_key(|name| (!matches!(name.as_str(), "kvm_amd" | "kvm_intel"), name.clone()));
    let name = names.into_iter().next()?;
    Some(Module { parameters: parameters(&modules.join(&name)), name })
}

fn parameters(module: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(module.join("parameters")).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let value = fs::read_to_string(entry.path()).ok()?;
            Some((entry.file_name().into_string().ok()?, value.trim().to_owned()))
        })
        .collect()
}

fn device(path: &Path) -> Device {
    match fs::OpenOptions::new().read(true).write(true).open(path) {
        Ok(_) => Device::Usable,
        Err(error) if error.kind() == ErrorKind::NotFound => Device::Missing,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Device::Forbidden,
        Err(error) => Device::Broken(error.to_string()),
    }
}
