//! A scenario: a guest, what the hypervisor changes before each VMRUN, and the exits that the manual demands.

/// A few changes of the VMCB, then VMRUN.
pub(crate) type Step = &'static [Change];

/// Keeps some bits of a doubleword and sets others.
#[derive(Clone, Copy)]
pub(crate) struct Change {
    pub(crate) at: u32,
    pub(crate) keep: u32,
    pub(crate) set: u32,
}

#[derive(Clone, Copy)]
pub(crate) enum Mode {
    Protected,
    Real,
}

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) mode: Mode,
    pub(crate) guest: &'static str,
    pub(crate) steps: &'static [Step],
    /// One line an exit, as [`crate::exit`] writes them.
    pub(crate) expect: &'static [&'static str],
}

pub(crate) const fn set(at: u32, bits: u32) -> Change {
    Change { at, keep: !0, set: bits }
}

pub(crate) const fn write(at: u32, value: u32) -> Change {
    Change { at, keep: 0, set: value }
}

/// Offsets and bits. APM volume 2, appendix B, "VMCB Layout".
pub(crate) mod vmcb {
    pub(crate) const EXCEPTION_INTERCEPTS: u32 = 0x008;
    pub(crate) const INT_CTL: u32 = 0x060;
    pub(crate) const V_NMI: u32 = 1 << 11;
    pub(crate) const V_GIF_ENABLE: u32 = 1 << 25;
    pub(crate) const V_NMI_ENABLE: u32 = 1 << 26;
    pub(crate) const SHADOW: u32 = 0x068;
    pub(crate) const EVENTINJ: u32 = 0x0A8;
    pub(crate) const NRIP: u32 = 0x0C8;
    /// Valid, type 2.
    pub(crate) const NMI: u32 = 1 << 31 | 2 << 8 | 2;
    /// Valid, type 3.
    pub(crate) const BREAKPOINT: u32 = 1 << 31 | 3 << 8 | 3;
    /// Selector and attributes, the limit after them.
    pub(crate) const CS: u32 = 0x410;
    pub(crate) const SS: u32 = 0x420;
    pub(crate) const TR: u32 = 0x490;
    pub(crate) const TR_LIMIT: u32 = 0x494;
    pub(crate) const TR_BASE: u32 = 0x498;
    /// In the top byte.
    pub(crate) const CPL: u32 = 0x4C8;
    pub(crate) const IDT_LIMIT: u32 = 0x484;
    pub(crate) const CR4: u32 = 0x548;
    pub(crate) const CR3: u32 = 0x550;
    pub(crate) const CR0: u32 = 0x558;
    pub(crate) const RFLAGS: u32 = 0x570;
}
