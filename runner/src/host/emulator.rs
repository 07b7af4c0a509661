use raw_cpuid::{CpuId, Hypervisor};

/// The emulator that says so by CPUID (leaf 4000_0000h): QEMU without KVM answers `TCGTCGTCGTCG`.
pub(super) fn by_cpuid() -> Option<String> {
    let hypervisor = CpuId::new().get_hypervisor_info()?;
    matches!(hypervisor.identify(), Hypervisor::QEMU).then(|| "QEMU TCG".to_owned())
}

/// The emulator whose firmware names it: Bochs has no leaf of its own, but its BIOS has a vendor.
pub(super) fn by_firmware(bios_vendor: &str) -> Option<String> {
    bios_vendor.contains("Bochs").then(|| "Bochs".to_owned())
}
