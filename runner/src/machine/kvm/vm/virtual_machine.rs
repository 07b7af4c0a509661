//! A virtual machine: making it, and resetting it to a guest's start.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use guests::Guest;

use super::super::capabilities::Host;
use super::super::ioctl_error::IoctlResult;
use super::super::vcpu::{ResetState, Touched, Vcpu};
use super::cpuid;
use super::platform::{NmiPin, Platform};
use crate::machine::Trouble;

/// The configuration of a virtual machine; the pool keeps one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Config {
    /// One or two processors.
    pub(crate) processors: usize,
    /// Local APICs start in x2APIC mode.
    pub(crate) x2apic: bool,
}

/// A virtual machine with its processors.
pub(crate) struct Vm {
    /// The first processor: its vCPU is run by the thread that owns the machine.
    pub(crate) first: Vcpu,
    /// The second one, which a thread of its own runs.
    pub(crate) second: Option<Arc<Mutex<Vcpu>>>,
    pub(crate) platform: Arc<Platform>,
}

impl Vm {
    /// Makes one with all processors as after reset, and their APICs software-enabled.
    ///
    /// `known` is what [`Vm::reset_states`] returned for the same configuration before, or empty: then it is read.
    pub(crate) fn create(host: &Host, config: Config, known: &[Arc<ResetState>]) -> Result<Self, Trouble> {
        let platform = Platform::create(host)?;
        let vcpu = |id: usize| -> Result<Vcpu, Trouble> {
            let fd = platform.fd.create_vcpu(id as u64).ioctl("KVM_CREATE_VCPU")?;
            let cpuid = cpuid::of_processor(&host.cpuid, id as u32, config.processors);
            fd.set_cpuid2(&cpuid).ioctl("KVM_SET_CPUID2")?;
            let reset_state = match known.get(id) {
                Some(state) => Arc::clone(state),
                None => Arc::new(ResetState::capture(host, &fd, config.x2apic)?),
            };
            Ok(Vcpu::new(fd, reset_state, host.sync_regs && config.processors == 1))
        };
        let first = vcpu(0)?;
        let second = (config.processors > 1).then(|| vcpu(1)).transpose()?;
        Ok(Self { first, second: second.map(|vcpu| Arc::new(Mutex::new(vcpu))), platform: Arc::new(platform) })
    }

    /// The state to which each processor is reset.
    pub(crate) fn reset_states(&self) -> Vec<Arc<ResetState>> {
        let second = self.second.as_ref().map(|vcpu| Arc::clone(&lock(vcpu).reset_state));
        std::iter::once(Arc::clone(&self.first.reset_state)).chain(second).collect()
    }

    /// Resets everything to the guest's start.
    pub(crate) fn reset(&mut self, guest: &Guest, touched: Touched, nmi_pin: Option<NmiPin>) -> Result<(), Trouble> {
        // The processors before memory: none of them runs, and a reset may complete I/O.
        for (number, start) in guest.start.iter().enumerate() {
            match (number, &self.second) {
                (0, _) => self.first.reset(start, touched)?,
                (_, Some(second)) => lock(second).reset(start, touched)?,
                (_, None) => {}
            }
        }
        self.platform.reset(&guest.memory, nmi_pin)
    }
}

/// Locks a processor, also if a thread panicked with the lock: all state is in the kernel.
pub(crate) fn lock(vcpu: &Mutex<Vcpu>) -> MutexGuard<'_, Vcpu> {
    vcpu.lock().unwrap_or_else(PoisonError::into_inner)
}
