use kvm_bindings::CpuId;
use x86::cpuid::leaf;

/// What KVM supports, with this processor's number where CPUID tells it (Intel SDM vol. 2, "CPUID", leaves 01h, 0Bh
/// and 1Fh; AMD APM vol. 3, appendix E, leaf 8000_001Eh).
pub(super) fn of_processor(supported: &CpuId, id: u32, processors: usize) -> CpuId {
    let mut cpuid = supported.clone();
    for leaf in cpuid.as_mut_slice() {
        match leaf.function {
            leaf::FEATURES => leaf.ebx = (leaf.ebx & 0xffff) | (processors as u32) << 16 | id << 24,
            leaf::TOPOLOGY | leaf::TOPOLOGY_V2 => leaf.edx = id,
            leaf::AMD_TOPOLOGY => leaf.eax = id,
            _ => {}
        }
    }
    cpuid
}
