use std::sync::Arc;

use guests::Guest;

use super::super::chips::{Bus, FIXED, Ipi, NMI, SMI, Shorthand};
use super::super::cpu::{Core, Cpu, Run};
use super::super::exec::Stepped;
use super::super::rules::Rules;
use super::watch::Happening;
use crate::terms::Path;

/// What a processor is doing for the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Role {
    /// It said `done` and is not run any more.
    pub done: bool,
    /// It is the built-in sender and waits to be told to send.
    pub parked: bool,
    /// Raise one NMI once it has halted.
    pub armed: bool,
}

/// One guest on its machine.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub rules: Rules,
    pub guest: Arc<Guest>,
    pub path: Path,
    pub cpus: Vec<Cpu>,
    pub roles: Vec<Role>,
    pub bus: Bus,
    pub breakpoints: Vec<u64>,
    /// The breakpoint that was reported and not yet passed.
    pub passed: Option<u64>,
    pub exits: u64,
    /// What was done so far, if anybody watches.
    pub watch: Option<Vec<Happening>>,
}

impl World {
    /// The guest at its start. `bus` holds its image.
    pub(super) fn new(rules: Rules, guest: &Arc<Guest>, path: Path, bus: Bus) -> Self {
        let cpus: Vec<Cpu> = (0u8..).zip(&guest.start).map(|(id, start)| Cpu::start(id, start, guest.x2apic)).collect();
        let roles = vec![Role::default(); cpus.len()];
        let guest = Arc::clone(guest);
        Self { rules, guest, path, cpus, roles, bus, breakpoints: Vec::new(), passed: None, exits: 0, watch: None }
    }

    /// One step of one processor, and the delivery of what it sent.
    pub(super) fn step(&mut self, cpu: usize) -> Run<Stepped> {
        let before = self.before(cpu);
        let Some(processor) = self.cpus.get_mut(cpu) else { return Ok(Stepped::Halted) };
        let mut core = Core { cpu: processor, bus: &mut self.bus, rules: self.rules };
        let breakpoints: &[u64] = if cpu == 0 { &self.breakpoints } else { &[] };
        let stepped = core.step(breakpoints, self.passed.filter(|_| cpu == 0));
        if cpu == 0 {
            self.passed = match stepped {
                Ok(Stepped::Breakpoint(address)) => Some(address),
                _ => None,
            };
        }
        for ipi in std::mem::take(&mut self.bus.sent) {
            self.send(ipi);
        }
        if let Some(before) = before {
            self.note_step(cpu, &before, &stepped);
        }
        stepped
    }

    /// Delivers an interprocessor interrupt to every processor it addresses.
    fn send(&mut self, ipi: Ipi) {
        let rules = self.rules;
        for cpu in &mut self.cpus {
            let own = cpu.id == ipi.from;
            let addressed = match ipi.shorthand {
                Shorthand::None => cpu.lapic.is_addressed(ipi.destination, ipi.logical),
                Shorthand::Own => own,
                Shorthand::All => true,
                Shorthand::Others => !own || rules.broadcast_reaches_sender(),
            };
            if !addressed || ipi.mode == NMI && !rules.sent(&mut cpu.nmi, own) {
                continue;
            }
            let twice = own && ipi.shorthand == Shorthand::All;
            message(rules, cpu, ipi.mode, ipi.vector, if twice { rules.sent_to_all_and_self() } else { 1 });
        }
    }
}

/// `count` messages reach a processor's local APIC, as from another one, from an MSI or from the I/O APIC.
pub(super) fn message(rules: Rules, cpu: &mut Cpu, mode: u8, vector: u8, count: u32) {
    let takes = cpu.lapic.enabled() || mode == NMI && rules.hardware_disabled_apic_takes_nmis();
    if !takes {
        return;
    }
    match mode {
        NMI => {
            if !cpu.lapic.software_enabled() && !rules.disabled_apic_takes_nmis() {
                return;
            }
            if let Some(vector) = rules.message_vector(vector) {
                return cpu.lapic.accept(vector);
            }
            if rules.nmis_need_eoi() {
                cpu.lapic.serve(vector.max(0x50));
            }
            rules.raise(&mut cpu.nmi, count);
        }
        SMI => cpu.smi = true,
        FIXED => cpu.lapic.accept(vector),
        _ => {}
    }
}
