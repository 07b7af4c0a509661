//! AMD's secure virtual machine: the VMCB, its intercepts, exit codes and events (AMD APM vol. 2, chapter 15 "Secure Virtual
//! Machine", and appendix B "VMCB Layout").

use bitfield_struct::bitfield;

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
    /// The first of the words with [`super::Intercept`]s.
    pub const INTERCEPTS: Field = at(0x00c, 4);
    /// The guest's address space identifier.
    pub const ASID: Field = at(0x058, 4);
    /// TLB_CONTROL.
    pub const TLB_CONTROL: Field = at(0x05c, 1);
    /// The virtual interrupts: [`super::IntCtl`].
    pub const INT_CTL: Field = at(0x060, 4);
    /// V_INTR_VECTOR.
    pub const INT_VECTOR: Field = at(0x064, 1);
    /// INTERRUPT_SHADOW (bit 0).
    pub const SHADOW: Field = at(0x068, 1);
    /// EXITCODE: [`super::exit`].
    pub const EXITCODE: Field = at(0x070, 8);
    /// EXITINFO1.
    pub const EXITINFO1: Field = at(0x078, 8);
    /// EXITINFO2.
    pub const EXITINFO2: Field = at(0x080, 8);
    /// EXITINTINFO: [`super::Event`].
    pub const EXITINTINFO: Field = at(0x088, 8);
    /// NP_ENABLE (bit 0): nested paging.
    pub const NP_ENABLE: Field = at(0x090, 8);
    /// EVENTINJ: [`super::Event`].
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
    pub const GDT_LIMIT: Field = at(super::segment::GDTR + 4, 4);
    /// GDTR.base.
    pub const GDT_BASE: Field = at(super::segment::GDTR + 8, 8);
    /// IDTR.limit.
    pub const IDT_LIMIT: Field = at(super::segment::IDTR + 4, 4);
    /// IDTR.base.
    pub const IDT_BASE: Field = at(super::segment::IDTR + 8, 8);

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

/// Offsets of the segment registers in the VMCB: selector (2 bytes), attributes (2), limit (4), base (8) each (AMD APM vol. 2,
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

/// INTERRUPT_SHADOW, in [`field::SHADOW`].
pub const INTERRUPT_SHADOW: u8 = 1;

/// What is intercepted beside exceptions: a bit in one of the words from [`field::INTERCEPTS`] on (AMD APM vol. 2, appendix B, table
/// B-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intercept(u8);

impl Intercept {
    /// INTR: physical interrupts.
    pub const INTR: Self = Self(0);
    /// NMI.
    pub const NMI: Self = Self(1);
    /// SMI.
    pub const SMI: Self = Self(2);
    /// VINTR: virtual interrupts.
    pub const VINTR: Self = Self(4);
    /// PUSHF.
    pub const PUSHF: Self = Self(16);
    /// POPF.
    pub const POPF: Self = Self(17);
    /// CPUID.
    pub const CPUID: Self = Self(18);
    /// RSM.
    pub const RSM: Self = Self(19);
    /// IRET.
    pub const IRET: Self = Self(20);
    /// INT n.
    pub const INTN: Self = Self(21);
    /// HLT.
    pub const HLT: Self = Self(24);
    /// Shutdown events.
    pub const SHUTDOWN: Self = Self(31);
    /// VMRUN, without which the guest is not entered.
    pub const VMRUN: Self = Self(32);
    /// VMMCALL.
    pub const VMMCALL: Self = Self(33);
    /// VMLOAD.
    pub const VMLOAD: Self = Self(34);
    /// VMSAVE.
    pub const VMSAVE: Self = Self(35);
    /// STGI.
    pub const STGI: Self = Self(36);
    /// CLGI.
    pub const CLGI: Self = Self(37);
    /// Idle HLT: HLT while no virtual interrupt and no virtual NMI is pending.
    pub const IDLE_HLT: Self = Self(70);

    /// The intercepts by name.
    pub const NAMED: [(&'static str, Self); 19] = [
        ("INTR", Self::INTR),
        ("NMI", Self::NMI),
        ("SMI", Self::SMI),
        ("VINTR", Self::VINTR),
        ("PUSHF", Self::PUSHF),
        ("POPF", Self::POPF),
        ("CPUID", Self::CPUID),
        ("RSM", Self::RSM),
        ("IRET", Self::IRET),
        ("INTN", Self::INTN),
        ("HLT", Self::HLT),
        ("SHUTDOWN", Self::SHUTDOWN),
        ("VMRUN", Self::VMRUN),
        ("VMMCALL", Self::VMMCALL),
        ("VMLOAD", Self::VMLOAD),
        ("VMSAVE", Self::VMSAVE),
        ("STGI", Self::STGI),
        ("CLGI", Self::CLGI),
        ("IDLE_HLT", Self::IDLE_HLT),
    ];

    /// Offset in the VMCB of the 32-bit word that holds its bit.
    pub const fn offset(self) -> u16 {
        field::INTERCEPTS.offset + self.0 as u16 / 32 * 4
    }

    /// Its bit in that word.
    pub const fn bit(self) -> u32 {
        1 << (self.0 % 32)
    }

    /// The EXITCODE with which it exits: 60h and the bit's number, but for Idle HLT (AMD APM vol. 2, appendix C "SVM Intercept Exit
    /// Codes").
    pub const fn exit_code(self) -> u64 {
        match self {
            Self::IDLE_HLT => exit::IDLE_HLT,
            Self(number) => 0x60 + number as u64,
        }
    }
}

/// EXITCODE (AMD APM vol. 2, appendix C "SVM Intercept Exit Codes"); those of intercepts: [`Intercept::exit_code`].
pub mod exit {
    /// Idle HLT.
    pub const IDLE_HLT: u64 = 0xa6;
    /// A nested page fault.
    pub const NPF: u64 = 0x400;
    /// VMEXIT_INVALID: the VMCB's state is not consistent.
    pub const INVALID: u64 = u64::MAX;

    /// An exception that was intercepted.
    pub const fn exception(vector: u8) -> u64 {
        0x40 + vector as u64
    }
}

/// The virtual interrupts and NMIs of a guest, at offset 060h (AMD APM vol. 2, 15.21.10 "NMI Virtualization", 15.33.1 "Virtual GIF
/// (VGIF)", and appendix B, table B-1).
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct IntCtl {
    /// V_TPR: the task priority as CR8 has it.
    #[bits(4)]
    pub v_tpr: u8,
    #[bits(4)]
    __: u8,
    /// V_IRQ: a virtual interrupt is pending.
    pub v_irq: bool,
    /// VGIF: the virtual global interrupt flag.
    pub v_gif: bool,
    __: bool,
    /// V_NMI: a virtual NMI is pending.
    pub v_nmi: bool,
    /// V_NMI_MASK: virtual NMIs are blocked.
    pub v_nmi_mask: bool,
    #[bits(3)]
    __: u8,
    /// V_INTR_PRIO.
    #[bits(4)]
    pub v_intr_prio: u8,
    /// V_IGN_TPR: the virtual interrupt's priority does not matter.
    pub v_ign_tpr: bool,
    #[bits(3)]
    __: u8,
    /// V_INTR_MASKING: the guest's IF masks virtual interrupts alone.
    pub v_intr_masking: bool,
    /// VGIF is enabled.
    pub v_gif_enable: bool,
    /// V_NMI_ENABLE: NMIs are virtualized.
    pub v_nmi_enable: bool,
    #[bits(5)]
    __: u8,
}

impl IntCtl {
    /// Its single bits by name.
    pub const NAMED: [(&'static str, u32); 8] = [
        ("V_IRQ", Self::new().with_v_irq(true).into_bits()),
        ("V_GIF", Self::new().with_v_gif(true).into_bits()),
        ("V_NMI", Self::new().with_v_nmi(true).into_bits()),
        ("V_NMI_MASK", Self::new().with_v_nmi_mask(true).into_bits()),
        ("V_IGN_TPR", Self::new().with_v_ign_tpr(true).into_bits()),
        ("V_INTR_MASKING", Self::new().with_v_intr_masking(true).into_bits()),
        ("V_GIF_ENABLE", Self::new().with_v_gif_enable(true).into_bits()),
        ("V_NMI_ENABLE", Self::new().with_v_nmi_enable(true).into_bits()),
    ];
}

/// EVENTINJ and EXITINTINFO (AMD APM vol. 2, 15.20 "Event Injection" and 15.7.2 "Intercepts During IDT Interrupt Delivery").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Event {
    /// VECTOR; of an NMI nothing reads it.
    pub vector: u8,
    /// TYPE: [`event_type`].
    #[bits(3)]
    pub kind: u8,
    /// EV: an error code is pushed.
    pub has_error_code: bool,
    #[bits(19)]
    __: u32,
    /// V: there is an event.
    pub valid: bool,
    /// ERRORCODE.
    pub error_code: u32,
}

/// Types of events (AMD APM vol. 2, 15.20 "Event Injection", table 15-16 "Guest Exception or Interrupt Types"); others are reserved.
pub mod event_type {
    /// An external or virtual interrupt.
    pub const INTR: u8 = 0;
    /// An NMI.
    pub const NMI: u8 = 2;
    /// An exception: fault or trap.
    pub const EXCEPTION: u8 = 3;
    /// A software interrupt: INT n.
    pub const SOFTWARE: u8 = 4;
}

/// Bits of EDX of CPUID function 8000_000Ah (AMD APM vol. 3, appendix E.4.8 "Function 8000_000Ah-SVM Features").
pub mod features_edx {
    /// NP: nested paging.
    pub const NP: u32 = 1 << 0;
    /// NRIPS: nRIP is saved.
    pub const NRIPS: u32 = 1 << 3;
    /// VGIF: the global interrupt flag is virtualized.
    pub const VGIF: u32 = 1 << 16;
    /// VNMI: NMIs are virtualized.
    pub const VNMI: u32 = 1 << 25;
    /// IdleHltIntercept.
    pub const IDLE_HLT: u32 = 1 << 30;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_the_virtual_interrupts_stand_where_the_manual_puts_them() {
        assert_eq!(IntCtl::NAMED.map(|(_, bit)| bit.trailing_zeros()), [8, 9, 11, 12, 20, 24, 25, 26]);
    }

    #[test]
    fn intercepts_have_their_bits_and_codes() {
        let of = |one: Intercept| (one.offset(), one.bit().trailing_zeros(), one.exit_code());
        assert_eq!(of(Intercept::INTR), (0x00c, 0, 0x60));
        assert_eq!(of(Intercept::NMI), (0x00c, 1, 0x61));
        assert_eq!(of(Intercept::IRET), (0x00c, 20, 0x74));
        assert_eq!(of(Intercept::SHUTDOWN), (0x00c, 31, 0x7f));
        assert_eq!(of(Intercept::VMRUN), (0x010, 0, 0x80));
        assert_eq!(of(Intercept::CLGI), (0x010, 5, 0x85));
        assert_eq!(of(Intercept::IDLE_HLT), (0x014, 6, 0xa6));
        assert_eq!((exit::exception(11), exit::INVALID), (0x4b, u64::MAX));
    }

    #[test]
    fn attributes_are_two_parts_of_the_descriptor() {
        let code = crate::segment::Descriptor::from_bits(0x00af_9b00_0000_ffff);
        assert_eq!(segment::attributes(code), 0xa9b);
        assert_eq!(segment::descriptor(0xa9b).into_bits(), 0x00a0_9b00_0000_0000);
    }

    #[test]
    fn an_injected_nmi_is_type_2() {
        let event = Event::new().with_kind(event_type::NMI).with_valid(true);
        assert_eq!(event.into_bits(), 0x8000_0200);
        assert_eq!(event.with_has_error_code(true).with_error_code(3).into_bits(), 0x3_8000_0a00);
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
