//! Translation of linear addresses by 32-bit and four-level paging.

use x86::control::{CR0_WP, CR4_PAE, CR4_PSE, EFER_NXE};
use x86::error_code::PageError;
use x86::paging::{ADDRESS_32, ENTRY, ENTRY_32, LARGE_PAGE_32, PAGE, PageEntry, index, reach};
use x86::segment::OFFSET_32;

use super::{Core, Fault, Run};
use crate::machine::UnmodelledMode;

/// The kind of an access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Access {
    pub write: bool,
    pub user: bool,
    pub fetch: bool,
}

/// The result of a page walk: the permissions of all levels together, and the physical address.
struct Walk {
    writable: bool,
    user: bool,
    no_execute: bool,
    address: u64,
}

impl Core<'_> {
    /// Physical address of a linear one, or #PF (Intel SDM vol. 3, section 4.7 "Page-Fault Exceptions"; AMD APM vol. 2,
    /// section 5.6 "Page-Protection Checks"). There is no TLB: changes of the tables take effect at once.
    pub(super) fn translate(&self, linear: u64, access: Access) -> Run<u64> {
        let regs = &self.cpu.regs;
        if !regs.paging() {
            return Ok(linear & OFFSET_32);
        }
        let no_execute_on = regs.efer & EFER_NXE != 0;
        let walk = match (regs.long(), regs.cr4 & CR4_PAE != 0) {
            (true, _) => self.walk_four_levels(linear)?,
            (false, false) => self.walk_two_levels(linear)?,
            (false, true) => {
                return Err(UnmodelledMode::Pae.into());
            }
        };
        let allowed = walk.as_ref().is_some_and(|walk| {
            (!access.user || walk.user)
                && (!access.write || walk.writable || (!access.user && regs.cr0 & CR0_WP == 0))
                && !(access.fetch && no_execute_on && walk.no_execute)
        });
        match walk {
            Some(walk) if allowed => Ok(walk.address),
            walk => {
                let code = PageError::new()
                    .with_present(walk.is_some())
                    .with_write(access.write)
                    .with_user(access.user)
                    .with_fetch(access.fetch && no_execute_on);
                Err(Fault::page(linear, code.into_bits()).into())
            }
        }
    }

    fn walk_two_levels(&self, linear: u64) -> Run<Option<Walk>> {
        let linear = linear & OFFSET_32;
        let entry = |address: u64| self.bus.read(address, ENTRY_32 as usize).map(PageEntry::from_bits);
        let directory = entry((self.cpu.regs.cr3 & ADDRESS_32) + linear / LARGE_PAGE_32 * ENTRY_32)?;
        if !directory.present() {
            return Ok(None);
        }
        if directory.large() && self.cpu.regs.cr4 & CR4_PSE != 0 {
            let offset = LARGE_PAGE_32 - 1;
            return Ok(Some(Walk {
                writable: directory.writable(),
                user: directory.user(),
                no_execute: false,
                address: directory.address() & !offset | linear & offset,
            }));
        }
        let page = entry(directory.address() + linear % LARGE_PAGE_32 / PAGE * ENTRY_32)?;
        Ok(page.present().then_some(Walk {
            writable: directory.writable() && page.writable(),
            user: directory.user() && page.user(),
            no_execute: false,
            address: page.address() | (linear % PAGE),
        }))
    }

    fn walk_four_levels(&self, linear: u64) -> Run<Option<Walk>> {
        let mut table = PageEntry::from_bits(self.cpu.regs.cr3).address();
        let (mut writable, mut user, mut no_execute) = (true, true, false);
        for level in (1..=4).rev() {
            let at = table + index(linear, level) * ENTRY;
            let entry = PageEntry::from_bits(self.bus.read(at, ENTRY as usize)?);
            if !entry.present() {
                return Ok(None);
            }
            writable &= entry.writable();
            user &= entry.user();
            no_execute |= entry.no_execute();
            if level == 1 || (level < 4 && entry.large()) {
                let offset = reach(level) - 1;
                let address = entry.address() & !offset | linear & offset;
                return Ok(Some(Walk { writable, user, no_execute, address }));
            }
            table = entry.address();
        }
        Ok(None)
    }
}
