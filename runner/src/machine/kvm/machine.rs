use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use guests::{Guest, Mode};
use kvm_bindings::{
    KVM_GUESTDBG_ENABLE, KVM_GUESTDBG_USE_HW_BP, KVM_X86_SHADOW_INT_MOV_SS, KVM_X86_SHADOW_INT_STI, kvm_guest_debug,
};

use super::aide::{Aide, Finished, Job, Order};
use super::causes::failed;
use super::open::Host;
use super::save::{SavedCpu, SavedVm};
use super::timing::Timing;
use super::trial::{Todo, Trial};
use super::unit::{Unit, lock};
use super::vm::Config;
use super::{probe, raise, sys};
use crate::machine::{Exit, ExitKind, Machine, Registers, Trouble};
use crate::terms::{Events, EventsChange, Need, Path, Shadow, Vendor};

/// How long after `arm` the machine first looks whether the processor has halted; doubled each time it has not.
const FIRST_LOOK: Duration = Duration::from_micros(200);
/// Breakpoint addresses that the debug registers hold.
const BREAKPOINTS: usize = 4;
/// DR7 with every breakpoint off (Intel SDM vol. 3, "Debug Control Register (DR7)").
const DR7_NONE: u64 = 1 << 10;

/// Guests on this host's KVM.
///
/// Keep one machine on one thread: KVM is slow when a processor changes its thread.
pub struct KvmMachine {
    // First, so that its thread lets go of the virtual machines before they are dropped.
    pub(super) aide: Option<Aide>,
    pool: BTreeMap<Config, Unit>,
    trial: Option<Trial>,
    timing: Timing,
    modes: BTreeMap<Mode, String>,
    pub(super) host: Host,
}

impl KvmMachine {
    /// Opens /dev/kvm and finds out what it can do.
    ///
    /// Errors: one sentence for people, if /dev/kvm is missing or forbidden.
    pub fn open() -> Result<Self, Trouble> {
        let host = Host::open()?;
        let modes = probe::modes(&host)?;
        Ok(Self { aide: None, pool: BTreeMap::new(), trial: None, timing: Timing::default(), modes, host })
    }

    /// Changes how long the machine waits, from the next `load` on.
    pub fn set_timing(&mut self, timing: Timing) {
        self.timing = timing;
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
            self.aide = Some(Aide::start()?);
        }
        self.aide.as_mut().ok_or_else(nothing_loaded)
    }

    /// Gives the second thread an order about the loaded guest.
    pub(super) fn order(&mut self, order: Order) -> Result<(), Trouble> {
        let timing = self.timing;
        let unit = self.unit()?;
        let job = Job { order, vm: Arc::clone(&unit.vm), cpu: unit.second.clone(), timing };
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
        let patience = self.timing.limit * 4;
        match self.aide()?.wait(patience) {
            Some(Ok(Finished::Done)) => {
                self.trial()?.sender_ready = true;
                Ok(())
            }
            Some(Err(trouble)) => Err(trouble),
            other => Err(Trouble::new(
                format!("the sender did not send in {patience:?} ({other:?})"),
                "look at the second processor's registers; on a slow emulator raise the time limit",
            )),
        }
    }

    pub(super) fn debug_control(addresses: &[u64]) -> kvm_guest_debug {
        let mut debug = kvm_guest_debug::default();
        if addresses.is_empty() {
            return debug;
        }
        debug.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
        let (registers, rest) = debug.arch.debugreg.split_at_mut(BREAKPOINTS);
        // Length 1 and type "execution" are all zero bits; Gn is bit 2n + 1.
        let mut dr7 = DR7_NONE;
        for (number, (register, &address)) in registers.iter_mut().zip(addresses).enumerate() {
            *register = address;
            dr7 |= 0b10 << (2 * number);
        }
        if let Some(last) = rest.last_mut() {
            *last = dr7;
        }
        debug
    }

    #[cfg(test)]
    pub(super) fn readable_msrs(&mut self) -> Vec<kvm_bindings::kvm_msr_entry> {
        let config = self.trial().expect("a trial").config;
        let unit = self.pool.get(&config).expect("a unit");
        super::msrs::readable(&self.host, &unit.first.fd).expect("msrs")
    }

    fn add_statistics(&mut self) -> Result<(), Trouble> {
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

    fn load_unit(&mut self, guest: &Arc<Guest>, path: Path) -> Result<(), Trouble> {
        let config = Config { cpus: guest.start.len(), x2apic: guest.x2apic };
        if !(1..=2).contains(&config.cpus) {
            return Err(Trouble::new("loading the guest", "it must have one or two processors"));
        }
        if !self.pool.contains_key(&config) {
            self.pool.insert(config, Unit::create(&self.host, config, &[])?);
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
        sys::take_bell();
        sys::set_alarm(self.timing.tick)
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

fn nothing_loaded() -> Trouble {
    Trouble::new("using the machine", "no guest is loaded; call `load` first")
}

impl Machine for KvmMachine {
    fn name(&self) -> &str {
        "kvm"
    }

    fn vendor(&self) -> Vendor {
        self.host.vendor
    }

    fn lacks(&self, need: Need) -> Option<String> {
        self.host.lacks(need)
    }

    fn lacks_mode(&self, mode: Mode) -> Option<String> {
        self.modes.get(&mode).cloned()
    }

    fn load(&mut self, guest: &Arc<Guest>, path: Path) -> Result<(), Trouble> {
        let stopped = self.aide.as_mut().and_then(Aide::stop);
        if let Some(old) = self.trial.take()
            && (old.spoiled || matches!(stopped, Some(Err(_))))
        {
            self.pool.remove(&old.config);
        }
        let loaded = self.load_unit(guest, path);
        if loaded.is_err() {
            self.trial = None;
            self.pool.remove(&Config { cpus: guest.start.len(), x2apic: guest.x2apic });
        }
        loaded
    }

    fn run(&mut self) -> Result<Exit, Trouble> {
        let ran = self.run_loaded();
        let ran = self.keep(ran)?;
        if matches!(ran.kind, ExitKind::Shutdown | ExitKind::Hang) {
            self.trial()?.spoiled = true;
        }
        Ok(ran)
    }

    fn raise(&mut self, count: u8) -> Result<(), Trouble> {
        let raised = self.raise_now(count);
        self.keep(raised)
    }

    fn arm(&mut self) -> Result<(), Trouble> {
        let trial = self.trial()?;
        match trial.path {
            Path::XApic | Path::X2Apic | Path::None => {
                Err(Trouble::new(format!("arming an NMI over the path {}", trial.path), raise::why_not(trial.path)))
            }
            Path::Msi | Path::IoApic | Path::Ipi if !trial.has_peer() => {
                trial.todo = Todo::Alarm;
                Ok(())
            }
            _ => {
                trial.kick = Some(FIRST_LOOK);
                Ok(())
            }
        }
    }

    fn interrupt(&mut self, vector: u8) -> Result<(), Trouble> {
        let unit = self.unit()?;
        let done = unit.first.apply().and_then(|()| raise::interrupt(&unit.vm, vector, 0));
        self.keep(done)
    }

    fn smi(&mut self) -> Result<(), Trouble> {
        let first = &mut self.unit()?.first;
        first.settle()?;
        first.fd.smi().map_err(|errno| failed("KVM_SMI", errno))
    }

    fn events(&mut self) -> Result<Events, Trouble> {
        let first = &mut self.unit()?.first;
        first.settle()?;
        let events = first.raw_events()?;
        Ok(Events {
            injected: events.nmi.injected != 0,
            pending: events.nmi.pending,
            masked: events.nmi.masked != 0,
            shadow: shadow(events.interrupt.shadow),
            smm: events.smi.smm != 0,
            halted: first.is_halted()?,
        })
    }

    fn set_events(&mut self, change: EventsChange) -> Result<(), Trouble> {
        let first = &mut self.unit()?.first;
        first.settle()?;
        let mut events = first.raw_events()?;
        if let Some(injected) = change.injected {
            events.nmi.injected = injected.into();
        }
        if let Some(pending) = change.pending {
            events.nmi.pending = pending;
        }
        if let Some(masked) = change.masked {
            events.nmi.masked = masked.into();
        }
        if let Some(shadow) = change.shadow {
            events.interrupt.shadow = shadow_bits(shadow);
        }
        first.set_raw_events(&events)
    }

    fn migrate(&mut self) -> Result<(), Trouble> {
        let moved = self.move_to_fresh();
        self.keep(moved)
    }

    fn set_breakpoints(&mut self, addresses: &[u64]) -> Result<(), Trouble> {
        if addresses.len() > BREAKPOINTS {
            return Err(Trouble::new("setting breakpoints", "there are four debug registers; use fewer at a time"));
        }
        let trial = self.trial()?;
        if trial.breakpoints == addresses {
            return Ok(());
        }
        trial.breakpoints = addresses.to_vec();
        let first = &mut self.unit()?.first;
        first.apply()?;
        first.set_guest_debug(&Self::debug_control(addresses))
    }

    fn registers(&mut self, cpu: u8) -> Result<Registers, Trouble> {
        if cpu == 0 {
            let first = &mut self.unit()?.first;
            first.settle()?;
            return first.registers();
        }
        self.pause()?;
        match &self.unit()?.second {
            Some(second) => lock(second).registers(),
            None => Err(Trouble::new(format!("registers of processor {cpu}"), "the guest has only one processor")),
        }
    }

    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Trouble> {
        let trial = self.trial.as_ref().ok_or_else(nothing_loaded)?;
        self.pool.get(&trial.config).ok_or_else(nothing_loaded)?.vm.read(address, bytes)
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Trouble> {
        self.unit()?.vm.write(address, bytes)
    }

    fn statistics(&mut self) -> BTreeMap<String, u64> {
        match self.add_statistics() {
            Ok(()) => self.trial.as_ref().map(|trial| trial.carried.clone()).unwrap_or_default(),
            Err(_) => BTreeMap::new(),
        }
    }
}

impl KvmMachine {
    /// The old virtual machine is dropped, and the fresh one takes its place for later trials, whose reset starts from
    /// what the processors held when they were new, not from what was restored here.
    fn move_to_fresh(&mut self) -> Result<(), Trouble> {
        self.pause()?;
        self.unit()?.first.settle()?;
        self.add_statistics()?;
        let (config, breakpoints) = {
            let trial = self.trial()?;
            (trial.config, trial.breakpoints.clone())
        };
        let old = self.pool.get(&config).ok_or_else(nothing_loaded)?;
        let mut fresh = Unit::create(&self.host, config, &old.known())?;
        SavedVm::save(&old.vm)?.restore(&fresh.vm)?;
        SavedCpu::save(&self.host, &old.first)?.restore(&mut fresh.first)?;
        if let (Some(from), Some(to)) = (&old.second, &fresh.second) {
            SavedCpu::save(&self.host, &lock(from))?.restore(&mut lock(to))?;
        }
        if !breakpoints.is_empty() {
            fresh.first.set_guest_debug(&Self::debug_control(&breakpoints))?;
        }
        let before = fresh.first.stats.as_ref().map(|stats| stats.snapshot()).unwrap_or_default();
        self.trial()?.before = before;
        self.pool.insert(config, fresh);
        Ok(())
    }
}

fn shadow(bits: u8) -> Shadow {
    match (u32::from(bits) & KVM_X86_SHADOW_INT_STI != 0, u32::from(bits) & KVM_X86_SHADOW_INT_MOV_SS != 0) {
        (false, false) => Shadow::None,
        (true, false) => Shadow::Sti,
        (false, true) => Shadow::MovSs,
        (true, true) => Shadow::Either,
    }
}

fn shadow_bits(shadow: Shadow) -> u8 {
    match shadow {
        Shadow::None => 0,
        Shadow::Sti => KVM_X86_SHADOW_INT_STI as u8,
        Shadow::MovSs => KVM_X86_SHADOW_INT_MOV_SS as u8,
        Shadow::Either => (KVM_X86_SHADOW_INT_STI | KVM_X86_SHADOW_INT_MOV_SS) as u8,
    }
}
