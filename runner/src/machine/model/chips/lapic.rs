//! The local APIC, as far as NMIs and one external interrupt need it (Intel SDM vol. 3, chapter "Advanced Programmable
//! Interrupt Controller (APIC)"; AMD APM vol. 2, chapter 16).

/// Delivery mode fixed.
pub(crate) const FIXED: u8 = 0;
/// Delivery mode SMI.
pub(crate) const SMI: u8 = 2;
/// Delivery mode NMI.
pub(crate) const NMI: u8 = 4;

const SVR_ENABLE: u32 = 1 << 8;
const LVT_MASK: u32 = 1 << 16;
const TPR: u32 = 0x80;
const EOI: u32 = 0xb0;
const LDR: u32 = 0xd0;
const DFR: u32 = 0xe0;
const SVR: u32 = 0xf0;
const ESR: u32 = 0x280;
const ICR: u32 = 0x300;
const ICR_HIGH: u32 = 0x310;
const LVT: std::ops::RangeInclusive<u32> = 0x320..=0x370;
const LVTPC: u32 = 0x340;

/// Destination shorthand of an interrupt command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shorthand {
    None,
    Own,
    All,
    Others,
}

/// An interprocessor interrupt on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ipi {
    pub from: u8,
    pub mode: u8,
    pub vector: u8,
    pub shorthand: Shorthand,
    pub logical: bool,
    pub destination: u32,
}

/// One local APIC.
#[derive(Clone, Debug)]
pub(crate) struct Lapic {
    id: u8,
    /// IA32_APIC_BASE.
    pub base: u64,
    pub tpr: u32,
    pub ldr: u32,
    dfr: u32,
    svr: u32,
    esr: u32,
    icr: u64,
    /// Timer, thermal, performance counter, LINT0, LINT1, error.
    lvt: [u32; 6],
    irr: [u64; 4],
    isr: [u64; 4],
}

impl Lapic {
    /// A local APIC as the host sets it up: software-enabled.
    pub(crate) fn new(id: u8, x2apic: bool) -> Self {
        let boot_processor = u64::from(id == 0) << 8;
        let base = guests::map::APIC_PAGE | 1 << 11 | u64::from(x2apic) << 10 | boot_processor;
        let ldr = if x2apic { 1 << id } else { 1 << (24 + id) };
        let masked = LVT_MASK;
        let lvt = [masked; 6];
        Self { id, base, tpr: 0, ldr, dfr: !0, svr: 0x1ff, esr: 0, icr: 0, lvt, irr: [0; 4], isr: [0; 4] }
    }

    /// Globally enabled: IA32_APIC_BASE bit 11.
    pub(crate) fn enabled(&self) -> bool {
        self.base & 1 << 11 != 0
    }

    /// x2APIC mode.
    pub(crate) fn x2apic(&self) -> bool {
        self.enabled() && self.base & 1 << 10 != 0
    }

    /// Enabled by software: SVR bit 8.
    pub(crate) fn software_enabled(&self) -> bool {
        self.svr & SVR_ENABLE != 0
    }

    /// Reads the register at `offset` in the page.
    pub(crate) fn read(&self, offset: u32) -> u32 {
        let words = |bits: &[u64; 4], from: u32| {
            let index = (offset - from) >> 4;
            bits.get(index as usize / 2).map_or(0, |half| (half >> (32 * (index & 1))) as u32)
        };
        match offset & !0xf {
            0x20 if self.x2apic() => u32::from(self.id),
            0x20 => u32::from(self.id) << 24,
            0x30 => 0x0005_0014,
            TPR => self.tpr,
            0xa0 => self.priority(),
            LDR => self.ldr,
            DFR => self.dfr,
            SVR => self.svr,
            0x100..=0x170 => words(&self.isr, 0x100),
            0x200..=0x270 => words(&self.irr, 0x200),
            ESR => self.esr,
            ICR => self.icr as u32,
            ICR_HIGH => (self.icr >> 32) as u32,
            at if LVT.contains(&at) => self.lvt.get(((at - 0x320) >> 4) as usize).copied().unwrap_or(0),
            _ => 0,
        }
    }

    /// Writes the register at `offset`; an interrupt command comes back to be sent.
    pub(crate) fn write(&mut self, offset: u32, value: u32) -> Option<Ipi> {
        match offset & !0xf {
            TPR => self.tpr = value & 0xff,
            EOI => self.end_of_interrupt(),
            LDR if !self.x2apic() => self.ldr = value & 0xff00_0000,
            DFR => self.dfr = value,
            SVR => {
                self.svr = value & 0x1ff;
                if !self.software_enabled() {
                    for entry in &mut self.lvt {
                        *entry |= LVT_MASK;
                    }
                }
            }
            ESR => self.esr = 0,
            ICR => return Some(self.command(self.icr & !0xffff_ffff | u64::from(value))),
            ICR_HIGH => self.icr = self.icr & 0xffff_ffff | u64::from(value) << 32,
            at if LVT.contains(&at) => {
                let forced = if self.software_enabled() { 0 } else { LVT_MASK };
                if let Some(entry) = self.lvt.get_mut(((at - 0x320) >> 4) as usize) {
                    *entry = value | forced;
                }
            }
            _ => {}
        }
        None
    }

    /// The whole interrupt command register is written, as in x2APIC mode.
    pub(crate) fn command(&mut self, icr: u64) -> Ipi {
        self.icr = icr & !(1 << 12);
        let high = (icr >> 32) as u32;
        Ipi {
            from: self.id,
            mode: (icr >> 8 & 7) as u8,
            vector: icr as u8,
            shorthand: match icr >> 18 & 3 {
                0 => Shorthand::None,
                1 => Shorthand::Own,
                2 => Shorthand::All,
                _ => Shorthand::Others,
            },
            logical: icr & 1 << 11 != 0,
            destination: if self.x2apic() { high } else { high >> 24 },
        }
    }

    /// The interrupt command register.
    pub(crate) fn icr(&self) -> u64 {
        self.icr
    }

    /// Whether a message to this destination is for this APIC.
    pub(crate) fn is_addressed(&self, destination: u32, logical: bool) -> bool {
        match (self.x2apic(), logical) {
            (true, false) => destination == u32::MAX || destination == u32::from(self.id),
            (true, true) => destination & self.ldr & 0xffff != 0,
            (false, false) => destination == 0xff || destination == u32::from(self.id),
            (false, true) => destination & (self.ldr >> 24) != 0,
        }
    }

    /// A fixed interrupt arrives.
    pub(crate) fn accept(&mut self, vector: u8) {
        if self.software_enabled() && vector >= 16 {
            set(&mut self.irr, vector);
        }
    }

    /// Something is in service at this vector's priority.
    pub(crate) fn serve(&mut self, vector: u8) {
        set(&mut self.isr, vector);
    }

    /// The interrupt that could be delivered now.
    pub(crate) fn ready(&self) -> Option<u8> {
        let vector = highest(&self.irr)?;
        (u32::from(vector) & 0xf0 > self.priority() & 0xf0).then_some(vector)
    }

    /// The processor takes that interrupt.
    pub(crate) fn take(&mut self, vector: u8) {
        clear(&mut self.irr, vector);
        set(&mut self.isr, vector);
    }

    /// The performance counter's entry fires: what to deliver, mode and vector, unless it is masked.
    pub(crate) fn counter_fires(&mut self, though_masked: bool, masks_itself: bool) -> Option<(u8, u8)> {
        let entry = self.lvt.get_mut(((LVTPC - 0x320) >> 4) as usize)?;
        let fired = *entry;
        if fired & LVT_MASK != 0 && !though_masked {
            return None;
        }
        if masks_itself {
            *entry |= LVT_MASK;
        }
        Some(((fired >> 8 & 7) as u8, fired as u8))
    }

    fn end_of_interrupt(&mut self) {
        if let Some(vector) = highest(&self.isr) {
            clear(&mut self.isr, vector);
        }
    }

    /// Processor priority: the higher of task priority and what is in service.
    fn priority(&self) -> u32 {
        let service = highest(&self.isr).map_or(0, |vector| u32::from(vector) & 0xf0);
        if self.tpr & 0xf0 >= service { self.tpr } else { service }
    }
}

fn set(bits: &mut [u64; 4], vector: u8) {
    bits[usize::from(vector >> 6)] |= 1 << (vector & 63);
}

fn clear(bits: &mut [u64; 4], vector: u8) {
    bits[usize::from(vector >> 6)] &= !(1 << (vector & 63));
}

fn highest(bits: &[u64; 4]) -> Option<u8> {
    let (index, word) = bits.iter().enumerate().rev().find(|(_, word)| **word != 0)?;
    u8::try_from(index as u32 * 64 + 63 - word.leading_zeros()).ok()
}
