//! The ways in which the host raises NMIs and interrupts.

use kvm_bindings::kvm_msi;
use x86::apic::delivery;
use x86::message::{MessageAddress, MessageData};

use super::causes::failed;
use super::cpu::Cpu;
use super::vm::{NMI_PIN, ODD_VECTOR, Vm};
use crate::machine::Trouble;
use crate::terms::Path;

/// KVM_NMI. It only counts NMIs, so I/O may stay uncompleted.
pub(super) fn by_ioctl(cpu: &mut Cpu, count: u8) -> Result<(), Trouble> {
    cpu.apply()?;
    (0..count).try_for_each(|_| cpu.fd.nmi().map_err(|errno| failed("KVM_NMI", errno)))
}

/// KVM_SET_VCPU_EVENTS with more NMIs pending than KVM_GET_VCPU_EVENTS said.
pub(super) fn by_events(cpu: &mut Cpu, count: u8) -> Result<(), Trouble> {
    cpu.settle()?;
    let mut events = cpu.raw_events()?;
    events.nmi.pending = events.nmi.pending.saturating_add(count);
    cpu.set_raw_events(&events)
}

/// One NMI to a processor through the virtual machine: by message or by the I/O APIC's pin.
pub(super) fn from_outside(vm: &Vm, path: Path, to: u8) -> Result<(), Trouble> {
    match path {
        Path::Msi => message(vm, delivery::NMI, ODD_VECTOR, to),
        Path::IoApic => [true, false]
            .into_iter()
            .try_for_each(|level| vm.fd.set_irq_line(NMI_PIN, level).map_err(|errno| failed("KVM_IRQ_LINE", errno))),
        _ => Err(Trouble::new(format!("raising an NMI over the path {path}"), why_not(path))),
    }
}

/// An external interrupt to a processor: a message with delivery mode fixed.
pub(super) fn interrupt(vm: &Vm, vector: u8, to: u8) -> Result<(), Trouble> {
    message(vm, delivery::FIXED, vector, to)
}

fn message(vm: &Vm, mode: u8, vector: u8, to: u8) -> Result<(), Trouble> {
    let address = MessageAddress::new().with_destination(to);
    let data = MessageData::new().with_delivery_mode(mode).with_vector(vector);
    let msi = kvm_msi { address_lo: address.into_bits(), data: data.into_bits(), ..kvm_msi::default() };
    match vm.fd.signal_msi(msi) {
        Ok(0) => Err(Trouble::new(
            "KVM_SIGNAL_MSI found no processor",
            "the guest switched its local APIC off, or changed its APIC ID",
        )),
        Ok(_) => Ok(()),
        Err(errno) => Err(failed("KVM_SIGNAL_MSI", errno)),
    }
}

/// Why the host does not raise by this path.
pub(super) fn why_not(path: Path) -> &'static str {
    match path {
        Path::XApic | Path::X2Apic => "the guest itself raises there; a step of the host needs another path",
        Path::None => "the trial has no path; name `paths` in the case",
        _ => "the host cannot do it there; choose another path",
    }
}
