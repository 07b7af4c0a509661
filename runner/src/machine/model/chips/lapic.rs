//! The local APIC, as far as NMIs and one external interrupt need it (Intel SDM vol. 3, chapter "Advanced Programmable
//! Interrupt Controller (APIC)"; AMD APM vol. 2, chapter 16).

use spec::Rules;
use spec::apic::LogicalModel;
pub(crate) use spec::apic::Shorthand;
pub(crate) use x86::apic::delivery::{FIXED, NMI, SMI};
use x86::apic::register::{
    DFR, EOI, ESR, ICR, ICR_HIGH, ID, IRR, ISR, LDR, LVT, LVTPC, PPR, STRIDE, SVR, TPR, VERSION,
};
use x86::apic::{
    ApicBase, Command, FLAT_MODEL, ID_SHIFT, Icr, LvtEntry, MODEL_SHIFT, PRIORITY, PRIORITY_CLASS, Spurious, Version,
    shorthand,
};

/// The version register: an integrated APIC with six entries in its local vector table.
const INTEGRATED: u32 = Version::new().with_version(0x14).with_last_entry(5).into_bits();

/// An interprocessor interrupt on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ipi {
    pub from: u8,
    pub mode: u8,
    pub vector: u8,
    pub shorthand: Shorthand,
    pub logical: bool,
    pub level_triggered: bool,
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
    svr: Spurious,
    esr: u32,
    icr: Icr,
    /// Timer, thermal, performance counter, LINT0, LINT1, error.
    lvt: [LvtEntry; 6],
    irr: [u64; 4],
    isr: [u64; 4],
}

impl Lapic {
    /// A local APIC as the host sets it up: software-enabled.
    pub(crate) fn new(id: u8, x2apic: bool) -> Self {
        let base = ApicBase::from_bits(guests::map::APIC_PAGE)
            .with_enabled(true)
            .with_x2apic(x2apic)
            .with_boot_processor(id == 0)
            .into_bits();
        let ldr = if x2apic { 1 << id } else { 1 << (ID_SHIFT + u32::from(id)) };
        let lvt = [LvtEntry::new().with_masked(true); 6];
        let svr = Spurious::new().with_enabled(true).with_vector(u8::MAX);
        Self { id, base, tpr: 0, ldr, dfr: FLAT_MODEL, svr, esr: 0, icr: Icr::new(), lvt, irr: [0; 4], isr: [0; 4] }
    }

    /// Globally enabled: IA32_APIC_BASE bit 11.
    pub(crate) fn enabled(&self) -> bool {
        ApicBase::from_bits(self.base).enabled()
    }

    /// x2APIC mode.
    pub(crate) fn x2apic(&self) -> bool {
        self.enabled() && ApicBase::from_bits(self.base).x2apic()
    }

    /// Enabled by software: SVR bit 8.
    pub(crate) fn software_enabled(&self) -> bool {
        self.svr.enabled()
    }

    /// Reads the register at `offset` in the page.
    pub(crate) fn read(&self, offset: u32) -> u32 {
        let words = |bits: &[u64; 4], from: u32| {
            let index = (offset - from) / STRIDE;
            bits.get(index as usize / 2).map_or(0, |half| (half >> (32 * (index & 1))) as u32)
        };
        match offset - offset % STRIDE {
            ID if self.x2apic() => u32::from(self.id),
            ID => u32::from(self.id) << ID_SHIFT,
            VERSION => INTEGRATED,
            TPR => self.tpr,
            PPR => self.priority(),
            LDR => self.ldr,
            DFR => self.dfr,
            SVR => self.svr.into_bits(),
            at if ISR.contains(&at) => words(&self.isr, *ISR.start()),
            at if IRR.contains(&at) => words(&self.irr, *IRR.start()),
            ESR => self.esr,
            ICR => self.icr.command(),
            ICR_HIGH => self.icr.destination(),
            at if LVT.contains(&at) => self.lvt.get(entry(at)).map_or(0, |entry| entry.into_bits()),
            _ => 0,
        }
    }

    /// Writes the register at `offset`; returns the interrupt to send, if it is the interrupt command.
    pub(crate) fn write(&mut self, rules: &dyn Rules, offset: u32, value: u32) -> Option<Ipi> {
        match offset - offset % STRIDE {
            TPR => self.tpr = value & PRIORITY,
            EOI => self.end_of_interrupt(),
            LDR if !self.x2apic() => self.ldr = value >> ID_SHIFT << ID_SHIFT,
            DFR => self.dfr = value,
            SVR => {
                self.svr = Spurious::new().with_vector(value as u8).with_enabled(Spurious::from_bits(value).enabled());
                if self.masks_entries(rules) {
                    for entry in &mut self.lvt {
                        entry.set_masked(true);
                    }
                }
            }
            ESR => self.esr = 0,
            ICR => return Some(self.command(self.icr.with_command(value))),
            ICR_HIGH => self.icr.set_destination(value),
            at if LVT.contains(&at) => {
                let forced = self.masks_entries(rules);
                if let Some(entry) = self.lvt.get_mut(entry(at)) {
                    let written = LvtEntry::from_bits(value);
                    *entry = written.with_masked(written.masked() || forced);
                }
            }
            _ => {}
        }
        None
    }

    /// Writes the whole interrupt command register, as in x2APIC mode; returns the interrupt to send.
    pub(crate) fn command(&mut self, icr: Icr) -> Ipi {
        let command = Command::from_bits(icr.command()).with_pending(false);
        let destination = icr.destination();
        self.icr = icr.with_command(command.into_bits());
        Ipi {
            from: self.id,
            mode: command.delivery_mode(),
            vector: command.vector(),
            shorthand: match command.shorthand() {
                shorthand::NONE => Shorthand::None,
                shorthand::SELF => Shorthand::Own,
                shorthand::ALL => Shorthand::All,
                _ => Shorthand::Others,
            },
            logical: command.logical(),
            level_triggered: command.trigger_mode(),
            destination: if self.x2apic() { destination } else { destination >> ID_SHIFT },
        }
    }

    /// The interrupt command register.
    pub(crate) fn icr(&self) -> u64 {
        self.icr.into_bits()
    }

    fn masks_entries(&self, rules: &dyn Rules) -> bool {
        !self.software_enabled() && rules.software_disabled_masks_entries()
    }

    /// Whether a message to this destination is for this APIC.
    pub(crate) fn is_addressed(&self, rules: &dyn Rules, destination: u32, logical: bool) -> bool {
        if !logical {
            return rules.physical_destination_matches(self.x2apic(), self.id.into(), destination);
        }
        let (model, id) = match (self.x2apic(), self.dfr >> MODEL_SHIFT) {
            (true, _) => (LogicalModel::X2Apic, self.ldr),
            (false, 0) => (LogicalModel::Cluster, self.ldr >> ID_SHIFT),
            (false, _) => (LogicalModel::Flat, self.ldr >> ID_SHIFT),
        };
        rules.logical_destination_matches(model, id, destination)
    }

    /// A fixed interrupt arrives.
    pub(crate) fn accept(&mut self, vector: u8) {
        set(&mut self.irr, vector);
    }

    /// Sets the in-service bit of this vector.
    pub(crate) fn serve(&mut self, vector: u8) {
        set(&mut self.isr, vector);
    }

    /// The interrupt that could be delivered now.
    pub(crate) fn ready(&self) -> Option<u8> {
        let vector = highest(&self.irr)?;
        (u32::from(vector) & PRIORITY_CLASS > self.priority() & PRIORITY_CLASS).then_some(vector)
    }

    /// The processor takes that interrupt.
    pub(crate) fn take(&mut self, vector: u8) {
        clear(&mut self.irr, vector);
        set(&mut self.isr, vector);
    }

    /// The performance counter's entry fires: returns delivery mode and vector, unless it is masked.
    pub(crate) fn counter_fires(&mut self, though_masked: bool, masks_itself: bool) -> Option<(u8, u8)> {
        let entry = self.lvt.get_mut(entry(LVTPC))?;
        let fired = *entry;
        if fired.masked() && !though_masked {
            return None;
        }
        if masks_itself {
            entry.set_masked(true);
        }
        Some((fired.delivery_mode(), fired.vector()))
    }

    fn end_of_interrupt(&mut self) {
        if let Some(vector) = highest(&self.isr) {
            clear(&mut self.isr, vector);
        }
    }

    /// Processor priority: the higher of task priority and what is in service.
    fn priority(&self) -> u32 {
        let service = highest(&self.isr).map_or(0, |vector| u32::from(vector) & PRIORITY_CLASS);
        if self.tpr & PRIORITY_CLASS >= service { self.tpr } else { service }
    }
}

/// Which entry of the local vector table the register at this offset is.
fn entry(offset: u32) -> usize {
    ((offset - LVT.start()) / STRIDE) as usize
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
