//! Control registers and EFER.

use bitfield_struct::bitfield;

/// Control register 0 (Intel SDM vol. 3, 2.5 "Control Registers"; AMD APM vol. 2, 3.1.1 "CR0 Register").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Cr0 {
    /// PE: protected mode.
    pub protection_enable: bool,
    /// MP: WAIT is #NM if TS is set.
    pub monitor_coprocessor: bool,
    /// EM: no x87 unit.
    pub emulation: bool,
    /// TS: x87 state belongs to another task.
    pub task_switched: bool,
    /// ET: always set on processors with an x87 unit of their own.
    pub extension_type: bool,
    /// NE: x87 errors are #MF, not an external interrupt.
    pub numeric_error: bool,
    #[bits(10)]
    __: u16,
    /// WP: the supervisor cannot write to read-only pages either.
    pub write_protect: bool,
    __: bool,
    /// AM: RFLAGS.AC may cause #AC at CPL 3.
    pub alignment_mask: bool,
    #[bits(10)]
    __: u16,
    /// NW: not write-through.
    pub not_write_through: bool,
    /// CD: cache disable.
    pub cache_disable: bool,
    /// PG: paging.
    pub paging: bool,
    __: u32,
}

/// CR0.PE.
pub const CR0_PE: u64 = Cr0::new().with_protection_enable(true).into_bits();
/// CR0.EM.
pub const CR0_EM: u64 = Cr0::new().with_emulation(true).into_bits();
/// CR0.TS.
pub const CR0_TS: u64 = Cr0::new().with_task_switched(true).into_bits();
/// CR0.ET.
pub const CR0_ET: u64 = Cr0::new().with_extension_type(true).into_bits();
/// CR0.WP.
pub const CR0_WP: u64 = Cr0::new().with_write_protect(true).into_bits();
/// CR0.PG.
pub const CR0_PG: u64 = Cr0::new().with_paging(true).into_bits();

/// The bits of control register 4 that guests use (Intel SDM vol. 3, 2.5 "Control Registers"; AMD APM vol. 2, 3.1.3 "CR4
/// Register").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Cr4 {
    #[bits(4)]
    __: u8,
    /// PSE: 4 MiB pages in 32-bit paging.
    pub page_size_extensions: bool,
    /// PAE: 64-bit page-table entries; long mode needs it.
    pub physical_address_extension: bool,
    #[bits(7)]
    __: u8,
    /// VMXE: VMXON works (Intel).
    pub virtual_machine_extensions: bool,
    #[bits(50)]
    __: u64,
}

/// CR4.PSE.
pub const CR4_PSE: u64 = Cr4::new().with_page_size_extensions(true).into_bits();
/// CR4.PAE.
pub const CR4_PAE: u64 = Cr4::new().with_physical_address_extension(true).into_bits();
/// CR4.VMXE.
pub const CR4_VMXE: u64 = Cr4::new().with_virtual_machine_extensions(true).into_bits();

/// The extended feature enable register (AMD APM vol. 2, 3.1.7 "Extended Feature Enable Register (EFER)"; Intel SDM
/// vol. 3, 2.2.1 "Extended Feature Enable Register").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Efer {
    /// SCE: SYSCALL and SYSRET work.
    pub system_call: bool,
    #[bits(7)]
    __: u8,
    /// LME: enabling paging activates long mode.
    pub long_mode_enable: bool,
    __: bool,
    /// LMA: long mode is active.
    pub long_mode_active: bool,
    /// NXE: bit 63 of page-table entries forbids execution.
    pub no_execute: bool,
    /// SVME: VMRUN, CLGI and STGI work (AMD).
    pub secure_virtual_machine: bool,
    #[bits(51)]
    __: u64,
}

/// EFER.SCE.
pub const EFER_SCE: u64 = Efer::new().with_system_call(true).into_bits();
/// EFER.LME.
pub const EFER_LME: u64 = Efer::new().with_long_mode_enable(true).into_bits();
/// EFER.LMA.
pub const EFER_LMA: u64 = Efer::new().with_long_mode_active(true).into_bits();
/// EFER.NXE.
pub const EFER_NXE: u64 = Efer::new().with_no_execute(true).into_bits();
/// EFER.SVME.
pub const EFER_SVME: u64 = Efer::new().with_secure_virtual_machine(true).into_bits();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stand_where_the_manuals_put_them() {
        assert_eq!([CR0_PE, CR0_EM, CR0_TS, CR0_ET], [1, 4, 8, 0x10]);
        assert_eq!(Cr0::new().with_monitor_coprocessor(true).into_bits(), 2);
        assert_eq!(Cr0::new().with_numeric_error(true).into_bits(), 0x20);
        assert_eq!([CR0_WP, CR0_PG], [0x1_0000, 0x8000_0000]);
        assert_eq!(Cr0::new().with_alignment_mask(true).into_bits(), 0x4_0000);
        assert_eq!(Cr0::new().with_not_write_through(true).into_bits(), 0x2000_0000);
        assert_eq!(Cr0::new().with_cache_disable(true).into_bits(), 0x4000_0000);
        assert_eq!([CR4_PSE, CR4_PAE], [0x10, 0x20]);
        assert_eq!(CR4_VMXE, 0x2000);
        assert_eq!([EFER_SCE, EFER_LME, EFER_LMA, EFER_NXE], [1, 0x100, 0x400, 0x800]);
        assert_eq!(Efer::new().with_secure_virtual_machine(true).into_bits(), 0x1000);
    }
}
