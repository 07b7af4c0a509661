//! Events of a processor, as KVM tells and takes them.

use std::fmt;

use spec::Shadow;

/// What KVM_GET_VCPU_EVENTS tells of NMIs and shadows (KVM API document, "KVM_GET_VCPU_EVENTS").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// An NMI's delivery began and must be completed: `nmi.injected`.
    pub injected: bool,
    /// NMIs not yet delivered: `nmi.pending`, 0 to 2.
    pub pending: u8,
    /// NMIs are blocked: `nmi.masked`.
    pub masked: bool,
    /// `interrupt.shadow`.
    pub shadow: Shadow,
    /// The processor is in SMM: `smi.smm`.
    pub smm: bool,
    /// The processor is halted: KVM_GET_MP_STATE.
    pub halted: bool,
}

/// What a host step changes through KVM_SET_VCPU_EVENTS; fields that are `None` stay as KVM_GET_VCPU_EVENTS returned them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventsChange {
    /// `nmi.injected`.
    pub injected: Option<bool>,
    /// `nmi.pending`.
    pub pending: Option<u8>,
    /// `nmi.masked`.
    pub masked: Option<bool>,
    /// `interrupt.shadow`.
    pub shadow: Option<Shadow>,
}

impl fmt::Display for EventsChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.injected.map(|on| format!("injected {}", u8::from(on))));
        parts.extend(self.pending.map(|count| format!("pending {count}")));
        parts.extend(self.masked.map(|on| format!("masked {}", u8::from(on))));
        parts.extend(self.shadow.map(|shadow| format!("shadow {shadow}")));
        f.write_str(&parts.join(", "))
    }
}

impl fmt::Display for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Events { injected, pending, masked, shadow, smm, halted } = *self;
        let (injected, masked) = (u8::from(injected), u8::from(masked));
        write!(f, "masked {masked}, pending {pending}, injected {injected}, shadow {shadow}")?;
        if smm {
            f.write_str(", in SMM")?;
        }
        if halted {
            f.write_str(", halted")?;
        }
        Ok(())
    }
}
