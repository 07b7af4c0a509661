//! Reads and writes fields of the VMCB in guest memory.

use guests::{Segment, Table};
use x86::register::{CS, DS, ES, SS};
use x86::svm::field;
use x86::svm::segment::{ATTRIBUTES, BASE, LIMIT};
use x86::svm::{Field, Intercept, segment};

use super::super::cpu::{Core, Run, rights};

/// Segment registers in the VMCB.
pub(super) const SEGMENTS: [(usize, u16); 4] =
    [(ES, segment::ES), (CS, segment::CS), (SS, segment::SS), (DS, segment::DS)];

impl Core<'_> {
    /// A field of the VMCB at this address.
    pub(super) fn vmcb(&self, vmcb: u64, field: Field) -> Run<u64> {
        Ok(self.bus.read(vmcb + u64::from(field.offset), field.bytes.into())?)
    }

    /// Writes a field of the VMCB at this address.
    pub(super) fn set_vmcb(&mut self, vmcb: u64, field: Field, value: u64) -> Run<()> {
        Ok(self.bus.write(vmcb + u64::from(field.offset), field.bytes.into(), value)?)
    }

    /// The words of intercepts.
    pub(super) fn vmcb_intercepts(&self, vmcb: u64) -> Run<[u32; 3]> {
        let word = |which: Intercept| {
            let at = Field { offset: which.offset(), ..field::INTERCEPTS };
            self.vmcb(vmcb, at).map(|word| word as u32)
        };
        Ok([word(Intercept::NMI)?, word(Intercept::VMRUN)?, word(Intercept::IDLE_HLT)?])
    }

    /// A segment register of the VMCB.
    pub(super) fn vmcb_segment(&self, vmcb: u64, offset: u16) -> Run<Segment> {
        let (bus, at) = (&self.bus, |part: u16| vmcb + u64::from(offset + part));
        let (selector, attributes) = (bus.read(at(0), 2)? as u16, bus.read(at(ATTRIBUTES), 2)? as u16);
        let (limit, base) = (bus.read(at(LIMIT), 4)? as u32, bus.read(at(BASE), 8)?);
        let descriptor = segment::descriptor(attributes);
        Ok(Segment { base, limit, unusable: !descriptor.present(), ..Segment::loaded(selector, descriptor) })
    }

    /// Writes a segment register of the VMCB.
    pub(super) fn set_vmcb_segment(&mut self, vmcb: u64, offset: u16, register: &Segment) -> Run<()> {
        let at = |part: u16| vmcb + u64::from(offset + part);
        self.bus.write(at(0), 2, register.selector.into())?;
        self.bus.write(at(ATTRIBUTES), 2, segment::attributes(rights(register)).into())?;
        self.bus.write(at(LIMIT), 4, register.limit.into())?;
        Ok(self.bus.write(at(BASE), 8, register.base)?)
    }

    /// GDTR or IDTR of the VMCB.
    pub(super) fn vmcb_table(&self, vmcb: u64, base: Field, limit: Field) -> Run<Table> {
        Ok(Table { base: self.vmcb(vmcb, base)?, limit: self.vmcb(vmcb, limit)? as u16 })
    }
}
