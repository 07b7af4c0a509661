use std::collections::BTreeMap;
use std::sync::Arc;

use guests::{Guest, Mode};
use kvm_bindings::{KVM_X86_SHADOW_INT_MOV_SS, KVM_X86_SHADOW_INT_STI};
use x86::debug::BREAKPOINTS;

use super::aide::Aide;
use super::causes::failed;
use super::leftover::Leftover;
use super::machine::{KvmMachine, nothing_loaded};
use super::raise;
use super::trial::Todo;
use super::unit::lock;
use super::vm::Config;
use crate::machine::{Exit, ExitKind, Machine, Registers, Trouble};
use crate::terms::{Events, EventsChange, Need, Path, Shadow, Vendor};

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
        self.probe.modes.get(&mode).cloned()
    }

    fn load(&mut self, guest: &Arc<Guest>, path: Path) -> Result<(), Trouble> {
        let stopped = self.aide.as_mut().and_then(Aide::stop);
        let leftover = if matches!(stopped, Some(Err(_))) { Leftover::Anything } else { self.leftover() };
        if let Some(old) = self.trial.take() {
            self.clean(old.config, leftover);
        }
        let loaded = self.load_unit(guest, path);
        if loaded.is_err() {
            self.trial = None;
            self.clean(Config { cpus: guest.start.len(), x2apic: guest.x2apic }, Leftover::Anything);
        }
        loaded
    }

    fn run(&mut self) -> Result<Exit, Trouble> {
        let ran = self.run_loaded();
        let ran = self.keep(ran)?;
        let amd = self.host.kvm_amd;
        match ran.kind {
            ExitKind::Shutdown | ExitKind::Hang => self.trial()?.spoiled = true,
            ExitKind::Fault if amd => self.trial()?.spoiled = true,
            _ => {}
        }
        Ok(ran)
    }

    fn raise(&mut self, count: u8) -> Result<(), Trouble> {
        let raised = self.raise_now(count);
        self.keep(raised)
    }

    fn arm(&mut self) -> Result<(), Trouble> {
        self.finish_alarm()?;
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
                trial.kick = true;
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
        if addresses.len() > BREAKPOINTS.into() {
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
            Ok(()) => {
                // Most of some forty counters never count here, and a run is thousands of trials.
                let counters = self.trial.as_ref().map(|trial| trial.carried.iter()).into_iter().flatten();
                counters.filter(|&(_, &count)| count != 0).map(|(name, &count)| (name.clone(), count)).collect()
            }
            Err(_) => BTreeMap::new(),
        }
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
