use kvm_bindings::CpuId;
use x86::cpuid::{Identification, leaf};

/// What KVM supports, with this processor's number where CPUID tells it (Intel SDM vol. 2, "CPUID", leaves 01h, 0Bh
/// and 1Fh; AMD APM vol. 3, appendix E, leaf 8000_001Eh).
pub(super) fn of_processor(supported: &CpuId, id: u32, processors: usize) -> CpuId {
    let mut cpuid = supported.clone();
    for leaf in cpuid.as_mut_slice() {
        match leaf.function {
            leaf::FEATURES => {
                let same = Identification::from_bits(leaf.ebx);
                leaf.ebx = same.with_processors(processors as u8).with_apic_id(id as u8).into_bits();
            }
            leaf::TOPOLOGY | leaf::TOPOLOGY_V2 => leaf.edx = id,
            leaf::AMD_TOPOLOGY => leaf.eax = id,
            _ => {}
        }
    }
    cpuid
}
