//! Events of L2: exits for them, and delivery of those that L1 injects.

use x86::svm::Intercept;
use x86::vector;

use super::super::cpu::{Abort, Core, Event, Fault, Run, Source};
use super::leave::Leave;
use super::state::Origin;

impl Core<'_> {
    /// #VMEXIT for an event of L2, which stays pending as the rules say.
    pub(crate) fn take_exit(&mut self, leave: Leave) -> Run<()> {
        let cpu = &mut *self.cpu;
        if leave == Leave::event(Intercept::NMI) && !cpu.rules.intercepted_nmi_stays_pending() {
            cpu.nmi.pending = cpu.nmi.pending.saturating_sub(1);
        }
        if leave == Leave::event(Intercept::SMI) && !cpu.rules.intercepted_smi_stays_pending() {
            cpu.smis = cpu.smis.saturating_sub(1);
        }
        if leave == Leave::event(Intercept::INTR)
            && !cpu.rules.intercepted_interrupt_stays_pending()
            && let Some(vector) = cpu.lapic.ready()
        {
            cpu.lapic.take(vector);
        }
        if leave == Leave::event(Intercept::VINTR)
            && let Some(guest) = &mut cpu.svm.guest
        {
            guest.control.set_v_irq(cpu.rules.virtual_interrupt_stays_pending(true));
        }
        cpu.delivering = None;
        Err(Abort::Exit(leave))
    }

    /// A debug exception of L2, other than that of INT1, exits if L1 intercepts it. `hit`: what it sets in DR6.
    pub(crate) fn intercept_debug(&mut self, hit: u64) -> Run<()> {
        self.vmx_intercept_debug(hit)?;
        let cpu = &mut *self.cpu;
        let Some(guest) = &cpu.svm.guest else { return Ok(()) };
        if !cpu.rules.exception_exits(guest.intercepts_exception(vector::DB), vector::DB) {
            return Ok(());
        }
        if cpu.rules.debug_exit_writes_dr6() {
            cpu.regs.dr[6] |= hit;
        }
        self.take_exit(Leave::exception(Fault::DEBUG))
    }

    /// An exception exits if L1 intercepts it.
    pub(crate) fn intercept_fault(&mut self, fault: Fault) -> Run<()> {
        self.vmx_intercept_fault(fault)?;
        let Some(guest) = &self.cpu.svm.guest else { return Ok(()) };
        let intercepted = guest.intercepts_exception(fault.vector);
        let exits = if self.cpu.delivering.is_some() {
            self.cpu.rules.fault_of_delivery_exits(intercepted, guest.origin == Some(Origin::Injected))
        } else {
            self.cpu.rules.exception_exits(intercepted, fault.vector)
        };
        if exits { Err(Abort::Exit(Leave::exception(fault))) } else { Ok(()) }
    }

    /// Delivers what L1 injects (AMD APM vol. 2, 15.20 "Event Injection").
    pub(crate) fn inject(&mut self) -> Run<()> {
        if self.cpu.vmx.guest.is_some() {
            return self.inject_into_l2();
        }
        let cpu = &mut *self.cpu;
        let Some(guest) = &mut cpu.svm.guest else { return Ok(()) };
        let Some(injected) = guest.injected.take() else { return Ok(()) };
        guest.origin = Some(Origin::Injected);
        let code = injected.has_error_code().then_some(injected.error_code());
        let source = cpu.rules.source_injected(injected.kind(), injected.vector());
        if source == Source::Nmi {
            guest.nmi.masked |= guest.virtual_nmis && cpu.rules.injection_sets_virtual_mask();
            cpu.nmi.blocked |= cpu.rules.injected_nmi_blocks();
            return self.deliver_guest_nmi(injected.vector());
        }
        let event = Event { code, ..Event::new(injected.vector(), source) };
        let delivered = self.deliver(event);
        self.delivery_ends(delivered)
    }

    /// Delivers a virtual NMI.
    pub(crate) fn take_virtual_nmi(&mut self) -> Run<()> {
        let cpu = &mut *self.cpu;
        if let Some(guest) = &mut cpu.svm.guest {
            guest.nmi = cpu.rules.virtual_nmi_taken();
            guest.origin = Some(Origin::Virtual);
        }
        self.deliver_guest_nmi(vector::NMI)
    }

    /// Delivers a virtual interrupt.
    pub(crate) fn take_virtual_interrupt(&mut self, vector: u8) -> Run<()> {
        let cpu = &mut *self.cpu;
        if let Some(guest) = &mut cpu.svm.guest {
            guest.control.set_v_irq(cpu.rules.virtual_interrupt_stays_pending(false));
        }
        self.deliver(Event::new(vector, Source::External))
    }

    /// Delivers an injected or virtual NMI, which does not block physical NMIs.
    fn deliver_guest_nmi(&mut self, field: u8) -> Run<()> {
        self.cpu.noted.nmi = true;
        let injected = self.cpu.svm.guest.as_ref().is_some_and(|guest| guest.origin == Some(Origin::Injected));
        let vector = if injected { self.cpu.rules.injected_nmi_vector(field) } else { self.cpu.rules.nmi_vector() };
        let code = self.cpu.rules.nmi_error_code();
        let delivered = self.deliver(Event { code, ..Event::new(vector, Source::Nmi) });
        self.delivery_ends(delivered)
    }

    /// Ends the delivery, unless it exited.
    fn delivery_ends(&mut self, delivered: Run<()>) -> Run<()> {
        if let (Ok(()), Some(guest)) = (&delivered, &mut self.cpu.svm.guest) {
            guest.origin = None;
        }
        delivered
    }
}

impl Core<'_> {
    /// Whether an IRET can unblock physical NMIs: an IRET of L2 may not unblock those that were blocked in L1.
    pub(crate) fn iret_may_unblock(&mut self) -> bool {
        let Core { cpu, choices, .. } = self;
        match &cpu.svm.guest {
            Some(guest) if cpu.nmi.blocked => {
                // With virtual NMIs KVM clears their mask instead.
                let ends = cpu.rules.guest_iret_ends_blocking(cpu.svm.guest_blocks);
                choices.choose(ends, !guest.virtual_nmis)
            }
            _ => true,
        }
    }

    /// What an IRET of L2 does to the mask of virtual NMIs.
    pub(crate) fn guest_iret(&mut self, completes: bool) {
        let cpu = &mut *self.cpu;
        if let Some(guest) = &mut cpu.svm.guest {
            guest.nmi.masked &= !cpu.rules.iret_clears_virtual_mask(completes);
        }
    }
}
