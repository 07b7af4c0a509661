//! The facts of this host, read from its files.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use x86::cpuid::{AMD, HYGON};

use super::capabilities;
use super::cpuinfo::CpuInfo;
use super::device::device_owner;
use super::facts::{Device, HostFacts, Module};
use super::{KernelLog, emulator, kernel};
use crate::terms::Vendor;

impl HostFacts {
    /// Reads this host; what cannot be read stays empty.
    pub fn read() -> Self {
        let files = Self::read_below(Path::new("/"));
        Self { capabilities: capabilities::read(), emulator: emulator::by_cpuid().or(files.emulator), ..files }
    }

    /// Reads the files of a host below another root, without capabilities and CPUID.
    pub fn read_below(root: &Path) -> Self {
        let cpu = CpuInfo::parse(&text(&root.join("proc/cpuinfo")));
        let vendor_id = cpu.text("vendor_id");
        let is_amds = [AMD, HYGON].iter().any(|name| vendor_id.as_bytes() == name);
        let vendor = if is_amds { Vendor::Amd } else { Vendor::Intel };
        let release = text(&root.join("proc/sys/kernel/osrelease")).trim().to_owned();
        let build = text(&root.join("proc/sys/kernel/version"));
        let signature = text(&root.join("proc/version_signature"));
        Self {
            vendor,
            vendor_id,
            family: cpu.number("cpu family"),
            model: cpu.number("model"),
            stepping: cpu.number("stepping"),
            brand: cpu.text("model name"),
            microcode: cpu.text("microcode"),
            hypervisor: cpu.has_flag("hypervisor"),
            virtualization: cpu.has_flag("svm") || cpu.has_flag("vmx"),
            virtual_nmis: cpu.virtual_nmis(),
            emulator: emulator::by_firmware(&text(&root.join("sys/class/dmi/id/bios_vendor"))),
            kernel_version: kernel::version(&release, &build, &signature),
            kernel: release,
            kernel_log: KernelLog::open_below(root).err().map(|error| not_watched(&error)),
            module: vendor_module(&root.join("sys/module"), vendor),
            kvm_parameters: parameters(&root.join("sys/module/kvm")),
            device: device(&root.join("dev/kvm")),
            capabilities: Vec::new(),
        }
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Why the kernel's log cannot be read, and what to do.
fn not_watched(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "/dev/kmsg is forbidden: run as root, or set kernel.dmesg_restrict=0".to_owned(),
        ErrorKind::NotFound => "/dev/kmsg is missing".to_owned(),
        _ => format!("/dev/kmsg cannot be opened: {error}"),
    }
}

/// The module that drives the hardware: this vendor's first, then the other one of the usual two, then any other whose
/// name starts with `kvm_`. A kernel that has both built in shows both, whatever the processor.
fn vendor_module(modules: &Path, vendor: Vendor) -> Option<Module> {
    let own = match vendor {
        Vendor::Amd => "kvm_amd",
        Vendor::Intel => "kvm_intel",
    };
    let others = fs::read_dir(modules).into_iter().flatten().flatten();
    let mut names: Vec<String> = others.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| name.starts_with("kvm_"));
    names.sort_by_key(|name| (name != own, !matches!(name.as_str(), "kvm_amd" | "kvm_intel"), name.clone()));
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
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Device::Forbidden(device_owner()),
        Err(error) => Device::Broken(error.to_string()),
    }
}
