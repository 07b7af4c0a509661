use std::collections::BTreeMap;

use guests::{Boot, Guest, Mode, Program, RaiseBy, Section, SectionName, Wiring, map, vector};

use kvm_bindings::{KVM_GUESTDBG_ENABLE, KVM_GUESTDBG_SINGLESTEP, kvm_guest_debug};

use super::leftover::Leftover;
use super::machine::{KvmMachine, nothing_loaded};
use super::sys::{self, Stopped};
use super::unit::Unit;
use super::vm::Config;
use super::watch::{Waker, Watch};
use crate::machine::Trouble;

/// A program that brings kvm_amd's search for the end of an NMI handler to its end.
///
/// The search is over with the first intercepted #DB (`nmi_singlestep`) and the first exit at another RIP than the
/// IRET's (`awaiting_iret_completion`). So the program is single-stepped once, and exits at two RIPs. An NMI that only the
/// VMCB knows of (V_NMI_PENDING) is delivered first, since the reset unblocked NMIs.
pub(super) struct Wash(Guest);

impl Wash {
    /// Builds it.
    pub(super) fn new() -> Result<Self, Trouble> {
        let section = |name, text: &str| Section { name, text: text.to_owned() };
        let main = section(SectionName::Main, "nop\nnop\nnop\ndone");
        let nmi = section(SectionName::Handler(vector::NMI), "iret");
        let program = Program { sections: vec![main, nmi], boot: Boot::default() };
        let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: BTreeMap::new() };
        guests::build(&program, Mode::Real, &wiring)
            .map(Self)
            .map_err(|problems| Trouble::new("building the washing program", format!("{problems:?}")))
    }

    /// Runs it on the first processor; whether nothing is left.
    pub(super) fn run(&self, unit: &mut Unit, watch: &Watch) -> Result<bool, Trouble> {
        unit.first.reset(self.0.start.first().ok_or_else(nothing_loaded)?)?;
        unit.vm.reset(&self.0.memory, false)?;
        unit.first.apply()?;
        let control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
        unit.first.set_guest_debug(&kvm_guest_debug { control, ..kvm_guest_debug::default() })?;
        if !matches!(until_exit(unit, watch)?, Stopped::Debug { .. }) {
            return Ok(false);
        }
        unit.first.set_guest_debug(&kvm_guest_debug::default())?;
        if !matches!(until_exit(unit, watch)?, Stopped::Out(port, _) if port == u16::from(map::port::DONE)) {
            return Ok(false);
        }
        Ok(unit.first.is_idle())
    }
}

/// Runs to the next exit that no signal caused, or until the run is decided: it is a dozen instructions.
fn until_exit(unit: &mut Unit, watch: &Watch) -> Result<Stopped, Trouble> {
    sys::take_bell();
    watch.first().set_waker(Waker::Nobody);
    let run = watch.first().begin(None);
    loop {
        match unit.first.run()? {
            Stopped::Signal if run.decision().is_none() => {
                sys::take_bell();
            }
            stopped => return Ok(stopped),
        }
    }
}

impl KvmMachine {
    /// Washes a virtual machine that may hold what no reset reaches, or gives it up.
    pub(super) fn clean(&mut self, config: Config, leftover: Leftover) {
        if leftover == Leftover::Nothing {
            return;
        }
        let Some(mut unit) = self.pool.remove(&config) else { return };
        if leftover == Leftover::Step && self.wash(&mut unit) {
            self.pool.insert(config, unit);
        } else {
            self.spares.give_up(unit);
        }
    }

    fn wash(&mut self, unit: &mut Unit) -> bool {
        if self.wash.is_none() {
            self.wash = Wash::new().ok();
        }
        self.wash.as_ref().is_some_and(|wash| wash.run(unit, &self.watch).unwrap_or(false))
    }
}
