use super::super::rules::Nmi;
use super::world::World;
use crate::terms::EventsChange;

impl World {
    /// Goes on as a fresh machine does where this one stands. Registers, local APIC and memory stay as they are; what concerns
    /// NMIs passes through the same words as KVM_GET_VCPU_EVENTS and KVM_SET_VCPU_EVENTS.
    pub(super) fn move_to_fresh(&mut self) {
        let seen = self.events();
        let rules = self.rules;
        self.bus.renew();
        if let Some(cpu) = self.cpus.first_mut() {
            let memory = std::mem::take(&mut cpu.nmi.memory);
            cpu.nmi = Nmi { memory, ..Nmi::default() };
            cpu.regs.shadow = rules.set(&mut cpu.nmi, rules.migrated(seen), EventsChange::default());
        }
    }
}
