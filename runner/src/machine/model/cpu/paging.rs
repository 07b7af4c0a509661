use super::flags::{CR0_WP, CR4_PAE, CR4_PSE, EFER_NXE};
use super::{Core, Fault, Run};
use crate::machine::Trouble;

const PRESENT: u64 = 1 << 0;
const WRITABLE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const LARGE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
/// Physical address in a 64-bit entry.
const FRAME: u64 = 0x000f_ffff_ffff_f000;

/// What an access wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Access {
    pub write: bool,
    pub user: bool,
    pub fetch: bool,
}

/// Permissions gathered on the way down, and where the way ended.
struct Walk {
    writable: bool,
    user: bool,
    no_execute: bool,
    address: u64,
}

impl Core<'_> {
    /// Physical address of a linear one, or #PF (Intel SDM vol. 3, section 4.7 "Page-Fault Exceptions"; AMD APM vol. 2,
    /// section 5.6 "Page-Protection Checks"). There is no TLB: what tables say holds at once.
    pub(super) fn translate(&self, linear: u64, access: Access) -> Run<u64> {
        let regs = &self.cpu.regs;
        if !regs.paging() {
            return Ok(linear & 0xffff_ffff);
        }
        let no_execute_on = regs.efer & EFER_NXE != 0;
        let walk = match (regs.long(), regs.cr4 & CR4_PAE != 0) {
            (true, _) => self.walk_four_levels(linear)?,
            (false, false) => self.walk_two_levels(linear)?,
            (false, true) => {
                return Err(Trouble::new("PAE paging", "the model knows 32-bit and four-level paging only").into());
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
                let code = u32::from(walk.is_some())
                    | u32::from(access.write) << 1
                    | u32::from(access.user) << 2
                    | u32::from(access.fetch && no_execute_on) << 4;
                Err(Fault::page(linear, code).into())
            }
        }
    }

    fn walk_two_levels(&self, linear: u64) -> Run<Option<Walk>> {
        let linear = linear & 0xffff_ffff;
        let directory = self.bus.read((self.cpu.regs.cr3 & 0xffff_f000) + (linear >> 22) * 4, 4)?;
        if directory & PRESENT == 0 {
            return Ok(None);
        }
        if directory & LARGE != 0 && self.cpu.regs.cr4 & CR4_PSE != 0 {
            return Ok(Some(Walk {
                writable: directory & WRITABLE != 0,
                user: directory & USER != 0,
                no_execute: false,
                address: directory & 0xffc0_0000 | linear & 0x3f_ffff,
            }));
        }
        let entry = self.bus.read((directory & 0xffff_f000) + (linear >> 12 & 0x3ff) * 4, 4)?;
        let both = directory & entry;
        Ok((entry & PRESENT != 0).then_some(Walk {
            writable: both & WRITABLE != 0,
            user: both & USER != 0,
            no_execute: false,
            address: entry & 0xffff_f000 | linear & 0xfff,
        }))
    }

    fn walk_four_levels(&self, linear: u64) -> Run<Option<Walk>> {
        let mut table = self.cpu.regs.cr3 & FRAME;
        let (mut all, mut any) = (!0, 0);
        for level in (0..4).rev() {
            let shift = 12 + 9 * level;
            let entry = self.bus.read(table + (linear >> shift & 0x1ff) * 8, 8)?;
            if entry & PRESENT == 0 {
                return Ok(None);
            }
            all &= entry;
            any |= entry;
            if level == 0 || (level < 3 && entry & LARGE != 0) {
                let offset = (1u64 << shift) - 1;
                return Ok(Some(Walk {
                    writable: all & WRITABLE != 0,
                    user: all & USER != 0,
                    no_execute: any & NO_EXECUTE != 0,
                    address: entry & FRAME & !offset | linear & offset,
                }));
            }
            table = entry & FRAME;
        }
        Ok(None)
    }
}
