//! Descriptors and selectors: loading a segment register with all its checks.

use guests::Segment;
use x86::register::{DS, ES, FS, GS, SS};
use x86::segment::{DESCRIPTOR, Descriptor, Selector, kind, real_base};

use super::{Core, Fault, Run};

/// A selector as an error code: without its requested privilege level.
pub(crate) fn code_of(selector: u16) -> u32 {
    Selector::from_bits(selector).without_rpl().into()
}

/// Whether a descriptor is of a code segment.
pub(crate) fn is_code(segment: &Segment) -> bool {
    segment.code_or_data && segment.kind & kind::CODE != 0
}

/// Whether a descriptor is of a conforming code segment.
pub(crate) fn is_conforming(segment: &Segment) -> bool {
    segment.code_or_data && kind::is_conforming(segment.kind)
}

/// Whether a descriptor is of a writable data segment.
pub(crate) fn is_writable_data(segment: &Segment) -> bool {
    segment.code_or_data && kind::is_writable(segment.kind)
}

/// Whether a descriptor is of a segment that can be read.
pub(crate) fn is_readable(segment: &Segment) -> bool {
    segment.code_or_data && kind::is_readable(segment.kind)
}

/// The descriptor that a segment register was loaded from, without base and limit.
pub(crate) fn rights(segment: &Segment) -> Descriptor {
    Descriptor::new()
        .with_kind(segment.kind)
        .with_code_or_data(segment.code_or_data)
        .with_dpl(segment.dpl)
        .with_present(segment.present)
        .with_long(segment.long)
        .with_big(segment.big)
        .with_granular(segment.granular)
}

/// The segment register that a null selector leaves.
pub(crate) fn null(selector: u16, dpl: u8) -> Segment {
    Segment { selector, dpl, unusable: true, kind: kind::FLAT_DATA, code_or_data: true, ..Segment::default() }
}

impl Core<'_> {
    /// The descriptor that a selector names; `None` if it is beyond its table's limit.
    pub(crate) fn descriptor(&mut self, selector: u16) -> Run<Option<Segment>> {
        let at = Selector::from_bits(selector);
        let (base, limit) = if !at.local() {
            (self.cpu.regs.gdtr.base, u32::from(self.cpu.regs.gdtr.limit))
        } else if self.cpu.regs.ldtr.unusable {
            return Ok(None);
        } else {
            (self.cpu.regs.ldtr.base, self.cpu.regs.ldtr.limit)
        };
        if at.offset() + DESCRIPTOR - 1 > limit.into() {
            return Ok(None);
        }
        let bytes = self.read_system(base.wrapping_add(at.offset()), DESCRIPTOR as usize)?;
        Ok(Some(Segment::loaded(selector, Descriptor::from_bits(bytes))))
    }

    /// Loads DS, ES, FS, GS or SS as MOV, POP and LDS do (Intel SDM vol. 2, "MOV - Move").
    pub(crate) fn load_segment(&mut self, register: usize, selector: u16) -> Run<()> {
        if !self.cpu.regs.protected() {
            let segment = &mut self.cpu.regs.segments[register];
            // Limit and attributes stay: that is how real-mode code reaches beyond 64 KiB through FS.
            segment.selector = selector;
            segment.base = real_base(selector);
            return Ok(());
        }
        let loaded = match register {
            SS => self.stack_segment(selector, self.cpu.regs.cpl, self.cpu.regs.code64())?,
            _ => self.data_segment(selector)?,
        };
        self.cpu.regs.segments[register] = loaded;
        Ok(())
    }

    /// The stack segment of code at `cpl`, after its checks; 64-bit code may have none.
    pub(super) fn stack_segment(&mut self, selector: u16, cpl: u8, code64: bool) -> Run<Segment> {
        let rpl = Selector::from_bits(selector).rpl();
        if Selector::from_bits(selector).is_null() {
            let allowed = code64 && cpl < 3 && rpl == cpl;
            return if allowed { Ok(null(selector, cpl)) } else { Err(Fault::protection(0).into()) };
        }
        let bad = Fault::protection(code_of(selector));
        let segment = self.descriptor(selector)?.ok_or(bad)?;
        if rpl != cpl || segment.dpl != cpl || !is_writable_data(&segment) {
            return Err(bad.into());
        }
        if !segment.present {
            return Err(Fault::stack(code_of(selector)).into());
        }
        Ok(segment)
    }

    fn data_segment(&mut self, selector: u16) -> Run<Segment> {
        if Selector::from_bits(selector).is_null() {
            return Ok(null(selector, 0));
        }
        let bad = Fault::protection(code_of(selector));
        let segment = self.descriptor(selector)?.ok_or(bad)?;
        let rpl = Selector::from_bits(selector).rpl();
        let beyond = !is_conforming(&segment) && (rpl > segment.dpl || self.cpu.regs.cpl > segment.dpl);
        if !is_readable(&segment) || beyond {
            return Err(bad.into());
        }
        if !segment.present {
            return Err(Fault::not_present(code_of(selector)).into());
        }
        Ok(segment)
    }

    /// Nulls data segments that the current level may not use, after a return to an outer level.
    /// Intel SDM vol. 3, section 5.8.6 "Returning from a Called Procedure".
    pub(crate) fn drop_inner_segments(&mut self) {
        let cpl = self.cpu.regs.cpl;
        for register in [ES, DS, FS, GS] {
            let segment = &mut self.cpu.regs.segments[register];
            if !segment.unusable && !is_conforming(segment) && segment.dpl < cpl {
                *segment = null(0, 0);
            }
        }
    }
}

/// The fixed flat segments that SYSCALL and SYSRET load.
pub(crate) fn flat(selector: u16, dpl: u8, code: bool) -> Segment {
    Segment {
        selector,
        base: 0,
        limit: u32::MAX,
        kind: if code { kind::FLAT_CODE } else { kind::FLAT_DATA },
        code_or_data: true,
        dpl,
        present: true,
        long: code,
        big: !code,
        granular: true,
        unusable: false,
    }
}
