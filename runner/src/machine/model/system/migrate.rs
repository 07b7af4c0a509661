use spec::Nmi;

use super::world::World;

impl World {
    /// A fresh machine that goes on where this one stands. Registers, local APIC and memory are copied as they are; what
    /// concerns NMIs passes through the same words as KVM_GET_VCPU_EVENTS and KVM_SET_VCPU_EVENTS.
    pub(super) fn migrated(mut self) -> World {
        let told = self.look();
        let mut fresh = World { bus: self.bus.migrated(), ..self };
        if let (Some(cpu), Some(told)) = (fresh.cpus.first_mut(), told) {
            let carried = cpu.rules.events_carried_over(told);
            cpu.nmi = Nmi::default();
            cpu.write_events(&carried, &carried);
        }
        fresh
    }
}
