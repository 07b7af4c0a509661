//! The capability registers of VMX (Intel SDM vol. 3, appendix A "VMX Capability Reporting Facility").

use x86::control::CR4_VMXE;
use x86::msr;
use x86::vmx::{
    Allowed, Basic, ENTRY_DEFAULT1, ENTRY_GUEST_64, ENTRY_LOAD_DEBUG_CONTROLS, EXIT_DEFAULT1, EXIT_HOST_64,
    EXIT_SAVE_DEBUG_CONTROLS, MOST_REGION, Misc, Pin, Processor, WRITE_BACK,
};

use super::super::cpu::{Core, Fault, Run};
use crate::terms::Vendor;

/// The identifier of this model's VMCS.
pub(super) const REVISION: u32 = 0x1d;

/// The pin-based controls that can be 1.
pub(super) const PIN: u32 =
    Pin::DEFAULT1 | Pin::new().with_interrupt_exiting(true).with_nmi_exiting(true).with_virtual_nmis(true).into_bits();
/// The processor-based controls that can be 1.
pub(super) const PROCESSOR: u32 = Processor::DEFAULT1
    | Processor::new()
        .with_interrupt_window(true)
        .with_hlt_exiting(true)
        .with_nmi_window(true)
        .with_msr_bitmaps(true)
        .into_bits();
/// The activity states that VM entry can enter.
pub(super) const MISC: Misc = Misc::new().with_activity_hlt(true).with_activity_wait_for_sipi(true);
/// What a capability register says.
const fn allowed(must_be_1: u32, may_be_1: u32) -> u64 {
    Allowed::new().with_must_be_1(must_be_1).with_may_be_1(may_be_1).into_bits()
}

impl Core<'_> {
    /// RDMSR of one of VMX's registers; `None` if it is another register or not an Intel processor.
    pub(crate) fn read_vmx_msr(&self, number: u32) -> Option<u64> {
        if self.cpu.vendor != Vendor::Intel {
            return None;
        }
        let cr3_exiting = Processor::DEFAULT1_CAN_BE_0;
        let exit = EXIT_DEFAULT1 | EXIT_HOST_64;
        let entry = ENTRY_DEFAULT1 | ENTRY_GUEST_64;
        Some(match number {
            msr::FEATURE_CONTROL => self.cpu.vmx.feature_control,
            msr::VMX_BASIC => Basic::new()
                .with_revision(REVISION)
                .with_region_size(MOST_REGION)
                .with_memory_type(WRITE_BACK)
                .with_true_controls(true)
                .into_bits(),
            msr::VMX_PIN => allowed(Pin::DEFAULT1, PIN),
            msr::VMX_PROCESSOR => allowed(Processor::DEFAULT1, PROCESSOR),
            msr::VMX_EXIT => allowed(EXIT_DEFAULT1, exit),
            msr::VMX_ENTRY => allowed(ENTRY_DEFAULT1, entry),
            msr::VMX_TRUE_PIN => allowed(Pin::DEFAULT1, PIN),
            msr::VMX_TRUE_PROCESSOR => allowed(Processor::DEFAULT1 & !cr3_exiting, PROCESSOR & !cr3_exiting),
            msr::VMX_TRUE_EXIT => allowed(EXIT_DEFAULT1 & !EXIT_SAVE_DEBUG_CONTROLS, exit),
            msr::VMX_TRUE_ENTRY => allowed(ENTRY_DEFAULT1 & !ENTRY_LOAD_DEBUG_CONTROLS, entry),
            msr::VMX_MISC => MISC.into_bits(),
            _ => return None,
        })
    }

    /// WRMSR of one of VMX's registers; `None` if it is another.
    pub(crate) fn write_vmx_msr(&mut self, number: u32, value: u64) -> Option<Run<()>> {
        self.read_vmx_msr(number)?;
        let locked = self.cpu.vmx.feature_control & x86::vmx::FEATURE_CONTROL_LOCKED != 0;
        if number != msr::FEATURE_CONTROL || locked {
            return Some(Err(Fault::protection(0).into()));
        }
        self.cpu.vmx.feature_control = value;
        Some(Ok(()))
    }

    /// Whether VMXON may be executed: CR4.VMXE and IA32_FEATURE_CONTROL allow it.
    pub(super) fn vmxon_allowed(&self) -> bool {
        let wanted = x86::vmx::FEATURE_CONTROL_LOCKED | x86::vmx::FEATURE_CONTROL_VMX;
        self.cpu.regs.cr4 & CR4_VMXE != 0 && self.cpu.vmx.feature_control & wanted == wanted
    }
}
