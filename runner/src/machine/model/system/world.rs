//! One guest on its modelled machine: processors, bus, and the role of each processor.

use std::sync::Arc;

use guests::Guest;
use spec::Rules;

use super::super::chips::{Bus, FIXED, Ipi, NMI, SMI, Shorthand};
use super::super::choices::Choices;
use super::super::cpu::{Core, Cpu, Run};
use super::super::exec::Stepped;
use super::watch::Watch;
use crate::terms::{Path, Vendor};

/// The role of a processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Role {
    /// It executed `done` and does not run any more.
    pub done: bool,
    /// It is the built-in sender and waits until it must send.
    pub parked: bool,
    /// Raise one NMI once it has halted.
    pub armed: bool,
}

/// One guest on its machine.
#[derive(Debug)]
pub(super) struct World {
    pub choices: Choices,
    pub guest: Arc<Guest>,
    pub path: Path,
    pub cpus: Vec<Cpu>,
    pub roles: Vec<Role>,
    pub bus: Bus,
    pub breakpoints: Vec<u64>,
    /// The breakpoint that was reported and not yet passed.
    pub passed: Option<u64>,
    pub exits: u64,
    /// What was done so far, if the machine is watched.
    pub watch: Option<Watch>,
}

impl World {
    /// The guest at its start. `bus` holds its image; `rules` makes the rules of each processor.
    pub(super) fn new(
        vendor: Vendor,
        rules: impl Fn() -> Box<dyn Rules>,
        guest: &Arc<Guest>,
        path: Path,
        bus: Bus,
    ) -> Self {
        let start = |(id, start)| Cpu::start(id, start, guest.x2apic, vendor, rules());
        let cpus: Vec<Cpu> = (0u8..).zip(&guest.start).map(start).collect();
        Self {
            choices: Choices::default(),
            guest: Arc::clone(guest),
            path,
            roles: vec![Role::default(); cpus.len()],
            cpus,
            bus,
            breakpoints: Vec::new(),
            passed: None,
            exits: 0,
            watch: None,
        }
    }

    /// One step of one processor, and the delivery of what it sent.
    pub(super) fn step(&mut self, cpu: usize) -> Run<Stepped> {
        let before = self.cpus.get(cpu).map(|processor| processor.regs.linear_rip());
        let Some(processor) = self.cpus.get_mut(cpu) else { return Ok(Stepped::Halted) };
        let mut core = Core { cpu: processor, bus: &mut self.bus, choices: &mut self.choices };
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
        self.note_step(cpu, before.unwrap_or(0), &stepped);
        stepped
    }

    /// Delivers an interprocessor interrupt to every processor it addresses.
    fn send(&mut self, ipi: Ipi) {
        let choices = &mut self.choices;
        for cpu in &mut self.cpus {
            let own = cpu.id == ipi.from;
            let addressed = cpu.lapic.is_addressed(&*cpu.rules, ipi.destination, ipi.logical);
            if !cpu.rules.command_reaches(ipi.shorthand, own, addressed) {
                continue;
            }
            let mut count = 1;
            if ipi.mode == NMI {
                if matches!(ipi.shorthand, Shorthand::Own | Shorthand::All) {
                    count = choices.choose(cpu.rules.sent_by_invalid_shorthand(own), 1);
                }
                let issued =
                    !ipi.level_triggered || choices.choose(cpu.rules.level_triggered_is_sent(cpu.vendor), true);
                if !issued || !cpu.rules.sent_nmi_counts(cpu.queue.queued, own) {
                    continue;
                }
            }
            message(choices, cpu, ipi.mode, ipi.vector, count);
        }
    }
}

/// Delivers `count` messages to a processor's local APIC, as another local APIC, an MSI or the I/O APIC sends them.
pub(super) fn message(choices: &mut Choices, cpu: &mut Cpu, mode: u8, vector: u8, count: u32) {
    if !cpu.lapic.enabled() && !cpu.rules.hardware_disabled_takes_messages(mode == NMI) {
        return;
    }
    match mode {
        NMI | SMI if !takes_nmis(choices, cpu) => {}
        NMI => cpu.arrive_at_apic(vector, count),
        SMI => smi(choices, cpu),
        FIXED => cpu.accept(vector),
        _ => {}
    }
}

/// Whether a local APIC takes NMIs and SMIs, as far as it depends on the bit with which software enables it.
fn takes_nmis(choices: &mut Choices, cpu: &Cpu) -> bool {
    cpu.lapic.software_enabled() || choices.choose(cpu.rules.software_disabled_takes_nmis(cpu.vendor), true)
}

/// An SMI reaches a processor.
pub(super) fn smi(choices: &mut Choices, cpu: &mut Cpu) {
    if cpu.smm.is_some() && !cpu.rules.smi_is_latched() {
        return;
    }
    // The first one always fits.
    let at_most = if cpu.smm.is_some() && cpu.smis > 0 {
        *cpu.latched_smis.get_or_insert_with(|| choices.choose(cpu.rules.held_smis(cpu.vendor, true), 1))
    } else {
        choices.choose(cpu.rules.held_smis(cpu.vendor, false), 1)
    };
    cpu.smis = (cpu.smis + 1).min(at_most);
}
