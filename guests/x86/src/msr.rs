//! Numbers of model-specific registers (Intel SDM vol. 3, chapter 35 "Model-Specific Registers (MSRs)"; AMD APM vol. 2, appendix
//! A "MSR Cross-Reference").

use bitfield_struct::bitfield;

use crate::segment::Selector;

/// IA32_TIME_STAMP_COUNTER.
pub const TSC: u32 = 0x10;
/// IA32_APIC_BASE.
pub const APIC_BASE: u32 = 0x1b;
/// IA32_FEATURE_CONTROL: whether the firmware permits VMXON (Intel; [`crate::vmx`]).
pub const FEATURE_CONTROL: u32 = 0x3a;
/// IA32_PMC0 by its old address, which takes 32 bits (Intel).
pub const PMC0: u32 = 0xc1;
/// IA32_SYSENTER_CS; ESP and EIP follow.
pub const SYSENTER_CS: u32 = 0x174;
/// IA32_SYSENTER_EIP.
pub const SYSENTER_EIP: u32 = 0x176;
/// IA32_PERFEVTSEL0 (Intel).
pub const PERFEVTSEL0: u32 = 0x186;
/// IA32_PERF_GLOBAL_STATUS (Intel).
pub const PERF_GLOBAL_STATUS: u32 = 0x38e;
/// IA32_PERF_GLOBAL_CTRL (Intel).
pub const PERF_GLOBAL_CTRL: u32 = 0x38f;
/// IA32_PERF_GLOBAL_OVF_CTRL (Intel).
pub const PERF_GLOBAL_OVF_CTRL: u32 = 0x390;
/// IA32_VMX_BASIC (Intel SDM vol. 3, appendix A.1 "Basic VMX Information"; the following are in its later sections).
pub const VMX_BASIC: u32 = 0x480;
/// IA32_VMX_PINBASED_CTLS.
pub const VMX_PIN: u32 = 0x481;
/// IA32_VMX_PROCBASED_CTLS.
pub const VMX_PROCESSOR: u32 = 0x482;
/// IA32_VMX_EXIT_CTLS.
pub const VMX_EXIT: u32 = 0x483;
/// IA32_VMX_ENTRY_CTLS.
pub const VMX_ENTRY: u32 = 0x484;
/// IA32_VMX_MISC.
pub const VMX_MISC: u32 = 0x485;
/// IA32_VMX_TRUE_PINBASED_CTLS; those of the processor, of exits and of entries follow.
pub const VMX_TRUE_PIN: u32 = 0x48d;
/// IA32_VMX_TRUE_PROCBASED_CTLS.
pub const VMX_TRUE_PROCESSOR: u32 = 0x48e;
/// IA32_VMX_TRUE_EXIT_CTLS.
pub const VMX_TRUE_EXIT: u32 = 0x48f;
/// IA32_VMX_TRUE_ENTRY_CTLS.
pub const VMX_TRUE_ENTRY: u32 = 0x490;
/// IA32_A_PMC0: the whole counter can be written (Intel).
pub const A_PMC0: u32 = 0x4c1;
/// EFER.
pub const EFER: u32 = 0xc000_0080;
/// STAR: selectors of SYSCALL and SYSRET.
pub const STAR: u32 = 0xc000_0081;
/// LSTAR: the target of SYSCALL in 64-bit mode.
pub const LSTAR: u32 = 0xc000_0082;
/// CSTAR: the target of SYSCALL in compatibility mode (AMD).
pub const CSTAR: u32 = 0xc000_0083;
/// SFMASK: the flags that SYSCALL clears.
pub const SFMASK: u32 = 0xc000_0084;
/// FS.base.
pub const FS_BASE: u32 = 0xc000_0100;
/// GS.base.
pub const GS_BASE: u32 = 0xc000_0101;
/// What SWAPGS exchanges with GS.base.
pub const KERNEL_GS_BASE: u32 = 0xc000_0102;
/// TSC_AUX.
pub const TSC_AUX: u32 = 0xc000_0103;
/// VM_CR: whether the firmware has switched SVM off (AMD APM vol. 2, 15.30.1 "VM_CR MSR (C001_0114h)").
pub const VM_CR: u32 = 0xc001_0114;
/// VM_HSAVE_PA: where VMRUN keeps the host's state (AMD APM vol. 2, 15.30.4 "VM_HSAVE_PA MSR (C001_0117h)").
pub const VM_HSAVE_PA: u32 = 0xc001_0117;
/// PerfEvtSel0 (AMD).
pub const AMD_PERF_EVT_SEL0: u32 = 0xc001_0000;
/// PerfCtr0 (AMD).
pub const AMD_PERF_CTR0: u32 = 0xc001_0004;
/// PerfEvtSel0 by the address that the six counters of later processors have (AMD).
pub const AMD_CORE_PERF_CTL0: u32 = 0xc001_0200;
/// PerfCtr0 by that address (AMD).
pub const AMD_CORE_PERF_CTR0: u32 = 0xc001_0201;

/// STAR (AMD APM vol. 2, 6.1.1 "SYSCALL and SYSRET"; Intel SDM vol. 3, 5.8.8 "Fast System Calls in 64-Bit Mode").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Star {
    /// The target of SYSCALL in legacy mode.
    pub target: u32,
    /// CS of SYSCALL; SS is the next descriptor.
    pub call: u16,
    /// CS of SYSRET to 32-bit code; SS is the next descriptor, and CS of 64-bit code the one after it.
    pub ret: u16,
}

impl Star {
    /// CS of SYSRET to 64-bit code: the second descriptor after the field's, always with RPL 3 (Intel SDM vol. 2, "SYSRET-Return From
    /// Fast System Call"; AMD APM vol. 3, "SYSRET").
    pub const fn ret_cs_64(self) -> Selector {
        Selector::from_bits(self.ret()).next().next().with_rpl(3)
    }

    /// SS of SYSRET: the descriptor after the field's, always with RPL 3 by Intel's page. AMD's leaves the RPL as the field has it, so
    /// that it should be 3 there.
    pub const fn ret_ss(self) -> Selector {
        Selector::from_bits(self.ret()).next().with_rpl(3)
    }
}

/// The registers of the local APIC in x2APIC mode (Intel SDM vol. 3, 10.12.1.2 "x2APIC Register Address Space"; AMD APM
/// vol. 2, 16.11 "Accessing x2APIC Register").
pub const X2APIC: core::ops::RangeInclusive<u32> = 0x800..=0x8ff;

/// The MSR of the APIC register at this offset in the page: 800h plus the offset by 16 (the same sections).
pub const fn x2apic(offset: u32) -> u32 {
    *X2APIC.start() + (offset >> 4)
}

/// The offset in the page of the APIC register with this MSR; the inverse of [`x2apic`].
pub const fn apic_offset(msr: u32) -> u32 {
    (msr - *X2APIC.start()) << 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apic::register;

    #[test]
    fn numbers_are_those_of_the_manuals() {
        for (own, manuals) in [
            (TSC, 0x0000_0010),
            (APIC_BASE, 0x0000_001b),
            (FEATURE_CONTROL, 0x0000_003a),
            (PMC0, 0x0000_00c1),
            (SYSENTER_CS, 0x0000_0174),
            (SYSENTER_EIP, 0x0000_0176),
            (PERFEVTSEL0, 0x0000_0186),
            (PERF_GLOBAL_STATUS, 0x0000_038e),
            (PERF_GLOBAL_CTRL, 0x0000_038f),
            (PERF_GLOBAL_OVF_CTRL, 0x0000_0390),
            (VMX_BASIC, 0x0000_0480),
            (VMX_PIN, 0x0000_0481),
            (VMX_PROCESSOR, 0x0000_0482),
            (VMX_EXIT, 0x0000_0483),
            (VMX_ENTRY, 0x0000_0484),
            (VMX_MISC, 0x0000_0485),
            (VMX_TRUE_PIN, 0x0000_048d),
            (VMX_TRUE_PROCESSOR, 0x0000_048e),
            (VMX_TRUE_EXIT, 0x0000_048f),
            (VMX_TRUE_ENTRY, 0x0000_0490),
            (A_PMC0, 0x0000_04c1),
            (EFER, 0xc000_0080),
            (STAR, 0xc000_0081),
            (LSTAR, 0xc000_0082),
            (CSTAR, 0xc000_0083),
            (SFMASK, 0xc000_0084),
            (FS_BASE, 0xc000_0100),
            (GS_BASE, 0xc000_0101),
            (KERNEL_GS_BASE, 0xc000_0102),
            (TSC_AUX, 0xc000_0103),
            (AMD_PERF_EVT_SEL0, 0xc001_0000),
            (AMD_PERF_CTR0, 0xc001_0004),
            (VM_CR, 0xc001_0114),
            (VM_HSAVE_PA, 0xc001_0117),
            (AMD_CORE_PERF_CTL0, 0xc001_0200),
            (AMD_CORE_PERF_CTR0, 0xc001_0201),
        ] {
            assert_eq!(own, manuals, "{own:#x} instead of {manuals:#x}");
        }
    }

    #[test]
    fn star_holds_two_selectors() {
        let star = Star::from_bits(0x0013_0008_1234_5678);
        assert_eq!((star.target(), star.call(), star.ret()), (0x1234_5678, 0x08, 0x13));
        assert_eq!((star.ret_cs_64().into_bits(), star.ret_ss().into_bits()), (0x23, 0x1b));
        let without_rpl = Star::new().with_ret(0x10);
        assert_eq!((without_rpl.ret_cs_64().into_bits(), without_rpl.ret_ss().into_bits()), (0x23, 0x1b));
    }

    #[test]
    fn x2apic_registers_have_the_numbers_of_the_manuals_table() {
        assert_eq!([x2apic(register::ID), x2apic(register::TPR), x2apic(register::EOI)], [0x802, 0x808, 0x80b]);
        assert_eq!([x2apic(register::SVR), x2apic(register::ICR), x2apic(register::SELF_IPI)], [0x80f, 0x830, 0x83f]);
        assert_eq!(apic_offset(0x834), register::LVTPC);
    }
}
