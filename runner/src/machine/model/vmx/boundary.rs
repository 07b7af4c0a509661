//! Which event is taken, or exits, at an instruction boundary of L2.

use spec::vmx_events::VmxEvent;
use x86::flags::IF;
use x86::vector;
use x86::vmx::{interruption, reason};

use super::super::cpu::{Core, Cpu, Fault, Run, Taken};
use super::state::VmxGuest;
use super::vm_exit::VmExit;

impl Core<'_> {
    /// The event that is taken, or exits, at this boundary of L2.
    pub(crate) fn next_vmx_event(&mut self) -> Option<Taken> {
        let guest = self.cpu.vmx.guest.take()?;
        let taken = self.vmx_event(&guest);
        self.cpu.vmx.guest = Some(guest);
        taken
    }

    fn vmx_event(&mut self, guest: &VmxGuest) -> Option<Taken> {
        let nmi = guest.injected.is_some_and(|(event, _)| event.kind() == interruption::NMI);
        let enabled = self.cpu.regs.flag(IF);
        let waits = nmi && !self.cpu.rules.injected_nmi_is_delivered(enabled);
        let injects = guest.injected.is_some() && !waits;
        if injects && self.cpu.rules.injection_goes_first() {
            if nmi && self.cpu.rules.injected_nmi_exits(guest.controls) {
                return Some(self.nmi_exit());
            }
            return Some(Taken::Injection);
        }
        let taken = self.cpu.rules.vmx_priorities().into_iter().find_map(|event| match event {
            VmxEvent::Trap => self.cpu.trap.then_some(Taken::Trap),
            VmxEvent::NmiWindow => self.nmi_window(guest),
            VmxEvent::Nmi => self.vmx_nmi(guest),
            VmxEvent::InterruptWindow => self.interrupt_window(guest),
            VmxEvent::Interrupt => self.vmx_interrupt(guest),
        });
        match taken {
            Some(Taken::VmExit(_)) => taken,
            _ if injects => Some(Taken::Injection),
            taken => taken,
        }
    }

    fn leave(&self, exit: VmExit) -> Taken {
        Taken::VmExit(VmExit { halted: self.cpu.halted, ..exit })
    }

    fn nmi_exit(&self) -> Taken {
        self.leave(VmExit::event(interruption::NMI, vector::NMI))
    }

    fn nmi_window(&mut self, guest: &VmxGuest) -> Option<Taken> {
        let Core { cpu, choices, .. } = self;
        if !guest.controls.window || cpu.halted && !cpu.rules.nmi_window_ends_halt() {
            return None;
        }
        let open = choices.choose(cpu.rules.nmi_window_is_open(guest.virtual_blocking, cpu.regs.shadow), true);
        open.then(|| self.leave(VmExit::of(reason::NMI_WINDOW)))
    }

    fn vmx_nmi(&mut self, guest: &VmxGuest) -> Option<Taken> {
        let Core { cpu, choices, .. } = self;
        if cpu.nmi.pending == 0 {
            return None;
        }
        let mut exits = cpu.rules.nmi_exits(guest.controls);
        let mut blocking_holds = cpu.rules.virtual_blocking_holds_exit();
        if cpu.counter_nmi {
            exits = cpu.rules.counter_nmi_exits(exits);
            blocking_holds |= cpu.rules.virtual_blocking_holds_counter_nmi();
        }
        if !exits {
            return self.takes_nmi().then_some(Taken::Nmi);
        }
        let held = cpu.nmi.blocked && !cpu.rules.blocked_nmi_exits_vmx()
            || guest.virtual_blocking && blocking_holds
            || choices.choose(cpu.rules.shadow_holds_nmi_exit(cpu.regs.shadow), false);
        (!held).then(|| self.nmi_exit())
    }

    fn interrupt_window(&self, guest: &VmxGuest) -> Option<Taken> {
        let Cpu { regs, rules, halted, .. } = &*self.cpu;
        if !guest.processor.interrupt_window() || *halted && !rules.interrupt_window_ends_halt() {
            return None;
        }
        let open = rules.interrupt_window_is_open(regs.flag(IF), regs.shadow);
        open.then(|| self.leave(VmExit::of(reason::INTERRUPT_WINDOW)))
    }

    /// An external interrupt, which this suite does not acknowledge on exit.
    fn vmx_interrupt(&mut self, guest: &VmxGuest) -> Option<Taken> {
        let Core { cpu, choices, .. } = self;
        let vector = cpu.lapic.ready()?;
        let (enabled, shadow) = (cpu.regs.flag(IF), cpu.regs.shadow);
        if cpu.rules.interrupt_exits(guest.pin.interrupt_exiting(), enabled) {
            let held = choices.choose(cpu.rules.shadow_holds_interrupt_exit(shadow), false);
            return (!held).then(|| self.leave(VmExit::of(reason::EXTERNAL_INTERRUPT)));
        }
        cpu.rules.interrupt_is_taken(&cpu.nmi, enabled, shadow).then_some(Taken::Interrupt(vector))
    }

    /// A debug exception of L2, other than that of INT1, exits if the exception bitmap has #DB. `hit`: what it sets in DR6.
    pub(crate) fn vmx_intercept_debug(&mut self, hit: u64) -> Run<()> {
        let cpu = &mut *self.cpu;
        let Some(guest) = &cpu.vmx.guest else { return Ok(()) };
        if !cpu.rules.exception_exits_vmx(guest.catches(vector::DB), vector::DB) {
            return Ok(());
        }
        if cpu.rules.debug_exit_writes_dr6_vmx() {
            cpu.regs.dr[6] |= hit;
        }
        let qualification = cpu.rules.debug_exit_qualification(hit);
        self.take_vm_exit(VmExit { qualification, ..VmExit::exception(Fault::DEBUG) })
    }
}
