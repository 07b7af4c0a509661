//! What the processors of a virtual machine share: memory and interrupt controllers.

use kvm_bindings::kvm_irqchip;
use kvm_ioctls::VmFd;
use x86::message::RedirectionEntry;

use super::super::capabilities::Host;
use super::super::ioctl_error::IoctlResult;
use super::super::syscalls;
use super::memory::GuestMemory;
use crate::machine::{Cannot, Trouble};
use crate::terms::Need;

/// Three pages for KVM's own use on Intel, above all memory (KVM API document, "KVM_SET_TSS_ADDR").
pub const TSS_ADDRESS: usize = 0xfffb_d000;
/// The 8259s and the I/O APIC, by KVM's numbers.
const CHIPS: [u32; 3] = [0, 1, 2];
/// The I/O APIC among them.
const IOAPIC: usize = 2;

/// A pin of the I/O APIC, and the entry that makes it raise NMIs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NmiPin {
    pub(crate) pin: u32,
    pub(crate) entry: RedirectionEntry,
}

/// A virtual machine without its processors.
pub(crate) struct Platform {
    // The descriptor before the memory: dropped first.
    pub(crate) fd: VmFd,
    pub(crate) memory: GuestMemory,
    /// The interrupt controllers as they were created.
    chips: [kvm_irqchip; 3],
}

impl Platform {
    /// Makes a virtual machine with memory and interrupt controllers.
    pub(super) fn create(host: &Host) -> Result<Self, Trouble> {
        let fd = create_vm(host)?;
        fd.set_tss_address(TSS_ADDRESS).ioctl("KVM_SET_TSS_ADDR")?;
        // Memory before the interrupt controllers: on newer kernels (7.3, not 6.12) these leave a grace period of SRCU behind
        // (kvm_io_bus_register_dev()), for which a change of memory slots then waits, some milliseconds.
        let memory = GuestMemory::new(&fd, host.lacks(Need::Smm).is_none())?;
        fd.create_irq_chip().ioctl("KVM_CREATE_IRQCHIP")?;
        let chips = save_chips(&fd)?;
        Ok(Self { fd, memory, chips })
    }

    /// Resets memory and interrupt controllers to a guest's start.
    pub(crate) fn reset(&self, image: &[u8], nmi_pin: Option<NmiPin>) -> Result<(), Trouble> {
        self.memory.fill(&self.fd, image)?;
        let Some(NmiPin { pin, entry }) = nmi_pin else { return self.restore_chips(&self.chips) };
        let mut chips = self.chips;
        if let Some(chip) = chips.get_mut(IOAPIC) {
            syscalls::set_ioapic_entry(chip, pin as usize, entry.into_bits());
        }
        self.restore_chips(&chips)
    }

    /// KVM_GET_IRQCHIP of all three chips.
    pub(crate) fn save_chips(&self) -> Result<[kvm_irqchip; 3], Trouble> {
        save_chips(&self.fd)
    }

    /// KVM_SET_IRQCHIP of all three chips.
    pub(super) fn restore_chips(&self, chips: &[kvm_irqchip; 3]) -> Result<(), Trouble> {
        chips.iter().try_for_each(|chip| self.fd.set_irqchip(chip).ioctl("KVM_SET_IRQCHIP"))
    }
}

fn save_chips(fd: &VmFd) -> Result<[kvm_irqchip; 3], Trouble> {
    let mut chips = [kvm_irqchip::default(); 3];
    for (chip, id) in chips.iter_mut().zip(CHIPS) {
        chip.chip_id = id;
        fd.get_irqchip(chip).ioctl("KVM_GET_IRQCHIP")?;
    }
    Ok(chips)
}

fn create_vm(host: &Host) -> Result<VmFd, Trouble> {
    // A signal during creation makes it fail with EINTR; that is no reason to give up.
    for _ in 0..10 {
        match host.kvm.create_vm() {
            Err(errno) if errno.errno() == libc::EINTR => {}
            other => return other.ioctl("KVM_CREATE_VM"),
        }
    }
    Err(Cannot::CreateVm.into())
}
