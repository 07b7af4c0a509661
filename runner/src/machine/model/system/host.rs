//! What the host does to the modelled machine: it raises NMIs, and reads and writes events.

use guests::map::port;

use super::super::chips::NMI;
use spec::kvm::Events as Told;
use x86::register::{CS, SS};

use super::super::choices::Choices;
use super::super::cpu::{Abort, Cpu};
use super::super::exec::Stepped;
use super::world::{World, message};
use crate::machine::{Cannot, ExitKind, Registers, Trouble};
use crate::terms::{Events, EventsChange, Path};

/// The vector field of NMI messages, which must be ignored; this one would be noticed if it were not.
const VECTOR: u8 = 0x55;
/// Steps within which the sender must have sent.
const SENDER_STEPS: u32 = 1_000;

/// Raises `count` NMIs to a processor by a path that ends at its own local APIC.
pub(super) fn raise_on(choices: &mut Choices, cpu: &mut Cpu, path: Path, count: u32) {
    match path {
        Path::Msi | Path::IoApic | Path::XApic | Path::X2Apic => message(choices, cpu, NMI, VECTOR, count),
        Path::Ioctl if !cpu.lapic.enabled() && !cpu.rules.pin_needs_no_apic() => {}
        Path::None | Path::Ioctl | Path::Events | Path::Ipi => cpu.arrive(count),
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
                    raise_on(&mut self.choices, cpu, path, count.into());
                }
                Ok(())
            }
        }
    }

    /// Runs the built-in sender for `count` rounds of its loop.
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
        let ended = |ended| Err(Cannot::RunSender { ended }.into());
        for _ in 0..SENDER_STEPS {
            if self.roles.get(1).is_none_or(|role| role.parked) {
                return Ok(());
            }
            match self.step(1) {
                Ok(Stepped::Halted) => return ended(ExitKind::Halted),
                Ok(_) => {}
                Err(Abort::Trouble(trouble)) => return Err(trouble),
                Err(Abort::Shutdown | Abort::Fault(_) | Abort::Exit(_) | Abort::VmExit(_)) => {
                    return ended(ExitKind::Shutdown);
                }
            }
            let sent = self.bus.output.take().is_some_and(|output| output.port == u16::from(port::SEND));
            if let Some(role) = self.roles.get_mut(1) {
                role.parked = sent;
            }
        }
        ended(ExitKind::Hang)
    }

    /// The events of the first processor, as KVM_GET_VCPU_EVENTS returns them.
    pub(super) fn events(&mut self) -> Events {
        let told = self.look().unwrap_or_default();
        let Told { injected, pending, masked, shadow } = told;
        let Some(cpu) = self.cpus.first() else { return Events::default() };
        Events { injected, pending, masked, shadow, smm: cpu.smm.is_some(), halted: cpu.halted }
    }

    /// What KVM_GET_VCPU_EVENTS returns of the first processor, after the NMIs that arrived were collected.
    pub(super) fn look(&mut self) -> Option<Told> {
        let cpu = self.cpus.first_mut()?;
        cpu.collect(&mut self.choices);
        let told = cpu.rules.events_told(cpu.vendor, &cpu.nmi, cpu.queue.injected, cpu.regs.shadow);
        cpu.nmi.pending = cpu.rules.held_after_look(&cpu.nmi, cpu.queue.injected);
        Some(told)
    }

    /// Changes events of the first processor, as KVM_GET_VCPU_EVENTS followed by KVM_SET_VCPU_EVENTS does.
    pub(super) fn set_events(&mut self, change: EventsChange) {
        let Some(seen) = self.look() else { return };
        let Some(cpu) = self.cpus.first_mut() else { return };
        let EventsChange { injected, pending, masked, shadow } = change;
        let written = Told {
            injected: injected.unwrap_or(seen.injected),
            pending: pending.unwrap_or(seen.pending),
            masked: masked.unwrap_or(seen.masked),
            shadow: shadow.unwrap_or(seen.shadow),
        };
        cpu.write_events(&seen, &written);
    }

    /// A processor's registers.
    pub(super) fn registers(&self, cpu: u8) -> Registers {
        self.cpus.get(usize::from(cpu)).map_or_else(Registers::default, |cpu| Registers {
            general: cpu.regs.general,
            rip: cpu.regs.linear_rip(),
            rflags: cpu.regs.rflags,
            cr2: cpu.regs.cr2,
            cs: cpu.regs.segments[CS].selector,
            ss: cpu.regs.segments[SS].selector,
        })
    }
}

impl Cpu {
    /// KVM_SET_VCPU_EVENTS with `written`, after KVM_GET_VCPU_EVENTS returned `seen`.
    pub(super) fn write_events(&mut self, seen: &Told, written: &Told) {
        (self.nmi, self.queue) = self.rules.events_written(&self.nmi, &self.queue, seen, written);
        self.regs.shadow = self.rules.shadow_written(self.vendor, written.shadow);
        self.regs.shadow_left = self.rules.shadow_length(self.regs.shadow);
        self.halted &= !self.rules.writing_ends_halt();
    }
}
