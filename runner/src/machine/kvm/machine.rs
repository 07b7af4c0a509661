//! KVM on this host, as a machine.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use guests::{Guest, Mode};

use super::capabilities::Host;
use super::second_vcpu::SecondThread;
use super::session::{KvmSession, Parts};
use super::vcpu::TouchedBy;
use super::vm::{Config, Probe};
use super::vm_pool::VmPool;
use super::watch::{Timing, Watch};
use crate::machine::{Cannot, Lack, Machine, Session, Trouble};
use crate::terms::{Need, Path, Vendor};

/// Guests on this host's KVM.
///
/// Keep one machine on one thread: KVM is slow when a processor changes its thread.
pub struct KvmMachine {
    // First, so that its thread lets go of the virtual machines before they are dropped.
    second: SecondThread,
    pool: VmPool,
    watch: Watch,
    timing: Timing,
    touched_by: TouchedBy,
    /// Buffer for guest memory in a migration.
    buffer: Vec<u8>,
    /// The modes that do not run here.
    lacking_modes: BTreeSet<Mode>,
    /// The shortest tick that fits this host.
    least_tick: Duration,
    pub(super) host: Arc<Host>,
}

impl KvmMachine {
    /// Opens /dev/kvm and finds out what it can do.
    ///
    /// Errors: /dev/kvm is missing or forbidden, or KVM lacks what every trial needs.
    pub fn open() -> Result<Self, Trouble> {
        let host = Arc::new(Host::open()?);
        let probe = Probe::run(&host)?;
        let timing = Timing::default().at_least(probe.tick);
        let watch = Watch::start(timing)?;
        Ok(Self {
            second: SecondThread::new(watch.processors()),
            pool: VmPool::new(&host),
            watch,
            timing,
            touched_by: TouchedBy::default(),
            buffer: Vec::new(),
            lacking_modes: probe.modes,
            least_tick: probe.tick,
            host,
        })
    }

    /// Changes how long the machine waits, from the next `load` on.
    pub fn set_timing(&mut self, timing: Timing) {
        self.timing = timing.at_least(self.least_tick);
        self.watch.set_timing(self.timing);
    }

    /// Loads the guest on a virtual machine of the configuration that it needs.
    pub(super) fn session(&mut self, guest: &Arc<Guest>, path: Path) -> Result<KvmSession<'_>, Trouble> {
        let config = Config { processors: guest.start.len(), x2apic: guest.x2apic };
        if !(1..=2).contains(&config.processors) {
            return Err(Cannot::LoadProcessors { count: guest.start.len() }.into());
        }
        let touched = self.touched_by.guest(guest);
        let (pooled, factory) = self.pool.get(config)?;
        let parts = Parts {
            host: &self.host,
            watch: &self.watch,
            timing: self.timing,
            second: &mut self.second,
            pooled,
            factory,
            buffer: &mut self.buffer,
        };
        KvmSession::start(parts, guest, path, config, touched)
    }
}

impl Machine for KvmMachine {
    fn name(&self) -> &str {
        reports::KVM
    }

    fn vendor(&self) -> Vendor {
        self.host.vendor
    }

    fn lacks(&self, need: Need) -> Option<Lack> {
        self.host.lacks(need)
    }

    fn lacks_mode(&self, mode: Mode) -> Option<Lack> {
        self.lacking_modes.contains(&mode).then(|| Lack::Mode { mode: mode.name().to_owned() })
    }

    fn load(&mut self, guest: &Arc<Guest>, path: Path) -> Result<Box<dyn Session + '_>, Trouble> {
        Ok(Box::new(self.session(guest, path)?))
    }
}
