use std::collections::BTreeMap;
use std::sync::Arc;

use guests::Guest;
use kvm_bindings::{KVM_GUESTDBG_ENABLE, KVM_GUESTDBG_USE_HW_BP, kvm_guest_debug};
use x86::debug::{BREAKPOINTS, Dr7};

use super::aide::{Aide, Finished, Job, Order};
use super::open::Host;
use super::probe::Probe;
use super::raise;
use super::spares::Spares;
use super::timing::Timing;
use super::trial::{Todo, Trial};
use super::unit::{Unit, lock};
use super::vm::Config;
use super::wash::Wash;
use super::watch::{Watch, starved_after};
use crate::machine::Trouble;
use crate::terms::Path;

/// Guests on this host's KVM.
///
/// Keep one machine on one thread: KVM is slow when a processor changes its thread.
pub struct KvmMachine {
    // First, so that its thread lets go of the virtual machines before they are dropped.
    pub(super) aide: Option<Aide>,
    pub(super) pool: BTreeMap<Config, Unit>,
    pub(super) trial: Option<Trial>,
    timing: Timing,
    pub(super) watch: Watch,
    pub(super) probe: Probe,
    pub(super) spares: Spares,
    /// Guest memory on its way from one virtual machine to another.
    pub(super) buffer: Vec<u8>,
    /// What brings kvm_amd to rest, built when it is first needed.
    pub(super) wash: Option<Wash>,
    pub(super) host: Arc<Host>,
}

impl KvmMachine {
    /// Opens /dev/kvm and finds out what it can do.
    ///
    /// Errors: one sentence for people, if /dev/kvm is missing or forbidden.
    pub fn open() -> Result<Self, Trouble> {
        let host = Arc::new(Host::open()?);
        let probe = Probe::run(&host)?;
        let timing = Timing::default().at_least(probe.tick);
        let spares = Spares::new(&host);
        Ok(Self {
            aide: None,
            pool: BTreeMap::new(),
            trial: None,
            timing,
            watch: Watch::start(timing)?,
            probe,
            spares,
            buffer: Vec::new(),
            wash: None,
            host,
        })
    }

    /// Changes how long the machine waits, from the next `load` on.
    pub fn set_timing(&mut self, timing: Timing) {
        self.timing = timing.at_least(self.probe.tick);
        self.watch.set_timing(self.timing);
    }

    pub(super) fn timing(&self) -> Timing {
        self.timing
    }

    pub(super) fn trial(&mut self) -> Result<&mut Trial, Trouble> {
        self.trial.as_mut().ok_or_else(nothing_loaded)
    }

    pub(super) fn unit(&mut self) -> Result<&mut Unit, Trouble> {
        let trial = self.trial.as_ref().ok_or_else(nothing_loaded)?;
        self.pool.get_mut(&trial.config).ok_or_else(nothing_loaded)
    }

    /// The second thread, started when it is first needed.
    pub(super) fn aide(&mut self) -> Result<&mut Aide, Trouble> {
        if self.aide.is_none() {
            self.aide = Some(Aide::start(self.watch.processors())?);
        }
        self.aide.as_mut().ok_or_else(nothing_loaded)
    }

    /// Gives the second thread an order about the loaded guest.
    pub(super) fn order(&mut self, order: Order) -> Result<(), Trouble> {
        let unit = self.unit()?;
        let job = Job { order, vm: Arc::clone(&unit.vm), cpu: unit.second.clone() };
        self.aide()?.give(job)
    }

    /// Stops the second thread; what it did not finish is given again at the next `run`.
    pub(super) fn pause(&mut self) -> Result<(), Trouble> {
        match self.aide.as_mut().and_then(Aide::stop) {
            None | Some(Ok(Finished::Stopped)) => Ok(()),
            Some(Ok(Finished::Done)) => {
                self.trial()?.todo = Todo::Nothing;
                Ok(())
            }
            Some(Ok(Finished::Exit(kind))) => Err(Trouble::new(
                format!("the second processor stopped with {kind:?}"),
                "look at its registers; the trial cannot go on",
            )),
            Some(Err(trouble)) => Err(trouble),
        }
    }

    /// Raises by the loaded path, at once.
    pub(super) fn raise_now(&mut self, count: u8) -> Result<(), Trouble> {
        let path = self.trial()?.path;
        match path {
            Path::Ioctl => raise::by_ioctl(&mut self.unit()?.first, count),
            Path::Events => raise::by_events(&mut self.unit()?.first, count),
            Path::Msi | Path::IoApic => {
                // An alarm may have raised its pin and not lowered it yet: another edge would be lost.
                self.finish_alarm()?;
                let unit = self.unit()?;
                unit.first.apply()?;
                (0..count).try_for_each(|_| raise::from_outside(&unit.vm, path, 0))
            }
            Path::Ipi if self.trial()?.guest.sender => self.send(count),
            Path::Ipi => Err(Trouble::new("raising an NMI over the path ipi", "this guest has no sender")),
            Path::XApic | Path::X2Apic | Path::None => {
                Err(Trouble::new(format!("raising an NMI over the path {path}"), raise::why_not(path)))
            }
        }
    }

    /// Lets the sender write its ICR `count` times, and waits for it.
    pub(super) fn send(&mut self, count: u8) -> Result<(), Trouble> {
        self.pause()?;
        let first = u8::from(!self.trial()?.sender_ready);
        self.order(Order::Send(count.saturating_add(first)))?;
        // The aide's own run ends long before, hung or not.
        let patience = starved_after(self.timing) * 2;
        match self.aide()?.wait(patience) {
            Some(Ok(Finished::Done)) => {
                self.trial()?.sender_ready = true;
                Ok(())
            }
            Some(Err(trouble)) => Err(trouble),
            other => Err(Trouble::new(
                format!("the sender did not send in {patience:?} ({other:?})"),
                "its thread was not given a processor; let less run beside",
            )),
        }
    }

    pub(super) fn debug_control(addresses: &[u64]) -> kvm_guest_debug {
        let mut debug = kvm_guest_debug::default();
        if addresses.is_empty() {
            return debug;
        }
        debug.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
        let (registers, rest) = debug.arch.debugreg.split_at_mut(BREAKPOINTS.into());
        let mut control = Dr7::new();
        for (number, (register, &address)) in (0..).zip(registers.iter_mut().zip(addresses)) {
            *register = address;
            control = control.with_instruction_breakpoint(number);
        }
        if let Some(last) = rest.last_mut() {
            *last = control.into_bits();
        }
        debug
    }

    #[cfg(test)]
    pub(super) fn readable_msrs(&mut self) -> Vec<kvm_bindings::kvm_msr_entry> {
        let config = self.trial().expect("a trial").config;
        let unit = self.pool.get(&config).expect("a unit");
        super::msrs::readable(&self.host, &unit.first.fd).expect("msrs")
    }

    pub(super) fn add_statistics(&mut self) -> Result<(), Trouble> {
        let mut sum = std::mem::take(&mut self.trial()?.carried);
        let before = std::mem::take(&mut self.trial()?.before);
        let unit = self.unit()?;
        let mut after = Vec::new();
        if let Some(stats) = &unit.first.stats {
            after = stats.snapshot();
            stats.add_difference(&before, &after, &mut sum);
        }
        let trial = self.trial()?;
        trial.before = after;
        trial.carried = sum;
        Ok(())
    }

    pub(super) fn load_unit(&mut self, guest: &Arc<Guest>, path: Path) -> Result<(), Trouble> {
        let config = Config { cpus: guest.start.len(), x2apic: guest.x2apic };
        if !(1..=2).contains(&config.cpus) {
            return Err(Trouble::new("loading the guest", "it must have one or two processors"));
        }
        if !self.pool.contains_key(&config) {
            self.pool.insert(config, self.spares.fresh(config)?);
        }
        let unit = self.pool.get_mut(&config).ok_or_else(nothing_loaded)?;
        // The processors before memory: none of them runs, and a reset may complete I/O.
        for (number, start) in guest.start.iter().enumerate() {
            match (number, &unit.second) {
                (0, _) => unit.first.reset(start)?,
                (_, Some(second)) => lock(second).reset(start)?,
                (_, None) => {}
            }
        }
        unit.vm.reset(&guest.memory, path == Path::IoApic)?;
        let before = unit.first.stats.as_ref().map(|stats| stats.snapshot()).unwrap_or_default();
        self.trial = Some(Trial::new(guest, path, config, before));
        Ok(())
    }

    /// Whatever fails, or leaves a processor in an unusual state, costs the virtual machine.
    pub(super) fn keep<T>(&mut self, result: Result<T, Trouble>) -> Result<T, Trouble> {
        if result.is_err()
            && let Some(trial) = &mut self.trial
        {
            trial.spoiled = true;
        }
        result
    }
}

pub(super) fn nothing_loaded() -> Trouble {
    Trouble::new("using the machine", "no guest is loaded; call `load` first")
}
