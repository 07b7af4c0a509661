//! Events of a guest: virtual interrupts and NMIs, the interrupt shadow, injection.

use bitfield_struct::bitfield;

/// INTERRUPT_SHADOW, in [`crate::svm::field::SHADOW`].
pub const INTERRUPT_SHADOW: u8 = 1;

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
    /// V_IGN_TPR: the virtual interrupt's priority is ignored.
    pub v_ign_tpr: bool,
    #[bits(3)]
    __: u8,
    /// V_INTR_MASKING: the guest's IF masks virtual interrupts only.
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
    /// VECTOR; ignored for NMIs.
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

/// Types of events (AMD APM vol. 2, 15.20 "Event Injection", table 15-16 "Guest Exception or Interrupt Types"); others are
/// reserved.
pub mod event_type {
    /// An external or virtual interrupt.
    pub const INTR: u8 = 0;
    /// An NMI.
    pub const NMI: u8 = 2;
    /// An exception: fault or trap.
    pub const EXCEPTION: u8 = 3;
    /// A software interrupt: INT n.
    pub const SOFTWARE: u8 = 4;
    /// One of the reserved types.
    pub const RESERVED: u8 = 7;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_the_virtual_interrupts_stand_where_the_manual_puts_them() {
        assert_eq!(IntCtl::NAMED.map(|(_, bit)| bit.trailing_zeros()), [8, 9, 11, 12, 20, 24, 25, 26]);
    }

    #[test]
    fn an_injected_nmi_is_type_2() {
        let event = Event::new().with_kind(event_type::NMI).with_valid(true);
        assert_eq!(event.into_bits(), 0x8000_0200);
        assert_eq!(Event::new().with_kind(event_type::RESERVED).into_bits(), 0x700);
        assert_eq!(event.with_has_error_code(true).with_error_code(3).into_bits(), 0x3_8000_0a00);
    }
}
