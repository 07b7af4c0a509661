use spec::Nmi;

use super::world::World;

impl World {
    /// Goes on as a fresh machine does where this one stands. Registers, local APIC and memory stay as they are; what concerns
    /// NMIs passes through the same words as KVM_GET_VCPU_EVENTS and KVM_SET_VCPU_EVENTS.
    pub(super) fn move_to_fresh(&mut self) {
        let told = self.look();
        self.bus.renew();
        if let (Some(cpu), Some(told)) = (self.cpus.first_mut(), told) {
            let carried = cpu.rules.events_carried_over(told);
            cpu.nmi = Nmi::default();
            cpu.write_events(&carried, &carried);
        }
    }
}
