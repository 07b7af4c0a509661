//! What the host program does with a loaded guest: the trait [`Session`].

use std::collections::BTreeMap;

use kvm_bindings::{
    KVM_VCPUEVENT_VALID_NMI_PENDING, KVM_VCPUEVENT_VALID_SHADOW, KVM_X86_SHADOW_INT_MOV_SS, KVM_X86_SHADOW_INT_STI,
};
use x86::debug::BREAKPOINTS;

use super::super::ioctl_error::IoctlResult;
use super::super::nmi_source::interrupt;
use super::super::vcpu::breakpoint_control;
use super::super::vm::lock;
use super::state::KvmSession;
use crate::machine::{Cannot, Exit, ExitKind, Registers, Session, Trouble};
use crate::terms::{Events, EventsChange, Shadow};

impl Session for KvmSession<'_> {
    fn run(&mut self) -> Result<Exit, Trouble> {
        let ran = self.run_to_exit();
        let exit = self.spoils(ran)?;
        self.ended = matches!(exit.kind, ExitKind::Done | ExitKind::Halted);
        self.parts.pooled.spoiled |= match exit.kind {
            ExitKind::Shutdown | ExitKind::Hang => true,
            ExitKind::Fault => self.parts.host.kvm_amd,
            _ => false,
        };
        Ok(exit)
    }

    fn raise(&mut self, count: u8) -> Result<(), Trouble> {
        let raised = self.raise_now(count);
        self.spoils(raised)
    }

    fn arm(&mut self) -> Result<(), Trouble> {
        let armed = self.raise_once_halted();
        self.spoils(armed)
    }

    fn interrupt(&mut self, vector: u8) -> Result<(), Trouble> {
        let vm = self.vm();
        let done = vm.first.apply().and_then(|()| interrupt(&vm.platform, vector, 0));
        self.spoils(done)
    }

    fn smi(&mut self) -> Result<(), Trouble> {
        let raised = self.settled()?.fd.smi().ioctl("KVM_SMI");
        self.spoils(raised)
    }

    fn events(&mut self) -> Result<Events, Trouble> {
        let first = self.settled()?;
        let events = first.events()?;
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
        let first = self.settled()?;
        let mut events = first.events()?;
        events.nmi.injected = change.injected.map_or(events.nmi.injected, u8::from);
        events.nmi.pending = change.pending.unwrap_or(events.nmi.pending);
        events.nmi.masked = change.masked.map_or(events.nmi.masked, u8::from);
        events.interrupt.shadow = change.shadow.map_or(events.interrupt.shadow, shadow_bits);
        if change != EventsChange::default() {
            // Fields that the case does not name are not written back, where a flag can say so.
            if change.pending.is_none() {
                events.flags &= !KVM_VCPUEVENT_VALID_NMI_PENDING;
            }
            if change.shadow.is_none() {
                events.flags &= !KVM_VCPUEVENT_VALID_SHADOW;
            }
        }
        let set = first.set_events(&events);
        self.spoils(set)
    }

    fn migrate(&mut self) -> Result<(), Trouble> {
        let moved = self.move_to_fresh();
        self.spoils(moved)
    }

    fn set_breakpoints(&mut self, addresses: &[u64]) -> Result<(), Trouble> {
        if addresses.len() > BREAKPOINTS.into() {
            return Err(Cannot::SetBreakpoints { count: addresses.len() }.into());
        }
        if self.breakpoints == addresses {
            return Ok(());
        }
        self.breakpoints = addresses.to_vec();
        let first = &mut self.vm().first;
        let set = first.apply().and_then(|()| first.set_guest_debug(&breakpoint_control(addresses)));
        self.spoils(set)
    }

    fn registers(&mut self, cpu: u8) -> Result<Registers, Trouble> {
        if cpu == 0 {
            return self.settled()?.registers();
        }
        let paused = self.pause();
        self.spoils(paused)?;
        match &self.vm().second {
            Some(second) => lock(second).registers(),
            None => Err(Cannot::FindProcessor { cpu }.into()),
        }
    }

    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Trouble> {
        self.parts.pooled.vm.platform.memory.read(address, bytes)
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Trouble> {
        self.vm().platform.memory.write(address, bytes)
    }

    fn statistics(&mut self) -> BTreeMap<String, u64> {
        self.count();
        // Most of the forty or so counters stay 0, and a run reports thousands of trials.
        self.counted.iter().filter(|&(_, &count)| count != 0).map(|(name, &count)| (name.clone(), count)).collect()
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
