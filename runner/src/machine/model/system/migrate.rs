use super::super::rules::Nmi;
use super::world::World;
use crate::terms::EventsChange;

impl World {
    /// A fresh machine that goes on where this one stands. Registers, local APIC and memory are copied as they are; what
    /// concerns NMIs passes through the same words as KVM_GET_VCPU_EVENTS and KVM_SET_VCPU_EVENTS.
    pub(super) fn migrated(mut self) -> World {
        let seen = self.events();
        let rules = self.rules;
        let mut fresh = World { bus: self.bus.migrated(), ..self };
        if let Some(cpu) = fresh.cpus.first_mut() {
            let memory = std::mem::take(&mut cpu.nmi.memory);
            cpu.nmi = Nmi { memory, ..Nmi::default() };
            cpu.regs.shadow = rules.set(&mut cpu.nmi, rules.migrated(seen), EventsChange::default());
        }
        fresh
    }
}
