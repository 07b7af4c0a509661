//! Fields of the VMCS by their encodings, in the order of the manual's tables (Intel SDM vol. 3, appendix B "Field Encoding in
//! VMCS").

/// One field of the VMCS, by its encoding for VMREAD and VMWRITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field(pub u32);

/// How wide a field is (bits 14:13 of its encoding; Intel SDM vol. 3, 24.11.2 "VMREAD, VMWRITE, and Encodings of VMCS Fields",
/// table 24-17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 16 bits.
    Bits16,
    /// 64 bits.
    Bits64,
    /// 32 bits.
    Bits32,
    /// As wide as the processor's registers.
    Natural,
}

impl Field {
    /// How wide it is.
    pub const fn width(self) -> Width {
        match self.0 >> 13 & 3 {
            0 => Width::Bits16,
            1 => Width::Bits64,
            2 => Width::Bits32,
            _ => Width::Natural,
        }
    }

    /// Whether only the processor writes it: type 1 in bits 11:10.
    pub const fn is_read_only(self) -> bool {
        self.0 >> 10 & 3 == 1
    }

    /// The bits of a value that it holds.
    pub const fn mask(self) -> u64 {
        match self.width() {
            Width::Bits16 => 0xffff,
            Width::Bits32 => 0xffff_ffff,
            Width::Bits64 | Width::Natural => u64::MAX,
        }
    }
}

macro_rules! fields {
    ($($(#[$what:meta])* $constant:ident $name:literal = $encoding:literal;)+) => {
        $($(#[$what])* pub const $constant: Field = Field($encoding);)+

        /// The fields by the names that this project gives them.
        pub const NAMED: &[(&str, Field)] = &[$(($name, $constant)),+];
    };
}

fields! {
    // Table B-2, 16-bit guest-state fields.
    /// Guest ES selector.
    GUEST_ES "es" = 0x0800;
    /// Guest CS selector.
    GUEST_CS "cs" = 0x0802;
    /// Guest SS selector.
    GUEST_SS "ss" = 0x0804;
    /// Guest DS selector.
    GUEST_DS "ds" = 0x0806;
    /// Guest FS selector.
    GUEST_FS "fs" = 0x0808;
    /// Guest GS selector.
    GUEST_GS "gs" = 0x080a;
    /// Guest LDTR selector.
    GUEST_LDTR "ldtr" = 0x080c;
    /// Guest TR selector.
    GUEST_TR "tr" = 0x080e;
    // Table B-3, 16-bit host-state fields.
    /// Host ES selector.
    HOST_ES "host_es" = 0x0c00;
    /// Host CS selector.
    HOST_CS "host_cs" = 0x0c02;
    /// Host SS selector.
    HOST_SS "host_ss" = 0x0c04;
    /// Host DS selector.
    HOST_DS "host_ds" = 0x0c06;
    /// Host FS selector.
    HOST_FS "host_fs" = 0x0c08;
    /// Host GS selector.
    HOST_GS "host_gs" = 0x0c0a;
    /// Host TR selector.
    HOST_TR "host_tr" = 0x0c0c;
    // Table B-4, 64-bit control fields.
    /// Address of MSR bitmaps.
    MSR_BITMAP "msr_bitmap" = 0x2004;
    // Table B-6, 64-bit guest-state fields.
    /// VMCS link pointer.
    LINK_POINTER "link_pointer" = 0x2800;
    /// Guest IA32_DEBUGCTL.
    GUEST_DEBUGCTL "debugctl" = 0x2802;
    // Table B-8, 32-bit control fields.
    /// Pin-based VM-execution controls: [`crate::vmx::Pin`].
    PIN "pin" = 0x4000;
    /// Primary processor-based VM-execution controls: [`crate::vmx::Processor`].
    PROCESSOR "processor" = 0x4002;
    /// Exception bitmap: a bit for each vector.
    EXCEPTIONS "exceptions" = 0x4004;
    /// Page-fault error-code mask.
    PAGE_FAULT_MASK "page_fault_mask" = 0x4006;
    /// Page-fault error-code match.
    PAGE_FAULT_MATCH "page_fault_match" = 0x4008;
    /// CR3-target count.
    CR3_TARGETS "cr3_targets" = 0x400a;
    /// VM-exit controls.
    EXIT_CONTROLS "exit_controls" = 0x400c;
    /// VM-exit MSR-store count.
    EXIT_MSR_STORES "exit_msr_stores" = 0x400e;
    /// VM-exit MSR-load count.
    EXIT_MSR_LOADS "exit_msr_loads" = 0x4010;
    /// VM-entry controls.
    ENTRY_CONTROLS "entry_controls" = 0x4012;
    /// VM-entry MSR-load count.
    ENTRY_MSR_LOADS "entry_msr_loads" = 0x4014;
    /// VM-entry interruption-information field: [`crate::vmx::Interruption`].
    INJECT "inject" = 0x4016;
    /// VM-entry exception error code.
    INJECT_ERROR "inject_error" = 0x4018;
    /// VM-entry instruction length.
    INJECT_LENGTH "inject_length" = 0x401a;
    // Table B-9, 32-bit read-only data fields.
    /// VM-instruction error: [`crate::vmx::error`].
    INSTRUCTION_ERROR "instruction_error" = 0x4400;
    /// Exit reason: [`crate::vmx::reason`].
    REASON "reason" = 0x4402;
    /// VM-exit interruption information: [`crate::vmx::Interruption`].
    EXIT_INTERRUPTION "exit_interruption" = 0x4404;
    /// VM-exit interruption error code.
    EXIT_ERROR "exit_error" = 0x4406;
    /// IDT-vectoring information field: [`crate::vmx::Interruption`].
    IDT_VECTORING "idt_vectoring" = 0x4408;
    /// IDT-vectoring error code.
    IDT_VECTORING_ERROR "idt_vectoring_error" = 0x440a;
    /// VM-exit instruction length.
    EXIT_LENGTH "exit_length" = 0x440c;
    // Table B-10, 32-bit guest-state fields.
    /// Guest ES limit.
    GUEST_ES_LIMIT "es_limit" = 0x4800;
    /// Guest CS limit.
    GUEST_CS_LIMIT "cs_limit" = 0x4802;
    /// Guest SS limit.
    GUEST_SS_LIMIT "ss_limit" = 0x4804;
    /// Guest DS limit.
    GUEST_DS_LIMIT "ds_limit" = 0x4806;
    /// Guest FS limit.
    GUEST_FS_LIMIT "fs_limit" = 0x4808;
    /// Guest GS limit.
    GUEST_GS_LIMIT "gs_limit" = 0x480a;
    /// Guest LDTR limit.
    GUEST_LDTR_LIMIT "ldtr_limit" = 0x480c;
    /// Guest TR limit.
    GUEST_TR_LIMIT "tr_limit" = 0x480e;
    /// Guest GDTR limit.
    GUEST_GDT_LIMIT "gdt_limit" = 0x4810;
    /// Guest IDTR limit.
    GUEST_IDT_LIMIT "idt_limit" = 0x4812;
    /// Guest ES access rights: [`crate::vmx::rights`].
    GUEST_ES_RIGHTS "es_rights" = 0x4814;
    /// Guest CS access rights.
    GUEST_CS_RIGHTS "cs_rights" = 0x4816;
    /// Guest SS access rights.
    GUEST_SS_RIGHTS "ss_rights" = 0x4818;
    /// Guest DS access rights.
    GUEST_DS_RIGHTS "ds_rights" = 0x481a;
    /// Guest FS access rights.
    GUEST_FS_RIGHTS "fs_rights" = 0x481c;
    /// Guest GS access rights.
    GUEST_GS_RIGHTS "gs_rights" = 0x481e;
    /// Guest LDTR access rights.
    GUEST_LDTR_RIGHTS "ldtr_rights" = 0x4820;
    /// Guest TR access rights.
    GUEST_TR_RIGHTS "tr_rights" = 0x4822;
    /// Guest interruptibility state: [`crate::vmx::Interruptibility`].
    INTERRUPTIBILITY "interruptibility" = 0x4824;
    /// Guest activity state: [`crate::vmx::activity`].
    ACTIVITY "activity" = 0x4826;
    /// Guest IA32_SYSENTER_CS.
    GUEST_SYSENTER_CS "sysenter_cs" = 0x482a;
    // Table B-11, 32-bit host-state field.
    /// Host IA32_SYSENTER_CS.
    HOST_SYSENTER_CS "host_sysenter_cs" = 0x4c00;
    // Table B-12, natural-width control fields.
    /// CR0 guest/host mask.
    CR0_MASK "cr0_mask" = 0x6000;
    /// CR4 guest/host mask.
    CR4_MASK "cr4_mask" = 0x6002;
    /// CR0 read shadow.
    CR0_SHADOW "cr0_shadow" = 0x6004;
    /// CR4 read shadow.
    CR4_SHADOW "cr4_shadow" = 0x6006;
    // Table B-13, natural-width read-only data fields.
    /// Exit qualification.
    QUALIFICATION "qualification" = 0x6400;
    // Table B-14, natural-width guest-state fields.
    /// Guest CR0.
    GUEST_CR0 "cr0" = 0x6800;
    /// Guest CR3.
    GUEST_CR3 "cr3" = 0x6802;
    /// Guest CR4.
    GUEST_CR4 "cr4" = 0x6804;
    /// Guest ES base.
    GUEST_ES_BASE "es_base" = 0x6806;
    /// Guest CS base.
    GUEST_CS_BASE "cs_base" = 0x6808;
    /// Guest SS base.
    GUEST_SS_BASE "ss_base" = 0x680a;
    /// Guest DS base.
    GUEST_DS_BASE "ds_base" = 0x680c;
    /// Guest FS base.
    GUEST_FS_BASE "fs_base" = 0x680e;
    /// Guest GS base.
    GUEST_GS_BASE "gs_base" = 0x6810;
    /// Guest LDTR base.
    GUEST_LDTR_BASE "ldtr_base" = 0x6812;
    /// Guest TR base.
    GUEST_TR_BASE "tr_base" = 0x6814;
    /// Guest GDTR base.
    GUEST_GDT_BASE "gdt_base" = 0x6816;
    /// Guest IDTR base.
    GUEST_IDT_BASE "idt_base" = 0x6818;
    /// Guest DR7.
    GUEST_DR7 "dr7" = 0x681a;
    /// Guest RSP.
    GUEST_RSP "rsp" = 0x681c;
    /// Guest RIP.
    GUEST_RIP "rip" = 0x681e;
    /// Guest RFLAGS.
    GUEST_RFLAGS "rflags" = 0x6820;
    /// Guest pending debug exceptions.
    PENDING_DEBUG "pending_debug" = 0x6822;
    /// Guest IA32_SYSENTER_ESP.
    GUEST_SYSENTER_ESP "sysenter_esp" = 0x6824;
    /// Guest IA32_SYSENTER_EIP.
    GUEST_SYSENTER_EIP "sysenter_eip" = 0x6826;
    // Table B-15, natural-width host-state fields.
    /// Host CR0.
    HOST_CR0 "host_cr0" = 0x6c00;
    /// Host CR3.
    HOST_CR3 "host_cr3" = 0x6c02;
    /// Host CR4.
    HOST_CR4 "host_cr4" = 0x6c04;
    /// Host FS base.
    HOST_FS_BASE "host_fs_base" = 0x6c06;
    /// Host GS base.
    HOST_GS_BASE "host_gs_base" = 0x6c08;
    /// Host TR base.
    HOST_TR_BASE "host_tr_base" = 0x6c0a;
    /// Host GDTR base.
    HOST_GDT_BASE "host_gdt_base" = 0x6c0c;
    /// Host IDTR base.
    HOST_IDT_BASE "host_idt_base" = 0x6c0e;
    /// Host IA32_SYSENTER_ESP.
    HOST_SYSENTER_ESP "host_sysenter_esp" = 0x6c10;
    /// Host IA32_SYSENTER_EIP.
    HOST_SYSENTER_EIP "host_sysenter_eip" = 0x6c12;
    /// Host RSP.
    HOST_RSP "host_rsp" = 0x6c14;
    /// Host RIP.
    HOST_RIP "host_rip" = 0x6c16;
}

/// The field called `name`.
pub fn named(name: &str) -> Option<Field> {
    NAMED.iter().find(|(known, _)| *known == name).map(|&(_, field)| field)
}

/// The name of a field that has one.
pub fn name(field: Field) -> Option<&'static str> {
    NAMED.iter().find(|&&(_, known)| known == field).map(|&(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An encoding put together from its parts (table 24-17): index in bits 9:1, type in 11:10, width in 14:13.
    fn encoded(index: u32, kind: u32, width: u32) -> Field {
        Field(index << 1 | kind << 10 | width << 13)
    }

    #[test]
    fn encodings_are_put_together_as_the_manual_says() {
        let (control, data, guest, host) = (0, 1, 2, 3);
        assert_eq!(encoded(7, guest, 0), GUEST_TR);
        assert_eq!(encoded(6, host, 0), HOST_TR);
        assert_eq!(encoded(2, control, 1), MSR_BITMAP);
        assert_eq!(encoded(0, guest, 1), LINK_POINTER);
        assert_eq!(encoded(11, control, 2), INJECT);
        assert_eq!(encoded(4, data, 2), IDT_VECTORING);
        assert_eq!(encoded(18, guest, 2), INTERRUPTIBILITY);
        assert_eq!(encoded(19, guest, 2), ACTIVITY);
        assert_eq!(encoded(0, data, 3), QUALIFICATION);
        assert_eq!(encoded(15, guest, 3), GUEST_RIP);
        assert_eq!(encoded(11, host, 3), HOST_RIP);
    }

    #[test]
    fn names_and_encodings_are_different() {
        for (number, (name, field)) in NAMED.iter().enumerate() {
            let later = NAMED.get(number + 1..).unwrap_or_default();
            assert!(later.iter().all(|(other, _)| other != name), "{name}");
            assert!(later.iter().all(|(_, other)| other.0 > field.0), "{name}: the tables ascend");
            assert_eq!(field.0 & 1, 0, "{name}: the whole field, not its upper half");
        }
    }

    #[test]
    fn fields_know_their_width_and_whether_they_are_written() {
        assert_eq!((HOST_RSP.width(), GUEST_CS.width()), (Width::Natural, Width::Bits16));
        assert_eq!((PIN.width(), LINK_POINTER.width()), (Width::Bits32, Width::Bits64));
        assert_eq!((PIN.mask(), GUEST_CS.mask(), GUEST_RIP.mask()), (0xffff_ffff, 0xffff, u64::MAX));
        assert!(REASON.is_read_only() && QUALIFICATION.is_read_only() && !GUEST_RIP.is_read_only());
        assert_eq!((named("rip"), name(GUEST_RIP), named("tsc")), (Some(GUEST_RIP), Some("rip"), None));
    }
}
