//! Intel's virtual-machine extensions: controls, exit reasons, states and events of the VMCS (Intel SDM vol. 3, chapter 24
//! "Virtual-Machine Control Structures", and the sections that each item names). The fields' encodings are in [`crate::vmcs`].

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
    /// How many bytes a region takes.
    #[bits(13)]
    pub region_size: u16,
    #[bits(3)]
    __: u8,
    /// Regions lie below 4 GiB.
    pub narrow: bool,
    /// Dual-monitor treatment of SMIs.
    pub dual_monitor: bool,
    /// The memory type for regions: [`WRITE_BACK`].
    #[bits(4)]
    pub memory_type: u8,
    /// Exits for INS and OUTS tell the instruction.
    pub tells_string_io: bool,
    /// Controls of the default1 class may be 0, as the IA32_VMX_TRUE registers tell.
    pub true_controls: bool,
    __: u8,
}

/// A memory type of [`Basic`]: write-back (Intel SDM vol. 3, appendix A.1 "Basic VMX Information").
pub const WRITE_BACK: u8 = 6;

/// What a register of VMX's capabilities says of controls: IA32_VMX_PINBASED_CTLS and those like it (Intel SDM vol. 3, appendix A.3.1
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

/// How far the registers of what the controls allow stand from those of the default1 class: IA32_VMX_TRUE_PINBASED_CTLS (48Dh) from
/// IA32_VMX_PINBASED_CTLS (481h), and so on (Intel SDM vol. 3, appendix A.2 "Reserved Controls and Default Settings").
pub const TRUE_CONTROLS: u32 = 0xc;

/// Pin-based VM-execution controls (Intel SDM vol. 3, 24.6.1 "Pin-Based VM-Execution Controls", table 24-5).
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Pin {
    /// External-interrupt exiting.
    pub interrupt_exiting: bool,
    #[bits(2)]
    __: u8,
    /// NMI exiting.
    pub nmi_exiting: bool,
    __: bool,
    /// Virtual NMIs.
    pub virtual_nmis: bool,
    /// Activate VMX-preemption timer.
    pub preemption_timer: bool,
    /// Process posted interrupts.
    pub posted_interrupts: bool,
    #[bits(24)]
    __: u32,
}

impl Pin {
    /// The default1 class: bits 1, 2 and 4.
    pub const DEFAULT1: u32 = 0x16;
    /// Its bits by name.
    pub const NAMED: [(&'static str, u32); 4] = [
        ("INTERRUPT_EXITING", Self::new().with_interrupt_exiting(true).into_bits()),
        ("NMI_EXITING", Self::new().with_nmi_exiting(true).into_bits()),
        ("VIRTUAL_NMIS", Self::new().with_virtual_nmis(true).into_bits()),
        ("PREEMPTION_TIMER", Self::new().with_preemption_timer(true).into_bits()),
    ];
}

/// Primary processor-based VM-execution controls (Intel SDM vol. 3, 24.6.2 "Processor-Based VM-Execution Controls", table 24-6).
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Processor {
    #[bits(2)]
    __: u8,
    /// Interrupt-window exiting.
    pub interrupt_window: bool,
    /// Use TSC offsetting.
    pub tsc_offsetting: bool,
    #[bits(3)]
    __: u8,
    /// HLT exiting.
    pub hlt_exiting: bool,
    #[bits(7)]
    __: u8,
    /// CR3-load exiting.
    pub cr3_load_exiting: bool,
    /// CR3-store exiting.
    pub cr3_store_exiting: bool,
    #[bits(5)]
    __: u8,
    /// NMI-window exiting.
    pub nmi_window: bool,
    /// MOV-DR exiting.
    pub mov_dr_exiting: bool,
    /// Unconditional I/O exiting.
    pub io_exiting: bool,
    /// Use I/O bitmaps.
    pub io_bitmaps: bool,
    __: bool,
    /// Monitor trap flag.
    pub monitor_trap: bool,
    /// Use MSR bitmaps.
    pub msr_bitmaps: bool,
    #[bits(2)]
    __: u8,
    /// Activate secondary controls.
    pub secondary: bool,
}

impl Processor {
    /// The default1 class: bits 1, 4-6, 8, 13-16 and 26.
    pub const DEFAULT1: u32 = 0x0401_e172;
    /// Those of the default1 class that can be 0 on processors with the IA32_VMX_TRUE registers (Intel SDM vol. 3, appendix A.3.2
    /// "Primary Processor-Based VM-Execution Controls").
    pub const DEFAULT1_CAN_BE_0: u32 = Self::new().with_cr3_load_exiting(true).with_cr3_store_exiting(true).into_bits();
    /// Its bits by name, those that concern events and HLT.
    pub const NAMED: [(&'static str, u32); 4] = [
        ("INTERRUPT_WINDOW", Self::new().with_interrupt_window(true).into_bits()),
        ("HLT_EXITING", Self::new().with_hlt_exiting(true).into_bits()),
        ("NMI_WINDOW", Self::new().with_nmi_window(true).into_bits()),
        ("MSR_BITMAPS", Self::new().with_msr_bitmaps(true).into_bits()),
    ];
}

/// VM-exit controls: the default1 class (Intel SDM vol. 3, 24.7.1 "VM-Exit Controls").
pub const EXIT_DEFAULT1: u32 = 0x3_6dff;
/// VM-exit control: save debug controls (table 24-10), of the default1 class, which can be 0 on processors with the IA32_VMX_TRUE registers
/// (Intel SDM vol. 3, appendix A.4 "VM-Exit Controls").
pub const EXIT_SAVE_DEBUG_CONTROLS: u32 = 1 << 2;
/// VM-exit control: host address-space size, the host is in 64-bit mode (table 24-10).
pub const EXIT_HOST_64: u32 = 1 << 9;
/// VM-entry controls: the default1 class (Intel SDM vol. 3, 24.8.1 "VM-Entry Controls").
pub const ENTRY_DEFAULT1: u32 = 0x11ff;
/// VM-entry control: load debug controls (table 24-12), of the default1 class, which can be 0 on processors with the IA32_VMX_TRUE registers
/// (Intel SDM vol. 3, appendix A.5 "VM-Entry Controls").
pub const ENTRY_LOAD_DEBUG_CONTROLS: u32 = 1 << 2;
/// VM-entry control: the guest is in IA-32e mode (table 24-12).
pub const ENTRY_GUEST_64: u32 = 1 << 9;

/// The interruptibility state (Intel SDM vol. 3, 24.4.2 "Guest Non-Register State", table 24-3).
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Interruptibility {
    /// Blocking by STI.
    pub sti: bool,
    /// Blocking by MOV SS.
    pub mov_ss: bool,
    /// Blocking by SMI.
    pub smi: bool,
    /// Blocking by NMI: of virtual NMIs, if there are any.
    pub nmi: bool,
    /// Enclave interruption.
    pub enclave: bool,
    #[bits(27)]
    pub reserved: u32,
}

impl Interruptibility {
    /// Its bits by name.
    pub const NAMED: [(&'static str, u32); 4] = [
        ("STI", Self::new().with_sti(true).into_bits()),
        ("MOV_SS", Self::new().with_mov_ss(true).into_bits()),
        ("SMI", Self::new().with_smi(true).into_bits()),
        ("NMI", Self::new().with_nmi(true).into_bits()),
    ];
}

/// The pending debug exceptions (Intel SDM vol. 3, 24.4.2 "Guest Non-Register State", table 24-4).
pub mod pending_debug {
    /// BS: a single step.
    pub const SINGLE_STEP: u64 = 1 << 14;
    /// Bits that must be 0: 11:4, 13, 15 and 63:17.
    pub const RESERVED: u64 = 0xff << 4 | 1 << 13 | 1 << 15 | !0 << 17;

    /// Bits by name.
    pub const NAMED: [(&str, u32); 1] = [("BS", SINGLE_STEP as u32)];
}

/// The activity state (Intel SDM vol. 3, 24.4.2 "Guest Non-Register State").
pub mod activity {
    /// Active.
    pub const ACTIVE: u32 = 0;
    /// HLT.
    pub const HLT: u32 = 1;
    /// Shutdown.
    pub const SHUTDOWN: u32 = 2;
    /// Wait-for-SIPI.
    pub const WAIT_FOR_SIPI: u32 = 3;

    /// The states by name.
    pub const NAMED: [(&str, u32); 4] =
        [("ACTIVE", ACTIVE), ("HLT", HLT), ("SHUTDOWN", SHUTDOWN), ("WAIT_FOR_SIPI", WAIT_FOR_SIPI)];
}

/// VM-entry interruption information, VM-exit interruption information and IDT-vectoring information (Intel SDM vol. 3, 24.8.3
/// "VM-Entry Controls for Event Injection", table 24-13; 24.9.2 "Information for VM Exits Due to Vectored Events", table 24-15; 24.9.3
/// "Information for VM Exits That Occur During Event Delivery", table 24-16).
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Interruption {
    /// Vector.
    pub vector: u8,
    /// Type: [`interruption`].
    #[bits(3)]
    pub kind: u8,
    /// There is an error code.
    pub has_error_code: bool,
    /// Bit 12. Of an exit: NMI unblocking due to IRET. Reserved in the other two.
    pub unblocking: bool,
    /// Bits 30:13.
    #[bits(18)]
    pub reserved: u32,
    /// The field holds an event.
    pub valid: bool,
}

/// Types of events (the tables of [`Interruption`]).
pub mod interruption {
    /// External interrupt.
    pub const EXTERNAL: u8 = 0;
    /// NMI.
    pub const NMI: u8 = 2;
    /// Hardware exception.
    pub const EXCEPTION: u8 = 3;
    /// Software interrupt: INT n.
    pub const SOFTWARE: u8 = 4;
    /// Privileged software exception: INT1.
    pub const PRIVILEGED: u8 = 5;
    /// Software exception: INT3 and INTO.
    pub const SOFTWARE_EXCEPTION: u8 = 6;
    /// Other event.
    pub const OTHER: u8 = 7;
}

/// Basic exit reasons (Intel SDM vol. 3, appendix C "VMX Basic Exit Reasons", table C-1).
pub mod reason {
    /// Exception or non-maskable interrupt.
    pub const EXCEPTION_OR_NMI: u16 = 0;
    /// External interrupt.
    pub const EXTERNAL_INTERRUPT: u16 = 1;
    /// Triple fault.
    pub const TRIPLE_FAULT: u16 = 2;
    /// Interrupt window.
    pub const INTERRUPT_WINDOW: u16 = 7;
    /// NMI window.
    pub const NMI_WINDOW: u16 = 8;
    /// CPUID.
    pub const CPUID: u16 = 10;
    /// HLT.
    pub const HLT: u16 = 12;
    /// VMCALL.
    pub const VMCALL: u16 = 18;
    /// I/O instruction.
    pub const IO: u16 = 30;
    /// RDMSR.
    pub const RDMSR: u16 = 31;
    /// WRMSR.
    pub const WRMSR: u16 = 32;
    /// VM-entry failure due to invalid guest state.
    pub const INVALID_GUEST_STATE: u16 = 33;
    /// EPT violation.
    pub const EPT_VIOLATION: u16 = 48;

    /// Bit 31 of the exit reason: it is a failure of VM entry (24.9.1 "Basic VM-Exit Information").
    pub const ENTRY_FAILURE: u32 = 1 << 31;
}

/// Exit qualification of a VM entry that fails for its guest's state (Intel SDM vol. 3, 26.7 "VM-Entry Failures During or After
/// Loading Guest State").
pub mod failure {
    /// Any check that has no number of its own.
    pub const OTHER: u64 = 0;
    /// An NMI is injected while blocking by STI is indicated.
    pub const NMI_INJECTION: u64 = 3;
}

/// VM-instruction error numbers (Intel SDM vol. 3, 30.4 "VM Instruction Error Numbers", table 30-1).
pub mod error {
    /// VMLAUNCH with non-clear VMCS.
    pub const NOT_CLEAR: u32 = 4;
    /// VMRESUME with non-launched VMCS.
    pub const NOT_LAUNCHED: u32 = 5;
    /// VM entry with invalid control field(s).
    pub const INVALID_CONTROL: u32 = 7;
    /// VM entry with invalid host-state field(s).
    pub const INVALID_HOST: u32 = 8;
    /// VMWRITE to read-only VMCS component.
    pub const READ_ONLY_FIELD: u32 = 13;
    /// VM entry with events blocked by MOV SS.
    pub const BLOCKED_BY_MOV_SS: u32 = 26;
}

/// What an exit gives L1 in the limits of GDTR and IDTR (Intel SDM vol. 3, 27.5.2 "Loading Host Segment and Descriptor-Table Registers").
pub const TABLE_LIMIT_AFTER_EXIT: u16 = 0xffff;
/// What an exit gives L1 in TR's limit (the same section).
pub const TASK_LIMIT_AFTER_EXIT: u32 = 0x67;

/// Access rights of a segment register in the VMCS (Intel SDM vol. 3, 24.4.1 "Guest Register State", table 24-2).
pub mod rights {
    use crate::segment::Descriptor;

    /// The register is unusable.
    pub const UNUSABLE: u32 = 1 << 16;

    /// Those of a register that was loaded with this descriptor: its type to P in bits 7:0, AVL to G in bits 15:12.
    pub const fn of(descriptor: Descriptor) -> u32 {
        let bits = descriptor.into_bits();
        (bits >> 40 & 0xff | (bits >> 52 & 0xf) << 12) as u32
    }

    /// The descriptor with these rights, and nothing else.
    pub const fn descriptor(rights: u32) -> Descriptor {
        let bits = rights as u64;
        Descriptor::from_bits((bits & 0xff) << 40 | (bits >> 12 & 0xf) << 52)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions<const N: usize>(named: [(&str, u32); N]) -> [u32; N] {
        named.map(|(_, bit)| bit.trailing_zeros())
    }

    #[test]
    fn controls_stand_where_the_tables_put_them() {
        assert_eq!(positions(Pin::NAMED), [0, 3, 5, 6]);
        assert_eq!(Pin::new().with_posted_interrupts(true).into_bits(), 0x80);
        assert_eq!(positions(Processor::NAMED), [2, 7, 22, 28]);
        assert_eq!(Processor::new().with_tsc_offsetting(true).into_bits(), 8);
        assert_eq!(Processor::new().with_cr3_load_exiting(true).into_bits(), 1 << 15);
        assert_eq!(Processor::new().with_cr3_store_exiting(true).into_bits(), 1 << 16);
        assert_eq!(Processor::new().with_mov_dr_exiting(true).into_bits(), 1 << 23);
        assert_eq!(Processor::new().with_io_exiting(true).into_bits(), 1 << 24);
        assert_eq!(Processor::new().with_io_bitmaps(true).into_bits(), 1 << 25);
        assert_eq!(Processor::new().with_monitor_trap(true).into_bits(), 1 << 27);
        assert_eq!(Processor::new().with_secondary(true).into_bits(), 1 << 31);
    }

    #[test]
    fn the_default1_class_is_the_appendixs_list() {
        let bits = |list: &[u32]| list.iter().fold(0, |bits, bit| bits | 1u32 << bit);
        assert_eq!(Pin::DEFAULT1, bits(&[1, 2, 4]));
        assert_eq!(Processor::DEFAULT1, bits(&[1, 4, 5, 6, 8, 13, 14, 15, 16, 26]));
        assert_eq!(EXIT_DEFAULT1, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 14, 16, 17]));
        assert_eq!(ENTRY_DEFAULT1, bits(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 12]));
        assert_eq!(Processor::DEFAULT1_CAN_BE_0, bits(&[15, 16]));
        assert_eq!((EXIT_SAVE_DEBUG_CONTROLS, ENTRY_LOAD_DEBUG_CONTROLS), (bits(&[2]), bits(&[2])));
    }

    #[test]
    fn states_have_their_bits() {
        assert_eq!(positions(Interruptibility::NAMED), [0, 1, 2, 3]);
        assert_eq!(Interruptibility::from_bits(0x20).reserved(), 1);
        assert_eq!(activity::NAMED.map(|(_, state)| state), [0, 1, 2, 3]);
        assert_eq!(pending_debug::SINGLE_STEP, 0x4000);
        assert_eq!(pending_debug::RESERVED, 0xffff_ffff_fffe_aff0);
    }

    #[test]
    fn an_injected_nmi_is_type_2_with_vector_2() {
        let nmi = Interruption::new().with_vector(2).with_kind(interruption::NMI).with_valid(true);
        assert_eq!(nmi.into_bits(), 0x8000_0202);
        assert_eq!(nmi.with_unblocking(true).into_bits(), 0x8000_1202);
        let fault = Interruption::new().with_vector(13).with_kind(interruption::EXCEPTION).with_valid(true);
        assert_eq!(fault.with_has_error_code(true).into_bits(), 0x8000_0b0d);
        assert_eq!(Interruption::from_bits(1 << 30).reserved(), 1 << 17);
    }

    #[test]
    fn capabilities_stand_where_the_appendix_puts_them() {
        let basic = Basic::from_bits(0x00da_0400_0000_0012);
        assert_eq!((basic.revision(), basic.region_size(), basic.memory_type()), (0x12, 0x400, 6));
        assert!(basic.true_controls() && basic.tells_string_io() && basic.dual_monitor() && !basic.narrow());
        assert_eq!(basic.memory_type(), WRITE_BACK);
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

    #[test]
    fn rights_are_two_parts_of_the_descriptor() {
        let code = crate::segment::Descriptor::from_bits(0x00af_9b00_0000_ffff);
        assert_eq!(rights::of(code), 0xa09b);
        assert_eq!(rights::descriptor(0xa09b).into_bits(), 0x00a0_9b00_0000_0000);
        assert_eq!(rights::UNUSABLE, 0x10000);
    }
}
