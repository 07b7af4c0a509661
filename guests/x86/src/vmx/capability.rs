//! The VMX capabilities of a processor: IA32_FEATURE_CONTROL and the capability registers (Intel SDM vol. 3, appendix A).

use bitfield_struct::bitfield;

/// IA32_FEATURE_CONTROL: the lock bit (Intel SDM vol. 3, 23.7 "Enabling and Entering VMX Operation").
pub const FEATURE_CONTROL_LOCKED: u64 = 1 << 0;
/// IA32_FEATURE_CONTROL: VMXON works outside of SMX operation (the same section).
pub const FEATURE_CONTROL_VMX: u64 = 1 << 2;

/// IA32_VMX_BASIC (Intel SDM vol. 3, appendix A.1 "Basic VMX Information").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Basic {
    /// The VMCS revision identifier, the first double word of a VMXON region and of a VMCS.
    #[bits(31)]
    pub revision: u32,
    __: bool,
    /// Size of a VMXON region and of a VMCS in bytes.
    #[bits(13)]
    pub region_size: u16,
    #[bits(3)]
    __: u8,
    /// Regions must lie below 4 GiB.
    pub narrow: bool,
    /// Dual-monitor treatment of SMIs.
    pub dual_monitor: bool,
    /// The memory type for regions: [`WRITE_BACK`].
    #[bits(4)]
    pub memory_type: u8,
    /// Exits due to INS and OUTS report instruction information.
    pub tells_string_io: bool,
    /// Some controls of the default1 class may be 0; the IA32_VMX_TRUE registers exist and say which.
    pub true_controls: bool,
    __: u8,
}

/// All bits of the revision identifier in [`Basic`].
pub const REVISION: u32 = Basic::new().with_revision(u32::MAX >> 1).into_bits() as u32;
/// The largest size of a region that [`Basic`] can give (Intel SDM vol. 3, appendix A.1 "Basic VMX Information").
pub const MOST_REGION: u16 = 0x1000;
/// A memory type of [`Basic`]: write-back (Intel SDM vol. 3, appendix A.1 "Basic VMX Information").
pub const WRITE_BACK: u8 = 6;

/// A capability register for controls: IA32_VMX_PINBASED_CTLS and similar ones (Intel SDM vol. 3, appendix A.3.1
/// "Pin-Based VM-Execution Controls").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Allowed {
    /// Allowed 0-settings: a control must be 1 if its bit is 1.
    pub must_be_1: u32,
    /// Allowed 1-settings: a control may be 1 if its bit is 1.
    pub may_be_1: u32,
}

/// IA32_VMX_MISC (Intel SDM vol. 3, appendix A.6 "Miscellaneous Data").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Misc {
    #[bits(6)]
    __: u8,
    /// The activity state HLT can be entered.
    pub activity_hlt: bool,
    /// The activity state shutdown can be entered.
    pub activity_shutdown: bool,
    /// The activity state wait-for-SIPI can be entered.
    pub activity_wait_for_sipi: bool,
    #[bits(55)]
    __: u64,
}

/// Added to the number of a capability register it gives that of its TRUE counterpart: IA32_VMX_TRUE_PINBASED_CTLS (48Dh) for
/// IA32_VMX_PINBASED_CTLS (481h), and so on (Intel SDM vol. 3, appendix A.2 "Reserved Controls and Default Settings").
pub const TRUE_CONTROLS: u32 = 0xc;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_stand_where_the_appendix_puts_them() {
        let basic = Basic::from_bits(0x00da_0400_0000_0012);
        assert_eq!((basic.revision(), basic.region_size(), basic.memory_type()), (0x12, 0x400, 6));
        assert!(basic.true_controls() && basic.tells_string_io() && basic.dual_monitor() && !basic.narrow());
        assert_eq!((basic.memory_type(), REVISION, MOST_REGION), (WRITE_BACK, 0x7fff_ffff, 4096));
        let allowed = Allowed::from_bits(0x0000_007f_0000_0016);
        assert_eq!((allowed.must_be_1(), allowed.may_be_1()), (0x16, 0x7f));
        let misc = Misc::from_bits(0x40);
        assert_eq!(
            (misc.activity_hlt(), misc.activity_shutdown(), misc.activity_wait_for_sipi()),
            (true, false, false)
        );
        assert_eq!(0x481 + TRUE_CONTROLS, 0x48d);
        assert_eq!(FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX, 5);
    }
}
