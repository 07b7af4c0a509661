//! How each fault changes the model.

use x86::code::{JMP_SELF, UD2};

use super::fault::Fault;
use crate::machine::hooks::{Hooked, Hooks};
use crate::machine::model::ModelMachine;
use crate::machine::{Exit, ExitKind, Lack, Machine, Session, Trouble};
use crate::terms::{Events, EventsChange, Need, Vendor};

/// The rare fault shows in one of so many runs.
const RARE: u32 = 89;

/// The model of an AMD processor with a fault.
pub type FaultyMachine = Hooked<PlantedFault>;

impl FaultyMachine {
    /// A machine with this fault.
    pub fn new(fault: Fault) -> Self {
        let planted = PlantedFault { fault, name: format!("faulty:{fault}"), loads: 0, struck: false, unheard: false };
        Self::around(Box::new(ModelMachine::new(Vendor::Amd, None)), planted)
    }
}

/// A fault, and its state in the current run.
pub struct PlantedFault {
    fault: Fault,
    name: String,
    loads: u32,
    /// The first exit is over, at which some faults show.
    struck: bool,
    /// An NMI was armed that will not wake the halted processor.
    unheard: bool,
}

impl PlantedFault {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }
}

/// Overwrites the guest's next instruction.
fn plant(session: &mut dyn Session, bytes: [u8; 2]) -> Result<(), Trouble> {
    let rip = session.registers(0)?.rip;
    session.write(rip, &bytes)
}

impl Hooks for PlantedFault {
    fn name<'a>(&'a self, _: &'a dyn Machine) -> &'a str {
        &self.name
    }

    fn lacks(&self, machine: &dyn Machine, need: Need) -> Option<Lack> {
        if self.is(Fault::Bare) && need != Need::Host {
            Some(Lack::Faulty { need: need.name().to_owned() })
        } else {
            machine.lacks(need)
        }
    }

    fn loaded(&mut self) {
        self.loads += 1;
        self.struck = false;
        self.unheard = false;
    }

    fn run(&mut self, session: &mut dyn Session) -> Result<Exit, Trouble> {
        let exit = session.run()?;
        if exit.kind == ExitKind::Halted && self.unheard {
            return Ok(Exit { kind: ExitKind::WakeLost, ..exit });
        }
        if exit.kind == ExitKind::Done || std::mem::replace(&mut self.struck, true) {
            return Ok(exit);
        }
        match self.fault {
            Fault::Stuck => plant(session, JMP_SELF)?,
            Fault::Broken => plant(session, UD2)?,
            Fault::Dead => return Ok(Exit { cpu: 0, kind: ExitKind::Shutdown }),
            _ => {}
        }
        Ok(exit)
    }

    fn raise(&mut self, session: &mut dyn Session, count: u8) -> Result<(), Trouble> {
        match self.fault {
            Fault::Deaf => Ok(()),
            Fault::Rare if self.loads.is_multiple_of(RARE) => Ok(()),
            Fault::Fickle if self.loads.is_multiple_of(2) => Ok(()),
            Fault::Refusing => Err(Trouble::Refused { call: "KVM_NMI".to_owned(), errno: 22 }),
            _ => session.raise(count),
        }
    }

    fn arm(&mut self, session: &mut dyn Session) -> Result<(), Trouble> {
        self.unheard = self.is(Fault::Asleep);
        if self.is(Fault::Deaf) || self.unheard { Ok(()) } else { session.arm() }
    }

    fn events(&mut self, session: &mut dyn Session) -> Result<Events, Trouble> {
        let events = session.events()?;
        if self.is(Fault::Touchy) {
            session.set_events(EventsChange { masked: Some(false), ..EventsChange::default() })?;
        }
        Ok(if self.is(Fault::Liar) { Events { masked: !events.masked, ..events } } else { events })
    }

    fn migrate(&mut self, session: &mut dyn Session) -> Result<(), Trouble> {
        session.migrate()?;
        if self.is(Fault::Forgetful) {
            session.set_events(EventsChange { pending: Some(0), ..EventsChange::default() })?;
        }
        Ok(())
    }
}
