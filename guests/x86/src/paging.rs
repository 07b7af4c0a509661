//! Entries of the paging structures.

use bitfield_struct::bitfield;

/// An entry of any level of the paging structures; 32-bit paging uses its low half (Intel SDM vol. 3, 4.3 "32-Bit
/// Paging" and 4.5 "4-Level Paging"; AMD APM vol. 2, 5.4 "Page-Translation-Table Entry Fields").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct PageEntry {
    /// P: present.
    pub present: bool,
    /// R/W: writable.
    pub writable: bool,
    /// U/S: CPL 3 may use it.
    pub user: bool,
    /// PWT: write-through.
    pub write_through: bool,
    /// PCD: not cached.
    pub cache_disable: bool,
    /// A: accessed.
    pub accessed: bool,
    /// D: dirty (only where a page is mapped).
    pub dirty: bool,
    /// PS: maps a large page (not in a PT).
    pub large: bool,
    /// G: global.
    pub global: bool,
    #[bits(3)]
    __: u8,
    /// Bits 51:12 of the address of the page or of the next table.
    #[bits(40)]
    pub frame: u64,
    #[bits(11)]
    __: u16,
    /// NX: no code here.
    pub no_execute: bool,
}

/// Bytes in a page.
pub const PAGE: u64 = 0x1000;
/// Bytes in a page that an entry of a page directory maps in 32-bit paging with CR4.PSE.
pub const LARGE_PAGE_32: u64 = 0x40_0000;
/// Bytes in an entry, except in 32-bit paging.
pub const ENTRY: u64 = 8;
/// Bytes in an entry of 32-bit paging.
pub const ENTRY_32: u64 = 4;
/// Entries in a table of four-level paging.
pub const ENTRIES: u64 = 512;

/// Index of the entry that maps an address in a table of four-level paging. Tables of level 1 map pages; CR3 points to the one
/// of level 4.
pub const fn index(address: u64, level: u32) -> u64 {
    address >> shift(level) & (ENTRIES - 1)
}

/// How many bytes an entry of a table of this level maps.
pub const fn reach(level: u32) -> u64 {
    1 << shift(level)
}

const fn shift(level: u32) -> u32 {
    12 + 9 * (level - 1)
}

/// Whether an address is canonical, with 48 bits (Intel SDM vol. 1, 3.3.7.1 "Canonical Addressing"; AMD APM vol. 2, 5.3.1
/// "Canonical Address Form").
pub const fn is_canonical(address: u64) -> bool {
    ((address << 16) as i64 >> 16) as u64 == address
}

/// The part of CR3, and of an entry, that is an address in 32-bit paging.
pub const ADDRESS_32: u64 = 0xffff_f000;

impl PageEntry {
    /// Address of the page or of the next table.
    pub const fn address(self) -> u64 {
        self.frame() << 12
    }

    /// Present, writable and open to CPL 3, for the page or table at `address`. Accessed and dirty are set from the
    /// start, so that the processor has no reason to write to the tables.
    pub const fn open(address: u64) -> Self {
        Self::new()
            .with_present(true)
            .with_writable(true)
            .with_user(true)
            .with_accessed(true)
            .with_dirty(true)
            .with_frame(address >> 12)
    }

    /// The entry of a large page of device registers.
    pub const fn device(address: u64) -> Self {
        Self::open(address).with_large(true).with_write_through(true).with_cache_disable(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_levels_split_an_address_as_the_manuals_draw_it() {
        let address = 0x0000_7f12_3456_7abc;
        assert_eq!([4, 3, 2, 1].map(|level| index(address, level)), [0xfe, 0x48, 0x1a2, 0x167]);
        assert_eq!((ENTRY * ENTRIES, PAGE / ENTRY_32), (0x1000, 1024), "a table fills a page");
        assert_eq!([1, 2, 3].map(reach), [0x1000, 0x20_0000, 0x4000_0000]);
        assert!(is_canonical(0x7fff_ffff_ffff) && is_canonical(0xffff_8000_0000_0000));
        assert!(!is_canonical(0x8000_0000_0000) && !is_canonical(0xffff_7fff_ffff_ffff));
    }

    #[test]
    fn bits_stand_where_the_manuals_put_them() {
        let entry = PageEntry::new();
        let low = [
            entry.with_present(true),
            entry.with_writable(true),
            entry.with_user(true),
            entry.with_write_through(true),
            entry.with_cache_disable(true),
            entry.with_accessed(true),
            entry.with_dirty(true),
            entry.with_large(true),
            entry.with_global(true),
        ];
        for (number, entry) in low.into_iter().enumerate() {
            assert_eq!(entry.into_bits(), 1 << number, "bit {number}");
        }
        assert_eq!(entry.with_no_execute(true).into_bits(), 1 << 63);
        assert_eq!(PageEntry::from_bits(u64::MAX).address(), 0x000f_ffff_ffff_f000);
        assert_eq!(PageEntry::open(0x1_6000).into_bits(), 0x1_6067);
        assert_eq!(PageEntry::device(0xfec0_0000).into_bits(), 0xfec0_00ff);
    }
}
