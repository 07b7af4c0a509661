//! Which event is taken, or exits, at an instruction boundary of L2.

use spec::Shadow;
use spec::boundary::EventClass;
use spec::context::VirtualBoundary;
use spec::svm::GuestEvent;
use x86::flags::IF;
use x86::svm::Intercept;

use super::super::cpu::{Core, Cpu, Taken};
use super::leave::Leave;
use super::state::Guest;

impl Core<'_> {
    /// The event that is taken, or exits, at this boundary of L2.
    pub(crate) fn next_guest_event(&mut self) -> Option<Taken> {
        let guest = self.cpu.svm.guest.take()?;
        let taken = self.guest_event(&guest);
        self.cpu.svm.guest = Some(guest);
        taken
    }

    fn guest_event(&mut self, guest: &Guest) -> Option<Taken> {
        let injects = guest.injected.is_some() && self.cpu.rules.injected_is_delivered(&self.entry(guest));
        let virtual_first = !self.cpu.rules.injected_before_virtual() && self.virtual_nmi(guest).is_some();
        if injects && !virtual_first && self.cpu.rules.injected_before_exit() {
            return Some(Taken::Injection);
        }
        let taken = self.cpu.rules.guest_priorities().into_iter().find_map(|event| match event {
            GuestEvent::Own(class) if !self.cpu.svm.gif && self.cpu.rules.gif_holds(class) => None,
            GuestEvent::Own(EventClass::Smi) => self.smi(guest),
            GuestEvent::Own(EventClass::Trap) => self.cpu.trap.then_some(Taken::Trap),
            GuestEvent::Own(EventClass::Nmi) => self.physical_nmi(guest),
            GuestEvent::Own(EventClass::Interrupt) => self.physical_interrupt(guest),
            GuestEvent::VirtualNmi => self.virtual_nmi(guest),
            GuestEvent::VirtualInterrupt => self.virtual_interrupt(guest),
        });
        match taken {
            Some(Taken::Exit(_)) if !self.cpu.rules.injected_before_exit() => taken,
            Some(Taken::VirtualNmi) if virtual_first => taken,
            _ if injects => Some(Taken::Injection),
            taken => taken,
        }
    }

    fn smi(&mut self, guest: &Guest) -> Option<Taken> {
        if !self.takes_smi() {
            return None;
        }
        let exits = self.cpu.rules.smi_exits(guest.intercepts(Intercept::SMI));
        Some(if exits { Taken::Exit(Leave::event(Intercept::SMI)) } else { Taken::Smi })
    }

    fn physical_nmi(&mut self, guest: &Guest) -> Option<Taken> {
        let Core { cpu, choices, .. } = self;
        if cpu.nmi.pending == 0 || guest.fresh && !cpu.rules.pending_at_vmrun_goes_first() {
            return None;
        }
        let intercepted = guest.intercepts(Intercept::NMI);
        let mut takes = cpu.rules.guest_takes_nmi(intercepted);
        let mut mask_holds = cpu.rules.virtual_mask_holds_physical();
        if cpu.counter_nmi {
            takes = !cpu.rules.counter_nmi_exits(!takes);
            mask_holds |= cpu.rules.virtual_blocking_holds_counter_nmi();
        }
        if guest.nmi.masked && mask_holds {
            return None;
        }
        if takes {
            return self.takes_nmi().then_some(Taken::Nmi);
        }
        let (blocked, shadow) = (cpu.nmi.blocked, cpu.regs.shadow);
        let exits = &mut cpu.svm.blocked_nmi_exits;
        let held = blocked && !*exits.get_or_insert_with(|| choices.choose(cpu.rules.blocked_nmi_exits(), true))
            || shadow != Shadow::None && choices.choose(cpu.rules.shadow_blocks_nmis(cpu.vendor, shadow), false);
        (!held).then_some(Taken::Exit(Leave::event(Intercept::NMI)))
    }

    fn physical_interrupt(&mut self, guest: &Guest) -> Option<Taken> {
        let Core { cpu, choices, .. } = self;
        let vector = cpu.lapic.ready()?;
        let shadow = cpu.regs.shadow;
        let (in_l1, in_l2) = (guest.host.flag(IF), cpu.regs.flag(IF));
        let enabled = cpu.rules.physical_interrupts_are_enabled(guest.control.v_intr_masking(), in_l1, in_l2);
        if guest.intercepts(Intercept::INTR) {
            let exits = cpu.rules.intercepted_interrupt_exits(enabled)
                && !choices.choose(cpu.rules.shadow_holds_interrupt_intercept(shadow), false);
            return exits.then(|| Taken::Exit(Leave::event(Intercept::INTR)));
        }
        cpu.rules.interrupt_is_taken(&cpu.nmi, enabled, shadow).then_some(Taken::Interrupt(vector))
    }

    fn virtual_nmi(&self, guest: &Guest) -> Option<Taken> {
        let cpu = &*self.cpu;
        let held = cpu.rules.virtual_gif_holds_virtual_nmis();
        let gif = if held { cpu.rules.virtual_events_are_enabled(cpu.svm.gif, guest.control) } else { cpu.svm.gif };
        let shadow = cpu.regs.shadow;
        let at = VirtualBoundary { interrupts_enabled: cpu.regs.flag(IF), halted: cpu.halted, vector: guest.vector };
        let taken = guest.virtual_nmis && cpu.rules.virtual_nmi_is_taken(guest.nmi, gif, shadow, &at);
        taken.then_some(Taken::VirtualNmi)
    }

    fn virtual_interrupt(&self, guest: &Guest) -> Option<Taken> {
        let Cpu { regs, rules, svm, .. } = &*self.cpu;
        let gif = rules.virtual_events_are_enabled(svm.gif, guest.control);
        if !rules.virtual_interrupt_is_taken(guest.control, gif, regs.flag(IF), regs.shadow) {
            return None;
        }
        let exits = rules.virtual_interrupt_exits(guest.intercepts(Intercept::VINTR));
        Some(if exits { Taken::Exit(Leave::event(Intercept::VINTR)) } else { Taken::VirtualInterrupt(guest.vector) })
    }
}
