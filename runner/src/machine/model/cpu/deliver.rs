use x86::vector::{self, Class, class};

use super::{Abort, Core, Fault, Run};
use crate::terms::Shadow;

/// What raised an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A nonmaskable interrupt.
    Nmi,
    /// An external interrupt.
    External,
    /// An exception of the fault class: saves RF set.
    Fault,
    /// An exception of the trap class.
    Trap,
    /// INT n, INT3, INTO: clears RF before it saves it. Intel SDM vol. 3, section 17.3.1.1.
    Software,
    /// INT1.
    Int1,
}

/// Something that goes through the interrupt descriptor table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub vector: u8,
    pub source: Source,
    pub code: Option<u32>,
}

impl Event {
    /// An event without error code.
    pub(crate) fn new(vector: u8, source: Source) -> Self {
        Self { vector, source, code: None }
    }

    /// EXT of error codes of faults in this event's delivery.
    pub(super) fn external(&self, core: &Core<'_>) -> u32 {
        match self.source {
            Source::Software => 0,
            source => core.rules.external_bit(source == Source::Nmi),
        }
    }
}

impl Core<'_> {
    /// Delivers an NMI: blocking is in effect before the table is looked at.
    pub(crate) fn deliver_nmi(&mut self, injected: bool) -> Run<()> {
        self.rules.delivery_begins(&mut self.cpu.nmi, injected);
        let rip = self.cpu.regs.rip;
        self.cpu.regs.rip = self.rules.rip_after_halt(&mut self.cpu.nmi, rip);
        let code = self.rules.nmi_error_code();
        self.deliver(Event { code, ..Event::new(vector::NMI, Source::Nmi) })
    }

    /// Delivers an exception that an instruction raised; the registers are as before the instruction.
    pub(crate) fn raise(&mut self, fault: Fault) -> Run<()> {
        let event = self.as_event(fault);
        self.deliver(event)
    }

    /// Delivers an event, or what comes of the faults in its delivery (Intel SDM vol. 3, Table 6-5 "Conditions for
    /// Generating a Double Fault"; AMD APM vol. 2, section 8.2.9 "#DF: Double-Fault Exception").
    pub(crate) fn deliver(&mut self, mut event: Event) -> Run<()> {
        loop {
            let before = self.cpu.regs;
            match self.enter(event) {
                Err(Abort::Fault(fault)) => {
                    self.cpu.regs = before;
                    event = self.after_fault(event, fault)?;
                }
                ended => return ended,
            }
        }
    }

    /// Enters the handler, as INT n does within its instruction.
    pub(crate) fn enter(&mut self, event: Event) -> Run<()> {
        self.through_gate(event)?;
        self.cpu.regs.shadow = Shadow::None;
        self.rules.handler_entered(&mut self.cpu.nmi, event.vector, event.source == Source::Software);
        Ok(())
    }

    fn after_fault(&mut self, event: Event, fault: Fault) -> Run<Event> {
        let first = match event.source {
            Source::Nmi => {
                self.rules.delivery_faults(&mut self.cpu.nmi);
                if self.rules.nmi_is_contributory() { Class::Contributory } else { Class::Benign }
            }
            Source::External | Source::Software | Source::Int1 => Class::Benign,
            Source::Fault | Source::Trap => class(event.vector),
        };
        let second = self.as_event(fault);
        match (first, class(fault.vector)) {
            (Class::DoubleFault, _) => Err(Abort::Shutdown),
            (Class::Contributory, Class::Contributory) | (Class::PageFault, Class::Contributory | Class::PageFault) => {
                Ok(self.as_event(Fault::DOUBLE))
            }
            _ => Ok(second),
        }
    }

    fn as_event(&mut self, fault: Fault) -> Event {
        if let Some(address) = fault.address {
            self.cpu.regs.cr2 = address;
        }
        Event { vector: fault.vector, source: Source::Fault, code: fault.code }
    }
}
