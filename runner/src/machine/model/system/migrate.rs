use spec::Nmi;
use spec::kvm::Queue;

use super::world::World;

impl World {
    /// Continues as a fresh machine to which this one was migrated. Registers, local APIC and memory stay as they are; NMI
    /// state is carried over only as far as KVM_GET_VCPU_EVENTS and KVM_SET_VCPU_EVENTS do.
    pub(super) fn move_to_fresh(&mut self) {
        let told = self.look();
        self.bus.renew();
        if let (Some(cpu), Some(told)) = (self.cpus.first_mut(), told) {
            let carried = cpu.rules.events_carried_over(told);
            (cpu.nmi, cpu.queue) = (Nmi::default(), Queue::default());
            cpu.write_events(&carried, &carried);
        }
    }
}
