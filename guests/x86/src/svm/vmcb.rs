//! Offsets and sizes of the VMCB's fields (AMD APM vol. 2, appendix B "VMCB Layout").

/// One field of the VMCB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Offset in the VMCB, in bytes.
    pub offset: u16,
    /// Size in bytes: 1, 2, 4 or 8.
    pub bytes: u8,
}

/// Fields of the VMCB (AMD APM vol. 2, appendix B, tables B-1 "VMCB Layout, Control Area" and B-2 "VMCB Layout, State Save Area").
pub mod field {
    use super::Field;

    const fn at(offset: u16, bytes: u8) -> Field {
        Field { offset, bytes }
    }

    /// Exceptions to intercept, a bit for each vector.
    pub const EXCEPTIONS: Field = at(0x008, 4);
    /// The first of the words with [`crate::svm::Intercept`]s.
    pub const INTERCEPTS: Field = at(0x00c, 4);
    /// The guest's address space identifier.
    pub const ASID: Field = at(0x058, 4);
    /// TLB_CONTROL.
    pub const TLB_CONTROL: Field = at(0x05c, 1);
    /// The virtual interrupts: [`crate::svm::IntCtl`].
    pub const INT_CTL: Field = at(0x060, 4);
    /// V_INTR_VECTOR.
    pub const INT_VECTOR: Field = at(0x064, 1);
    /// INTERRUPT_SHADOW (bit 0).
    pub const SHADOW: Field = at(0x068, 1);
    /// EXITCODE: [`crate::svm::exit`].
    pub const EXITCODE: Field = at(0x070, 8);
    /// EXITINFO1.
    pub const EXITINFO1: Field = at(0x078, 8);
    /// EXITINFO2.
    pub const EXITINFO2: Field = at(0x080, 8);
    /// EXITINTINFO: [`crate::svm::Event`].
    pub const EXITINTINFO: Field = at(0x088, 8);
    /// NP_ENABLE (bit 0): nested paging.
    pub const NP_ENABLE: Field = at(0x090, 8);
    /// EVENTINJ: [`crate::svm::Event`].
    pub const EVENTINJ: Field = at(0x0a8, 8);
    /// VMCB clean bits.
    pub const CLEAN: Field = at(0x0c0, 4);
    /// nRIP: the next sequential instruction.
    pub const NRIP: Field = at(0x0c8, 8);
    /// CPL.
    pub const CPL: Field = at(0x4cb, 1);
    /// EFER.
    pub const EFER: Field = at(0x4d0, 8);
    /// CR4.
    pub const CR4: Field = at(0x548, 8);
    /// CR3.
    pub const CR3: Field = at(0x550, 8);
    /// CR0.
    pub const CR0: Field = at(0x558, 8);
    /// DR7.
    pub const DR7: Field = at(0x560, 8);
    /// DR6.
    pub const DR6: Field = at(0x568, 8);
    /// RFLAGS.
    pub const RFLAGS: Field = at(0x570, 8);
    /// RIP.
    pub const RIP: Field = at(0x578, 8);
    /// RSP.
    pub const RSP: Field = at(0x5d8, 8);
    /// RAX.
    pub const RAX: Field = at(0x5f8, 8);
    /// CR2.
    pub const CR2: Field = at(0x640, 8);

    /// GDTR.limit.
    pub const GDT_LIMIT: Field = at(super::segment::GDTR + super::segment::LIMIT, 4);
    /// GDTR.base.
    pub const GDT_BASE: Field = at(super::segment::GDTR + super::segment::BASE, 8);
    /// IDTR.limit.
    pub const IDT_LIMIT: Field = at(super::segment::IDTR + super::segment::LIMIT, 4);
    /// IDTR.base.
    pub const IDT_BASE: Field = at(super::segment::IDTR + super::segment::BASE, 8);

    /// The fields by the names that this project gives them.
    pub const NAMED: [(&str, Field); 30] = [
        ("exceptions", EXCEPTIONS),
        ("asid", ASID),
        ("tlb_control", TLB_CONTROL),
        ("int_ctl", INT_CTL),
        ("int_vector", INT_VECTOR),
        ("shadow", SHADOW),
        ("exitcode", EXITCODE),
        ("exitinfo1", EXITINFO1),
        ("exitinfo2", EXITINFO2),
        ("exitintinfo", EXITINTINFO),
        ("np_enable", NP_ENABLE),
        ("eventinj", EVENTINJ),
        ("clean", CLEAN),
        ("nrip", NRIP),
        ("gdt_limit", GDT_LIMIT),
        ("gdt_base", GDT_BASE),
        ("idt_limit", IDT_LIMIT),
        ("idt_base", IDT_BASE),
        ("cpl", CPL),
        ("efer", EFER),
        ("cr4", CR4),
        ("cr3", CR3),
        ("cr0", CR0),
        ("dr7", DR7),
        ("dr6", DR6),
        ("rflags", RFLAGS),
        ("rip", RIP),
        ("rsp", RSP),
        ("rax", RAX),
        ("cr2", CR2),
    ];
}

/// Offsets of the segment registers in the VMCB, and of their parts after the selector (2 bytes), which is the first (AMD APM vol. 2,
/// appendix B, table B-2).
pub mod segment {
    use crate::segment::Descriptor;

    /// A descriptor's attributes in 12 bits: those from its type to P, then those from AVL to G.
    pub const fn attributes(descriptor: Descriptor) -> u16 {
        let bits = descriptor.into_bits();
        (bits >> 40 & 0xff | (bits >> 52 & 0xf) << 8) as u16
    }

    /// The descriptor with these attributes, and nothing else.
    pub const fn descriptor(attributes: u16) -> Descriptor {
        let bits = attributes as u64;
        Descriptor::from_bits((bits & 0xff) << 40 | (bits >> 8 & 0xf) << 52)
    }

    /// In a register: the attributes (2 bytes).
    pub const ATTRIBUTES: u16 = 2;
    /// In a register: the limit (4 bytes).
    pub const LIMIT: u16 = 4;
    /// In a register: the base (8 bytes).
    pub const BASE: u16 = 8;

    /// ES.
    pub const ES: u16 = 0x400;
    /// CS.
    pub const CS: u16 = 0x410;
    /// SS.
    pub const SS: u16 = 0x420;
    /// DS.
    pub const DS: u16 = 0x430;
    /// GDTR.
    pub const GDTR: u16 = 0x460;
    /// IDTR.
    pub const IDTR: u16 = 0x480;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_two_parts_of_the_descriptor() {
        let code = crate::segment::Descriptor::from_bits(0x00af_9b00_0000_ffff);
        assert_eq!(segment::attributes(code), 0xa9b);
        assert_eq!(segment::descriptor(0xa9b).into_bits(), 0x00a0_9b00_0000_0000);
    }

    #[test]
    fn parts_of_a_register_stand_where_table_b_2_puts_them() {
        use segment::{ATTRIBUTES, BASE, CS, GDTR, IDTR, LIMIT};
        assert_eq!([CS, CS + ATTRIBUTES, CS + LIMIT, CS + BASE], [0x410, 0x412, 0x414, 0x418]);
        assert_eq!([GDTR + LIMIT, GDTR + BASE, IDTR + LIMIT, IDTR + BASE], [0x464, 0x468, 0x484, 0x488]);
    }

    #[test]
    fn fields_stand_where_appendix_b_puts_them() {
        // Table B-2 counts from the state save area, which begins at 400h.
        const STATE: u16 = 0x400;
        for (own, offset, bytes) in [
            (field::EXCEPTIONS, 0x008, 4),
            (field::INTERCEPTS, 0x00c, 4),
            (field::ASID, 0x058, 4),
            (field::TLB_CONTROL, 0x05c, 1),
            (field::INT_CTL, 0x060, 4),
            (field::INT_VECTOR, 0x064, 1),
            (field::SHADOW, 0x068, 1),
            (field::EXITCODE, 0x070, 8),
            (field::EXITINFO1, 0x078, 8),
            (field::EXITINFO2, 0x080, 8),
            (field::EXITINTINFO, 0x088, 8),
            (field::NP_ENABLE, 0x090, 8),
            (field::EVENTINJ, 0x0a8, 8),
            (field::CLEAN, 0x0c0, 4),
            (field::NRIP, 0x0c8, 8),
            (field::GDT_LIMIT, STATE + 0x064, 4),
            (field::GDT_BASE, STATE + 0x068, 8),
            (field::IDT_LIMIT, STATE + 0x084, 4),
            (field::IDT_BASE, STATE + 0x088, 8),
            (field::CPL, STATE + 0x0cb, 1),
            (field::EFER, STATE + 0x0d0, 8),
            (field::CR4, STATE + 0x148, 8),
            (field::CR3, STATE + 0x150, 8),
            (field::CR0, STATE + 0x158, 8),
            (field::DR7, STATE + 0x160, 8),
            (field::DR6, STATE + 0x168, 8),
            (field::RFLAGS, STATE + 0x170, 8),
            (field::RIP, STATE + 0x178, 8),
            (field::RSP, STATE + 0x1d8, 8),
            (field::RAX, STATE + 0x1f8, 8),
            (field::CR2, STATE + 0x240, 8),
        ] {
            assert_eq!(own, Field { offset, bytes });
        }
        assert_eq!([segment::ES, segment::CS, segment::SS, segment::DS], [0x400, 0x410, 0x420, 0x430]);
    }

    #[test]
    fn names_of_fields_are_different_and_no_two_overlap() {
        let mut fields = field::NAMED;
        fields.sort_by_key(|(_, field)| field.offset);
        for pair in fields.windows(2) {
            let [(_, one), (_, next)] = pair else { continue };
            assert!(one.offset + u16::from(one.bytes) <= next.offset, "{pair:?}");
        }
    }
}
