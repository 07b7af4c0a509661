use guests::map::port;

use super::super::chips::NMI;
use super::super::cpu::{Abort, Cpu};
use super::super::exec::Stepped;
use super::super::rules::Rules;
use super::world::{World, message};
use crate::machine::{Registers, Trouble};
use crate::terms::{Events, EventsChange, Path};

/// The vector field of NMI messages: odd, so that a machine that looks at it shows.
const VECTOR: u8 = 0x55;
/// Steps within which the sender must have sent.
const SENDER_STEPS: u32 = 1_000;

/// Raises `count` NMIs to a processor by a path that ends at its own local APIC.
pub(super) fn raise_on(rules: Rules, cpu: &mut Cpu, path: Path, count: u32) {
    match path {
        Path::Msi | Path::IoApic | Path::XApic | Path::X2Apic => message(rules, cpu, NMI, VECTOR, count),
        Path::Ioctl if !cpu.lapic.enabled() && !rules.hardware_disabled_apic_leaves_the_pin() => {}
        Path::None | Path::Ioctl | Path::Events | Path::Ipi => rules.raise(&mut cpu.nmi, count),
    }
}

impl World {
    /// Makes `count` NMIs pending on the first processor by the trial's path.
    pub(super) fn raise(&mut self, count: u8) -> Result<(), Trouble> {
        match self.path {
            Path::Ipi if self.guest.sender => self.send_by_peer(count),
            Path::Events => {
                let seen = self.events();
                let pending = seen.pending.saturating_add(count);
                self.set_events(EventsChange { pending: Some(pending), ..EventsChange::default() });
                Ok(())
            }
            path => {
                if let Some(cpu) = self.cpus.first_mut() {
                    raise_on(self.rules, cpu, path, count.into());
                }
                Ok(())
            }
        }
    }

    /// Lets the built-in sender go round its loop `count` times.
    fn send_by_peer(&mut self, count: u8) -> Result<(), Trouble> {
        self.park_sender()?;
        for _ in 0..count {
            if let Some(role) = self.roles.get_mut(1) {
                role.parked = false;
            }
            self.park_sender()?;
        }
        Ok(())
    }

    fn park_sender(&mut self) -> Result<(), Trouble> {
        let stuck =
            || Trouble::new("the sender on the second processor", "it did not reach its port; read its listing");
        for _ in 0..SENDER_STEPS {
            if self.roles.get(1).is_none_or(|role| role.parked) {
                return Ok(());
            }
            match self.step(1) {
                Ok(Stepped::Halted) | Err(Abort::Shutdown | Abort::Fault(_)) => return Err(stuck()),
                Ok(_) => {}
                Err(Abort::Trouble(trouble)) => return Err(trouble),
            }
            let sent = self.bus.output.take().is_some_and(|output| output.port == u16::from(port::SEND));
            if let Some(role) = self.roles.get_mut(1) {
                role.parked = sent;
            }
        }
        Err(stuck())
    }

    /// Looks, as KVM_GET_VCPU_EVENTS does.
    pub(super) fn events(&mut self) -> Events {
        let Some(cpu) = self.cpus.first_mut() else { return Events::default() };
        let (shadow, smm, halted) = (cpu.regs.shadow, cpu.smm.is_some(), cpu.halted);
        self.rules.look(&mut cpu.nmi, shadow, smm, halted)
    }

    /// Looks and changes.
    pub(super) fn set_events(&mut self, change: EventsChange) {
        let seen = self.events();
        let Some(cpu) = self.cpus.first_mut() else { return };
        cpu.regs.shadow = self.rules.set(&mut cpu.nmi, seen, change);
        if self.rules.set_ends_halt() {
            cpu.halted = false;
        }
    }

    /// A processor's registers.
    pub(super) fn registers(&self, cpu: u8) -> Registers {
        self.cpus.get(usize::from(cpu)).map_or_else(Registers::default, |cpu| Registers {
            general: cpu.regs.general,
            rip: cpu.regs.linear_rip(),
            rflags: cpu.regs.rflags,
            cr2: cpu.regs.cr2,
            cs: cpu.regs.segments[super::super::cpu::CS].selector,
            ss: cpu.regs.segments[super::super::cpu::SS].selector,
        })
    }
}
