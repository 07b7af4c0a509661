//! Fields of the current VMCS, single ones and those of a segment register.

use guests::{Segment, Table};
use x86::register::{CS, DS, ES, FS, GS, SS};
use x86::vmcs::{self, Field};
use x86::vmx::rights;

use super::super::cpu::{self, Core, Run};
use crate::machine::Unmodelled;

/// Selector, limit, access rights and base of a segment register.
type SegmentFields = [Field; 4];

/// Segment registers of L2.
pub(super) const SEGMENTS: [(usize, SegmentFields); 6] = [
    (ES, [vmcs::GUEST_ES, vmcs::GUEST_ES_LIMIT, vmcs::GUEST_ES_RIGHTS, vmcs::GUEST_ES_BASE]),
    (CS, [vmcs::GUEST_CS, vmcs::GUEST_CS_LIMIT, vmcs::GUEST_CS_RIGHTS, vmcs::GUEST_CS_BASE]),
    (SS, SS_FIELDS),
    (DS, [vmcs::GUEST_DS, vmcs::GUEST_DS_LIMIT, vmcs::GUEST_DS_RIGHTS, vmcs::GUEST_DS_BASE]),
    (FS, [vmcs::GUEST_FS, vmcs::GUEST_FS_LIMIT, vmcs::GUEST_FS_RIGHTS, vmcs::GUEST_FS_BASE]),
    (GS, [vmcs::GUEST_GS, vmcs::GUEST_GS_LIMIT, vmcs::GUEST_GS_RIGHTS, vmcs::GUEST_GS_BASE]),
];
/// SS of L2.
pub(super) const SS_FIELDS: SegmentFields =
    [vmcs::GUEST_SS, vmcs::GUEST_SS_LIMIT, vmcs::GUEST_SS_RIGHTS, vmcs::GUEST_SS_BASE];
/// LDTR of L2.
pub(super) const LDTR: SegmentFields =
    [vmcs::GUEST_LDTR, vmcs::GUEST_LDTR_LIMIT, vmcs::GUEST_LDTR_RIGHTS, vmcs::GUEST_LDTR_BASE];
/// TR of L2.
pub(super) const TR: SegmentFields = [vmcs::GUEST_TR, vmcs::GUEST_TR_LIMIT, vmcs::GUEST_TR_RIGHTS, vmcs::GUEST_TR_BASE];

/// A field's name, or its encoding if it has none.
pub(super) fn named(field: Field) -> String {
    vmcs::name(field).map_or_else(|| format!("{:X}h", field.0), str::to_owned)
}

impl Core<'_> {
    /// A field of the current VMCS.
    ///
    /// Errors: software never wrote it, so that it may hold anything.
    pub(super) fn field(&self, field: Field) -> Run<u64> {
        let fields = self.cpu.vmx.current.as_ref().map(|current| &current.fields);
        if let Some(&value) = fields.and_then(|fields| fields.get(&field)) {
            return Ok(value);
        }
        if field.is_read_only() && vmcs::name(field).is_some() {
            return Ok(0);
        }
        Err(Unmodelled::Unwritten { field: named(field) }.into())
    }

    /// The same of 32 bits.
    pub(super) fn field32(&self, field: Field) -> Run<u32> {
        Ok(self.field(field)? as u32)
    }

    /// Writes a field of the current VMCS.
    pub(super) fn set_field(&mut self, field: Field, value: u64) {
        if let Some(current) = &mut self.cpu.vmx.current {
            current.fields.insert(field, value & field.mask());
        }
    }

    /// A segment register of L2.
    pub(super) fn segment_field(&self, [selector, limit, access, base]: SegmentFields) -> Run<Segment> {
        let access = self.field32(access)?;
        Ok(Segment {
            base: self.field(base)?,
            limit: self.field32(limit)?,
            unusable: access & rights::UNUSABLE != 0,
            ..Segment::loaded(self.field(selector)? as u16, rights::descriptor(access))
        })
    }

    /// Saves a segment register of L2.
    pub(super) fn set_segment_field(&mut self, [selector, limit, access, base]: SegmentFields, segment: &Segment) {
        let unusable = if segment.unusable { rights::UNUSABLE } else { 0 };
        self.set_field(selector, segment.selector.into());
        self.set_field(limit, segment.limit.into());
        self.set_field(access, (rights::of(cpu::rights(segment)) | unusable).into());
        self.set_field(base, segment.base);
    }

    /// GDTR or IDTR of L2.
    pub(super) fn table_field(&self, base: Field, limit: Field) -> Run<Table> {
        Ok(Table { base: self.field(base)?, limit: self.field(limit)? as u16 })
    }
}
