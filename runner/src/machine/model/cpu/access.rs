//! Memory accesses of a processor: canonical addresses, segment limits and rights, pages.

use guests::Segment;
use guests::map::{APIC_PAGE, PAGE};
use x86::paging::is_canonical;
use x86::register::{FS, GS, SS};
use x86::segment::kind::{self, is_readable, is_writable};
use x86::segment::{OFFSET_32, USER, offset_mask};

use super::paging::Access;
use super::{Core, Fault, Run};

impl Core<'_> {
    /// Reads at a linear address, with the rights of the current privilege level.
    pub(crate) fn read_linear(&mut self, linear: u64, size: usize) -> Run<u64> {
        self.watch(linear, size, false);
        let user = self.cpu.regs.cpl == USER;
        self.read_as(linear, size, Access { user, ..Access::default() })
    }

    /// Reads a descriptor table or a task-state segment: with the supervisor's rights.
    pub(crate) fn read_system(&mut self, linear: u64, size: usize) -> Run<u64> {
        self.read_as(linear, size, Access::default())
    }

    fn read_as(&mut self, linear: u64, size: usize, access: Access) -> Run<u64> {
        let first = self.translate(linear, access)?;
        let in_page = (PAGE - linear % PAGE) as usize;
        if size <= in_page {
            return self.read_physical(first, size);
        }
        let second = self.translate(self.wrap(linear.wrapping_add(in_page as u64)), access)?;
        let low = self.read_physical(first, in_page)?;
        let high = self.read_physical(second, size - in_page)?;
        Ok(low | high << (8 * in_page))
    }

    /// Writes at a linear address with the current rights.
    pub(crate) fn write_linear(&mut self, linear: u64, size: usize, value: u64) -> Run<()> {
        self.watch(linear, size, true);
        self.write_as(linear, size, value, self.cpu.regs.cpl == USER)
    }

    /// Writes at a linear address with the rights of CPL 3 or of the supervisor.
    pub(super) fn write_as(&mut self, linear: u64, size: usize, value: u64, user: bool) -> Run<()> {
        let access = Access { write: true, user, fetch: false };
        let first = self.translate(linear, access)?;
        let in_page = (PAGE - linear % PAGE) as usize;
        if size <= in_page {
            return self.write_physical(first, size, value);
        }
        let second = self.translate(self.wrap(linear.wrapping_add(in_page as u64)), access)?;
        self.write_physical(first, in_page, value)?;
        self.write_physical(second, size - in_page, value >> (8 * in_page))
    }

    /// Physical address of the instruction at a linear address, or the fault of its fetch.
    pub(crate) fn translate_code(&self, linear: u64) -> Run<u64> {
        self.translate(linear, Access { write: false, user: self.cpu.regs.cpl == USER, fetch: true })
    }

    fn wrap(&self, linear: u64) -> u64 {
        if self.cpu.regs.long() { linear } else { linear & OFFSET_32 }
    }

    fn read_physical(&mut self, address: u64, size: usize) -> Run<u64> {
        match address.checked_sub(APIC_PAGE) {
            Some(offset @ 0..PAGE) => {
                let open = self.cpu.lapic.enabled() && !self.cpu.lapic.x2apic();
                let value = if open { self.cpu.lapic.read(offset as u32) } else { u32::MAX };
                Ok(u64::from(value) & mask(size))
            }
            _ => Ok(self.bus.read(address, size)?),
        }
    }

    fn write_physical(&mut self, address: u64, size: usize, value: u64) -> Run<()> {
        match address.checked_sub(APIC_PAGE) {
            Some(offset @ 0..PAGE) => {
                let cpu = &mut *self.cpu;
                if cpu.lapic.enabled() && !cpu.lapic.x2apic() {
                    self.bus.sent.extend(cpu.lapic.write(&*cpu.rules, offset as u32, value as u32));
                }
                Ok(())
            }
            _ => Ok(self.bus.write(address, size, value)?),
        }
    }

    /// Linear address of `size` bytes at `offset` in a segment register, after its checks.
    /// Intel SDM vol. 3, sections 5.3 "Limit Checking" and 5.4 "Type Checking"; AMD APM vol. 2, sections
    /// 4.12 "Limit Checks" and 4.13 "Type Checks".
    pub(crate) fn linear(&self, register: usize, offset: u64, size: usize, write: bool) -> Run<u64> {
        let segment = self.cpu.regs.segments[register];
        self.linear_in(&segment, register, offset, size, write)
    }

    /// The same in a segment that is not (yet) in the register.
    pub(super) fn linear_in(
        &self,
        segment: &Segment,
        register: usize,
        offset: u64,
        size: usize,
        write: bool,
    ) -> Run<u64> {
        let fault = if register == SS { Fault::stack(0) } else { Fault::protection(0) };
        if self.cpu.regs.code64() {
            let base = if matches!(register, FS | GS) { segment.base } else { 0 };
            let linear = base.wrapping_add(offset);
            let last = linear.wrapping_add(size.saturating_sub(1) as u64);
            return if is_canonical(linear) && is_canonical(last) { Ok(linear) } else { Err(fault.into()) };
        }
        let last = offset.wrapping_add(size.saturating_sub(1) as u64);
        let top = offset_mask(segment.big);
        let limit = u64::from(segment.limit);
        let code = segment.kind & kind::CODE != 0;
        let expands_down = !code && segment.kind & kind::EXPAND_DOWN != 0;
        let inside = if expands_down { offset > limit && last <= top } else { last <= limit };
        let forbidden = self.cpu.regs.protected()
            && (segment.unusable || if write { !is_writable(segment.kind) } else { !is_readable(segment.kind) });
        if forbidden || !inside || last < offset {
            return Err(fault.into());
        }
        Ok(segment.base.wrapping_add(offset) & OFFSET_32)
    }

    /// Reads `size` bytes at `offset` in a segment.
    pub(crate) fn read(&mut self, register: usize, offset: u64, size: usize) -> Run<u64> {
        let linear = self.linear(register, offset, size, false)?;
        self.read_linear(linear, size)
    }

    /// Writes `size` bytes at `offset` in a segment.
    pub(crate) fn write(&mut self, register: usize, offset: u64, size: usize, value: u64) -> Run<()> {
        let linear = self.linear(register, offset, size, true)?;
        self.write_linear(linear, size, value)
    }
}

/// All bits of the low `size` bytes.
pub(crate) fn mask(size: usize) -> u64 {
    if size >= 8 { u64::MAX } else { (1 << (8 * size)) - 1 }
}
