//! An open /dev/kvm, and what KVM says it can do.

use kvm_bindings::{
    CpuId, KVM_CAP_PMU_CAPABILITY, KVM_CAP_SYNC_REGS, KVM_MAX_CPUID_ENTRIES, KVM_SYNC_X86_EVENTS, KVM_SYNC_X86_REGS,
    KVM_SYNC_X86_SREGS,
};
use kvm_ioctls::{Cap, Kvm};
use reports::{Capability, KvmLack, NestedFeature};
use x86::cpuid::{AMD, HYGON, Performance, extended_ecx, features_ecx, leaf};
use x86::svm;

use super::ioctl_error::{IoctlResult, cannot_open};
use super::vmx_features::VmxFeatures;
use crate::machine::{Cannot, Lack, Trouble};
use crate::terms::{Need, Vendor};

/// What must be settable through the run page (KVM API document, "KVM_CAP_SYNC_REGS").
const SYNC: i32 = (KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS) as i32;

/// An open /dev/kvm and what it can do.
pub(super) struct Host {
    /// The device.
    pub(super) kvm: Kvm,
    /// KVM_GET_SUPPORTED_CPUID.
    pub(super) cpuid: CpuId,
    /// The vendor whose manual guests are judged by.
    pub(super) vendor: Vendor,
    /// kvm_amd runs the guests: it steps past IRETs where the processor has no NMI virtualization.
    pub(super) kvm_amd: bool,
    /// Registers and events can be set through the run page, without an ioctl.
    pub(super) sync_regs: bool,
    smm: bool,
    irqchip: bool,
    msi: bool,
    debug: bool,
    x2apic: bool,
    pmu: bool,
    /// EDX of CPUID function 8000_000Ah, if a guest can be a hypervisor and its state can be saved.
    svm: Option<u32>,
    /// The same on Intel's processors, with what it can do.
    vmx: Option<VmxFeatures>,
}

impl Host {
    /// Opens the device.
    ///
    /// Errors: it is missing or forbidden, or KVM lacks what every trial needs.
    pub(super) fn open() -> Result<Self, Trouble> {
        let kvm = Kvm::new().map_err(|error| cannot_open(error.errno()))?;
        let version = kvm.get_api_version();
        if version != 12 {
            return Err(Cannot::UseApi { version }.into());
        }
        let cpuid = kvm.get_supported_cpuid(KVM_MAX_CPUID_ENTRIES).ioctl("KVM_GET_SUPPORTED_CPUID")?;
        if !kvm.check_extension(Cap::ImmediateExit) {
            return Err(Cannot::DoWithout { capability: "KVM_CAP_IMMEDIATE_EXIT".to_owned() }.into());
        }
        let x2apic =
            cpuid.as_slice().iter().any(|leaf| leaf.function == leaf::FEATURES && leaf.ecx & features_ecx::X2APIC != 0);
        let vendor = vendor(&cpuid);
        Ok(Self {
            vendor,
            kvm_amd: vendor == Vendor::Amd && std::path::Path::new("/sys/module/kvm_amd").exists(),
            x2apic,
            sync_regs: kvm.check_extension_raw(KVM_CAP_SYNC_REGS.into()) & SYNC == SYNC,
            smm: kvm.check_extension(Cap::X86Smm),
            irqchip: kvm.check_extension(Cap::Irqchip),
            msi: kvm.check_extension(Cap::SignalMsi),
            debug: kvm.check_extension(Cap::SetGuestDebug),
            pmu: has_pmu(&kvm, &cpuid, vendor),
            vmx: VmxFeatures::read(&kvm, &cpuid)?.filter(|_| kvm.check_extension(Cap::NestedState)),
            svm: svm_features(&cpuid).filter(|_| kvm.check_extension(Cap::NestedState)),
            cpuid,
            kvm,
        })
    }

    /// What this KVM lacks of `need`; `None` if it has it.
    pub(super) fn lacks(&self, need: Need) -> Option<Lack> {
        let vmx = |has: fn(&VmxFeatures) -> bool| self.vmx.as_ref().is_some_and(has);
        let capability = |has: bool, capability| (has, KvmLack::Capability(capability));
        let feature = |has: bool, feature| (has, KvmLack::Feature(feature));
        let (has_it, lack) = match need {
            Need::Smm => capability(self.smm, Capability::X86Smm),
            Need::Peer | Need::IoApic => capability(self.irqchip, Capability::Irqchip),
            Need::Msi => capability(self.msi && self.irqchip, Capability::SignalMsi),
            Need::Breakpoint => capability(self.debug, Capability::SetGuestDebug),
            Need::Pmu => (self.pmu, KvmLack::Pmu),
            Need::X2Apic => (self.x2apic, KvmLack::X2Apic),
            Need::Svm => (self.svm.is_some(), KvmLack::Virtualization { vendor: reports::Vendor::Amd }),
            Need::Vnmi => feature(self.has_svm(svm::features_edx::VNMI), NestedFeature::Vnmi),
            Need::Vgif => feature(self.has_svm(svm::features_edx::VGIF), NestedFeature::Vgif),
            Need::IdleHlt => feature(self.has_svm(svm::features_edx::IDLE_HLT), NestedFeature::IdleHlt),
            Need::Vmx => (self.vmx.is_some(), KvmLack::Virtualization { vendor: reports::Vendor::Intel }),
            Need::VirtualNmis => feature(vmx(VmxFeatures::virtual_nmis), NestedFeature::VirtualNmis),
            Need::NmiWindow => feature(vmx(VmxFeatures::nmi_window), NestedFeature::NmiWindow),
            Need::ActivityHlt => feature(vmx(VmxFeatures::activity_hlt), NestedFeature::ActivityHlt),
            Need::Host => return None,
            Need::Amd => (self.vendor == Vendor::Amd, KvmLack::Vendor { vendor: reports::Vendor::Amd }),
            Need::Intel => (self.vendor == Vendor::Intel, KvmLack::Vendor { vendor: reports::Vendor::Intel }),
        };
        (!has_it).then_some(lack.into())
    }

    fn has_svm(&self, feature: u32) -> bool {
        self.svm.is_some_and(|features| features & feature != 0)
    }
}

/// EDX of CPUID function 8000_000Ah if guests are offered SVM.
fn svm_features(cpuid: &CpuId) -> Option<u32> {
    let find = |function| cpuid.as_slice().iter().find(|leaf| leaf.function == function);
    find(leaf::EXTENDED_FEATURES).filter(|leaf| leaf.ecx & extended_ecx::SVM != 0)?;
    Some(find(leaf::SVM)?.edx)
}

fn vendor(cpuid: &CpuId) -> Vendor {
    let leaf = cpuid.as_slice().iter().find(|leaf| leaf.function == leaf::VENDOR);
    let name = leaf.map(|leaf| [leaf.ebx, leaf.edx, leaf.ecx].map(u32::to_le_bytes).concat()).unwrap_or_default();
    if name == AMD || name == HYGON { Vendor::Amd } else { Vendor::Intel }
}

/// Whether guests get performance counters. KVM_CAP_PMU_CAPABILITY tells since 5.18; before, Intel's CPUID leaf 0Ah
/// does, and on AMD there was no way to switch them off.
fn has_pmu(kvm: &Kvm, cpuid: &CpuId, vendor: Vendor) -> bool {
    if kvm.check_extension_raw(KVM_CAP_PMU_CAPABILITY.into()) > 0 {
        return true;
    }
    let leaf = cpuid.as_slice().iter().find(|leaf| leaf.function == leaf::PERFORMANCE);
    let counters = leaf.map_or(Performance::new(), |leaf| leaf.eax.into());
    match vendor {
        Vendor::Intel => counters.version() != 0 && counters.counters() != 0,
        Vendor::Amd => !std::path::Path::new("/sys/module/kvm/parameters/enable_pmu").exists(),
    }
}
