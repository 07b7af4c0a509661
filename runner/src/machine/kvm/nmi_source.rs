//! How the NMIs of a trial are raised by each path.

use kvm_bindings::kvm_msi;
use x86::apic::delivery;
use x86::message::{MessageAddress, MessageData, RedirectionEntry};

use super::ioctl_error::IoctlResult;
use super::vcpu::Vcpu;
use super::vm::{NmiPin, Platform};
use crate::machine::{Cannot, NoRaise, Trouble};
use crate::terms::Path;

/// The pin of the I/O APIC that raises NMIs: one that no 8259 shares. Its entry sends them to processor 0.
pub(crate) const NMI_PIN: NmiPin =
    NmiPin { pin: 20, entry: RedirectionEntry::new().with_delivery_mode(delivery::NMI).with_vector(ODD_VECTOR) };
/// The vector field of an NMI is ignored; this one would be noticed if it were not.
pub(crate) const ODD_VECTOR: u8 = 0x31;

/// Who can raise an NMI, and how.
#[derive(Clone, Copy)]
pub(super) enum NmiSource {
    /// The thread that runs a processor, by ioctls of its vCPU; the argument is the number of NMIs.
    Vcpu(fn(&mut Vcpu, u8) -> Result<(), Trouble>),
    /// Any thread, by ioctls of the virtual machine.
    Platform {
        /// Raises one, to the processor with this number.
        raise: fn(&Platform, u8) -> Result<(), Trouble>,
        /// The pin that must be set up for it.
        pin: Option<NmiPin>,
    },
    /// The suite's own program on the second processor.
    Sender,
    /// The host cannot, for this reason.
    NotHost(NoRaise),
}

impl NmiSource {
    /// The source of NMIs of a trial with this path.
    pub(super) fn of(path: Path) -> Self {
        match path {
            Path::Ioctl => Self::Vcpu(by_ioctl),
            Path::Events => Self::Vcpu(by_events),
            Path::Msi => Self::Platform { raise: by_message, pin: None },
            Path::IoApic => Self::Platform { raise: by_pin, pin: Some(NMI_PIN) },
            Path::Ipi => Self::Sender,
            Path::XApic | Path::X2Apic => Self::NotHost(NoRaise::ByGuest),
            Path::None => Self::NotHost(NoRaise::NoPath),
        }
    }

    /// Whether nobody raises NMIs, as far as the path goes.
    pub(super) fn is_none(self) -> bool {
        matches!(self, Self::NotHost(NoRaise::NoPath))
    }

    /// The pin that must be set up for it.
    pub(super) fn pin(self) -> Option<NmiPin> {
        if let Self::Platform { pin, .. } = self { pin } else { None }
    }
}

/// KVM_NMI. It only counts NMIs, so pending I/O need not be completed first.
fn by_ioctl(vcpu: &mut Vcpu, count: u8) -> Result<(), Trouble> {
    vcpu.apply()?;
    (0..count).try_for_each(|_| vcpu.fd.nmi().ioctl("KVM_NMI"))
}

/// KVM_SET_VCPU_EVENTS with more NMIs pending than KVM_GET_VCPU_EVENTS said.
fn by_events(vcpu: &mut Vcpu, count: u8) -> Result<(), Trouble> {
    vcpu.settle()?;
    let mut events = vcpu.events()?;
    events.nmi.pending = events.nmi.pending.saturating_add(count);
    vcpu.set_events(&events)
}

/// KVM_IRQ_LINE, twice.
fn by_pin(platform: &Platform, to: u8) -> Result<(), Trouble> {
    if to != 0 {
        return Err(Cannot::Raise { cpu: to, why: NoRaise::FirstAlone }.into());
    }
    [true, false].into_iter().try_for_each(|level| platform.fd.set_irq_line(NMI_PIN.pin, level).ioctl("KVM_IRQ_LINE"))
}

/// KVM_SIGNAL_MSI with delivery mode NMI.
fn by_message(platform: &Platform, to: u8) -> Result<(), Trouble> {
    message(platform, delivery::NMI, ODD_VECTOR, to)
}

/// An external interrupt to a processor: a message with delivery mode fixed.
pub(super) fn interrupt(platform: &Platform, vector: u8, to: u8) -> Result<(), Trouble> {
    message(platform, delivery::FIXED, vector, to)
}

fn message(platform: &Platform, mode: u8, vector: u8, to: u8) -> Result<(), Trouble> {
    let address = MessageAddress::new().with_destination(to);
    let data = MessageData::new().with_delivery_mode(mode).with_vector(vector);
    let msi = kvm_msi { address_lo: address.into_bits(), data: data.into_bits(), ..kvm_msi::default() };
    match platform.fd.signal_msi(msi).ioctl("KVM_SIGNAL_MSI")? {
        0 => Err(Cannot::Raise { cpu: to, why: NoRaise::NoReceiver }.into()),
        _ => Ok(()),
    }
}
