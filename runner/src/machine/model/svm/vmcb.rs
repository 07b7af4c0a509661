//! Reads and writes fields of the VMCB in guest memory.

use guests::{Segment, Table};
use x86::register::{CS, DS, ES, SS};
use x86::segment::Descriptor;
use x86::svm::field;
use x86::svm::{Field, Intercept, segment};

use super::super::cpu::{Core, Run};

/// Segment registers in the VMCB.
pub(super) const SEGMENTS: [(usize, u16); 4] =
    [(ES, segment::ES), (CS, segment::CS), (SS, segment::SS), (DS, segment::DS)];

/// A segment register as the VMCB has it.
fn unpacked(selector: u16, attributes: u16, limit: u32, base: u64) -> Segment {
    let descriptor = segment::descriptor(attributes);
    Segment { base, limit, unusable: !descriptor.present(), ..Segment::loaded(selector, descriptor) }
}

/// The attributes of a segment register in the VMCB.
fn attributes(register: &Segment) -> u16 {
    segment::attributes(
        Descriptor::new()
            .with_kind(register.kind)
            .with_code_or_data(register.code_or_data)
            .with_dpl(register.dpl)
            .with_present(register.present)
            .with_long(register.long)
            .with_big(register.big)
            .with_granular(register.granular),
    )
}

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
        let at = vmcb + u64::from(offset);
        let bus = &self.bus;
        let (selector, attributes) = (bus.read(at, 2)? as u16, bus.read(at + 2, 2)? as u16);
        Ok(unpacked(selector, attributes, bus.read(at + 4, 4)? as u32, bus.read(at + 8, 8)?))
    }

    /// Writes a segment register of the VMCB.
    pub(super) fn set_vmcb_segment(&mut self, vmcb: u64, offset: u16, segment: &Segment) -> Run<()> {
        let at = vmcb + u64::from(offset);
        self.bus.write(at, 2, segment.selector.into())?;
        self.bus.write(at + 2, 2, attributes(segment).into())?;
        self.bus.write(at + 4, 4, segment.limit.into())?;
        Ok(self.bus.write(at + 8, 8, segment.base)?)
    }

    /// GDTR or IDTR of the VMCB.
    pub(super) fn vmcb_table(&self, vmcb: u64, base: Field, limit: Field) -> Run<Table> {
        Ok(Table { base: self.vmcb(vmcb, base)?, limit: self.vmcb(vmcb, limit)? as u16 })
    }
}
