//! The paging structures: an identity map of guest memory and of the APICs' pages.

use x86::paging::{ENTRY, ENTRY_32, LARGE_PAGE_32, PageEntry, index};

use crate::{Boot, Mode, PageFlaw, map};

/// Bytes in one entry of the mode's page table; none in real mode.
pub fn entry_size(mode: Mode) -> u64 {
    match mode {
        Mode::Real => 0,
        Mode::Protected => ENTRY_32,
        Mode::Long => ENTRY,
    }
}

/// Address of the entry that maps the page at `page`; the page table's start in real mode.
pub fn entry_address(mode: Mode, page: u64) -> u64 {
    map::PAGE_TABLE + page / map::PAGE * entry_size(mode)
}

/// The initial entry that maps the page at address `page`.
fn leaf(boot: &Boot, page: u64) -> PageEntry {
    let entry = PageEntry::open(page).with_present(page != map::ABSENT_PAGE.start);
    match boot.pages.get(&page) {
        None => entry,
        Some(PageFlaw::NotPresent) => entry.with_present(false),
        Some(PageFlaw::Supervisor) => entry.with_user(false),
        Some(PageFlaw::ReadOnly) => entry.with_writable(false),
        Some(PageFlaw::Present) => entry.with_present(true),
    }
}

/// Every entry that is not zero, by address.
pub(super) fn entries(mode: Mode, boot: &Boot) -> Vec<(u64, PageEntry)> {
    let table = |number: u64| map::PAGE_TABLES.start + number * map::PAGE;
    let mut entries = match mode {
        Mode::Real => return Vec::new(),
        Mode::Protected => {
            let slot = |address: u64| table(0) + address / LARGE_PAGE_32 * entry_size(mode);
            // One 4 MiB page holds both APICs' registers.
            let devices = map::IOAPIC_PAGE & !(LARGE_PAGE_32 - 1);
            vec![(slot(0), PageEntry::open(map::PAGE_TABLE)), (slot(devices), PageEntry::device(devices))]
        }
        Mode::Long => {
            let slot = |number: u64, level: u32, address: u64| table(number) + index(address, level) * ENTRY;
            vec![
                (table(0), PageEntry::open(table(1))),
                (table(1), PageEntry::open(table(2))),
                (slot(1, 3, map::APIC_PAGE), PageEntry::open(table(4))),
                (slot(2, 2, 0), PageEntry::open(map::PAGE_TABLE)),
                (slot(4, 2, map::IOAPIC_PAGE), PageEntry::device(map::IOAPIC_PAGE)),
                (slot(4, 2, map::APIC_PAGE), PageEntry::device(map::APIC_PAGE)),
            ]
        }
    };
    // An entry that points to a table has no dirty bit.
    for (_, entry) in entries.iter_mut().filter(|(_, entry)| !entry.large()) {
        entry.set_dirty(false);
    }
    let pages = (0..map::MEMORY_SIZE).step_by(map::PAGE as usize);
    entries.extend(pages.map(|page| (entry_address(mode, page), leaf(boot, page))));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(mode: Mode, boot: &Boot, address: u64) -> u64 {
        entries(mode, boot).iter().find(|(at, _)| *at == address).map_or(0, |(_, entry)| entry.into_bits())
    }

    #[test]
    fn long_mode_maps_memory_by_four_levels() {
        let plain = Boot::default();
        assert_eq!(entry(Mode::Long, &plain, 0x1_3000), 0x1_4027); // PML4 0
        assert_eq!(entry(Mode::Long, &plain, 0x1_4000), 0x1_5027); // PDPT 0
        assert_eq!(entry(Mode::Long, &plain, 0x1_4018), 0x1_7027); // PDPT 3: the fourth GiB
        assert_eq!(entry(Mode::Long, &plain, 0x1_5000), 0x1_6027); // PD 0
        assert_eq!(entry(Mode::Long, &plain, 0x1_7fb0), 0xfec0_00ff); // PD 1F6h
        assert_eq!(entry(Mode::Long, &plain, 0x1_7fb8), 0xfee0_00ff); // PD 1F7h
        assert_eq!(entry(Mode::Long, &plain, 0x1_6010), 0x2067); // PT 2: the first page of code
        assert_eq!(entry(Mode::Long, &plain, 0x1_6038), 0x7066); // PT 7: not present
        assert_eq!(entry(Mode::Long, &plain, 0x1_61f8), 0x3_f067); // PT 3Fh: the last page
    }

    #[test]
    fn protected_mode_maps_memory_by_two_levels() {
        let plain = Boot::default();
        assert_eq!(entry(Mode::Protected, &plain, 0x1_3000), 0x1_6027); // PD 0
        assert_eq!(entry(Mode::Protected, &plain, 0x1_3fec), 0xfec0_00ff); // PD 3FBh: 4 MiB
        assert_eq!(entry(Mode::Protected, &plain, 0x1_6008), 0x2067);
        assert_eq!(entry(Mode::Protected, &plain, 0x1_601c), 0x7066);
    }

    #[test]
    fn flaws_clear_one_bit_each() {
        let with = |flaw| entry(Mode::Long, &Boot { pages: [(0x5000, flaw)].into(), ..Boot::default() }, 0x1_6028);
        assert_eq!(with(PageFlaw::NotPresent), 0x5066);
        assert_eq!(with(PageFlaw::ReadOnly), 0x5065);
        assert_eq!(with(PageFlaw::Supervisor), 0x5063);
        let boot = Boot { pages: [(0x7000, PageFlaw::Present)].into(), ..Boot::default() };
        assert_eq!(entry(Mode::Long, &boot, 0x1_6038), 0x7067);
    }
}
