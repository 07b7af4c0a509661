use guests::map;
use kvm_bindings::kvm_irqchip;

use super::platform::Platform;
use crate::machine::Trouble;

/// The saved state of a virtual machine without its processors.
pub(crate) struct SavedPlatform<'a> {
    memory: &'a [u8],
    chips: [kvm_irqchip; 3],
}

impl<'a> SavedPlatform<'a> {
    /// Saves memory and interrupt controllers. No PIT is ever created, and no guest uses KVM's clock.
    ///
    /// `memory` is a buffer that the caller reuses: to allocate its pages costs more than the copy.
    pub(crate) fn save(platform: &Platform, memory: &'a mut Vec<u8>) -> Result<Self, Trouble> {
        memory.resize(map::MEMORY_SIZE as usize, 0);
        platform.memory.read(0, memory)?;
        Ok(Self { memory, chips: platform.save_chips()? })
    }

    /// Restored before the processors: the I/O APIC may deliver into local APICs, which are then overwritten.
    pub(crate) fn restore(&self, platform: &Platform) -> Result<(), Trouble> {
        platform.memory.fill(&platform.fd, self.memory)?;
        platform.restore_chips(&self.chips)
    }
}
