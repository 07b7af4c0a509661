//! Delivery of an event through the IDT, with the faults that come in it: #DF and shutdown.

use spec::gate::Combined;
use x86::vector::class;

use super::{Abort, Core, Event, Fault, Run, Source};

impl Core<'_> {
    /// The bit EXT in error codes of faults in this event's delivery.
    pub(super) fn external(&self, event: Event) -> u32 {
        self.cpu.rules.external_bit(event.source)
    }

    /// Delivers an NMI: blocking is in effect before the table is looked at.
    pub(crate) fn deliver_nmi(&mut self, injected: bool) -> Run<()> {
        let cpu = &mut *self.cpu;
        cpu.nmi.blocked |= cpu.rules.delivery_blocks(injected);
        cpu.svm.guest_blocks = cpu.svm.guest.is_some();
        cpu.injections += 1;
        cpu.noted.nmi = true;
        let (vector, code) = (cpu.rules.nmi_vector(), cpu.rules.nmi_error_code());
        self.deliver(Event { code, ..Event::new(vector, Source::Nmi) })
    }

    /// Delivers an exception that an instruction raised; the registers are as before the instruction.
    pub(crate) fn raise(&mut self, fault: Fault) -> Run<()> {
        self.intercept_fault(fault)?;
        let event = self.as_event(fault);
        self.deliver(event)
    }

    /// Delivers an event, or the exception that faults in its delivery become (`spec::gate`).
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

    /// Enters the handler of an event; a fault is returned, as INT n needs it.
    pub(crate) fn enter(&mut self, event: Event) -> Run<()> {
        self.cpu.delivering = Some(event);
        self.through_gate(event)?;
        let cpu = &mut *self.cpu;
        cpu.delivering = None;
        cpu.regs.shadow = cpu.rules.shadow_after_delivery();
        cpu.regs.between_iterations = false;
        let software = event.source == Source::Software;
        if cpu.rules.handler_entry_unblocks(event.vector, software) {
            cpu.nmi.blocked = false;
        }
        if software && event.vector == x86::vector::NMI {
            cpu.nmi.blocked |= cpu.rules.int_2_blocks();
            self.vmx_int_2();
        }
        self.cpu.noted.entered = Some(event.vector);
        Ok(())
    }

    fn after_fault(&mut self, event: Event, fault: Fault) -> Run<Event> {
        self.intercept_fault(fault)?;
        let cpu = &mut *self.cpu;
        let guests = cpu.svm.guest.as_mut().is_some_and(|guest| guest.origin.take().is_some())
            || cpu.vmx.guest.as_mut().is_some_and(|guest| std::mem::take(&mut guest.injecting));
        if event.source == Source::Nmi && !guests {
            cpu.nmi.blocked &= cpu.rules.fault_in_delivery_keeps_blocking();
            cpu.nmi.pending = cpu.rules.held_after_fault(&cpu.nmi);
        }
        let first = cpu.rules.class_of(event.source, event.vector);
        let second = self.as_event(fault);
        match self.cpu.rules.faults_combined(first, class(fault.vector)) {
            Combined::Second => Ok(second),
            Combined::DoubleFault => {
                self.intercept_fault(Fault::DOUBLE)?;
                Ok(self.as_event(Fault::DOUBLE))
            }
            Combined::Shutdown => Err(Abort::Shutdown),
        }
    }

    fn as_event(&mut self, fault: Fault) -> Event {
        if let Some(address) = fault.address {
            self.cpu.regs.cr2 = address;
        }
        Event { vector: fault.vector, source: Source::Fault, code: fault.code }
    }
}
