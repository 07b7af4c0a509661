//! The controls of VM execution, VM exit and VM entry (Intel SDM vol. 3, 24.6 to 24.8).

use bitfield_struct::bitfield;

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
    /// The bits that concern events, HLT and MSRs, by name.
    pub const NAMED: [(&'static str, u32); 4] = [
        ("INTERRUPT_WINDOW", Self::new().with_interrupt_window(true).into_bits()),
        ("HLT_EXITING", Self::new().with_hlt_exiting(true).into_bits()),
        ("NMI_WINDOW", Self::new().with_nmi_window(true).into_bits()),
        ("MSR_BITMAPS", Self::new().with_msr_bitmaps(true).into_bits()),
    ];
}

/// VM-exit controls: the default1 class (Intel SDM vol. 3, 24.7.1 "VM-Exit Controls").
pub const EXIT_DEFAULT1: u32 = 0x3_6dff;
/// VM-exit control: save debug controls (table 24-10), of the default1 class, which can be 0 on processors with the
/// IA32_VMX_TRUE registers (Intel SDM vol. 3, appendix A.4 "VM-Exit Controls").
pub const EXIT_SAVE_DEBUG_CONTROLS: u32 = 1 << 2;
/// VM-exit control: host address-space size, the host is in 64-bit mode (table 24-10).
pub const EXIT_HOST_64: u32 = 1 << 9;
/// VM-entry controls: the default1 class (Intel SDM vol. 3, 24.8.1 "VM-Entry Controls").
pub const ENTRY_DEFAULT1: u32 = 0x11ff;
/// VM-entry control: load debug controls (table 24-12), of the default1 class, which can be 0 on processors with the
/// IA32_VMX_TRUE registers (Intel SDM vol. 3, appendix A.5 "VM-Entry Controls").
pub const ENTRY_LOAD_DEBUG_CONTROLS: u32 = 1 << 2;
/// VM-entry control: the guest is in IA-32e mode (table 24-12).
pub const ENTRY_GUEST_64: u32 = 1 << 9;

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
}
