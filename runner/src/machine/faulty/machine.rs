use std::collections::BTreeMap;
use std::sync::Arc;

use guests::Guest;

use super::fault::Fault;
use crate::machine::model::ModelMachine;
use crate::machine::{Exit, ExitKind, Machine, Registers, Trouble};
use crate::terms::{Events, EventsChange, Need, Path, Vendor};

/// JMP to itself, in every mode.
const CIRCLE: [u8; 2] = [0xeb, 0xfe];
/// UD2.
const UNDEFINED: [u8; 2] = [0x0f, 0x0b];

/// Every so many runs the rare fault strikes.
const RARE: u32 = 89;

/// The model of an AMD processor with a fault.
pub struct FaultyMachine {
    inner: ModelMachine,
    fault: Fault,
    name: String,
    loads: u32,
    /// The fault that strikes at the first exit has struck.
    struck: bool,
    /// An NMI comes once the processor has halted, and does not wake it.
    unheard: bool,
}

impl FaultyMachine {
    /// A machine with this fault.
    pub fn new(fault: Fault) -> Self {
        let inner = ModelMachine::new(Vendor::Amd, None);
        Self { inner, fault, name: format!("faulty:{fault}"), loads: 0, struck: false, unheard: false }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Puts two bytes where the guest goes on.
    fn plant(&mut self, bytes: [u8; 2]) -> Result<(), Trouble> {
        let rip = self.inner.registers(0)?.rip;
        self.inner.write(rip, &bytes)
    }
}

impl Machine for FaultyMachine {
    fn name(&self) -> &str {
        &self.name
    }

    fn vendor(&self) -> Vendor {
        self.inner.vendor()
    }

    fn lacks(&self, need: Need) -> Option<String> {
        if self.is(Fault::Bare) { Some(format!("the faulty machine has no {need}")) } else { self.inner.lacks(need) }
    }

    fn load(&mut self, guest: &Arc<Guest>, path: Path) -> Result<(), Trouble> {
        self.loads += 1;
        self.struck = false;
        self.unheard = false;
        self.inner.load(guest, path)
    }

    fn run(&mut self) -> Result<Exit, Trouble> {
        let exit = self.inner.run()?;
        if exit.kind == ExitKind::Halted && self.unheard {
            return Ok(Exit { kind: ExitKind::WakeLost, ..exit });
        }
        if exit.kind == ExitKind::Done || std::mem::replace(&mut self.struck, true) {
            return Ok(exit);
        }
        match self.fault {
            Fault::Stuck => self.plant(CIRCLE)?,
            Fault::Broken => self.plant(UNDEFINED)?,
            Fault::Dead => return Ok(Exit { cpu: 0, kind: ExitKind::Shutdown }),
            _ => {}
        }
        Ok(exit)
    }

    fn raise(&mut self, count: u8) -> Result<(), Trouble> {
        match self.fault {
            Fault::Deaf => Ok(()),
            Fault::Rare if self.loads.is_multiple_of(RARE) => Ok(()),
            Fault::Fickle if self.loads.is_multiple_of(2) => Ok(()),
            Fault::Refusing => {
                let likely = "the faulty machine refuses every NMI".to_owned();
                Err(Trouble::Refused { call: "KVM_NMI".to_owned(), errno: 22, likely })
            }
            _ => self.inner.raise(count),
        }
    }

    fn arm(&mut self) -> Result<(), Trouble> {
        self.unheard = self.is(Fault::Asleep);
        if self.is(Fault::Deaf) || self.unheard { Ok(()) } else { self.inner.arm() }
    }

    fn interrupt(&mut self, vector: u8) -> Result<(), Trouble> {
        self.inner.interrupt(vector)
    }

    fn smi(&mut self) -> Result<(), Trouble> {
        self.inner.smi()
    }

    fn events(&mut self) -> Result<Events, Trouble> {
        let events = self.inner.events()?;
        if self.is(Fault::Touchy) {
            self.inner.set_events(EventsChange { masked: Some(false), ..EventsChange::default() })?;
        }
        Ok(if self.is(Fault::Liar) { Events { masked: !events.masked, ..events } } else { events })
    }

    fn set_events(&mut self, change: EventsChange) -> Result<(), Trouble> {
        self.inner.set_events(change)
    }

    fn migrate(&mut self) -> Result<(), Trouble> {
        self.inner.migrate()?;
        if self.is(Fault::Forgetful) {
            self.inner.set_events(EventsChange { pending: Some(0), ..EventsChange::default() })?;
        }
        Ok(())
    }

    fn set_breakpoints(&mut self, addresses: &[u64]) -> Result<(), Trouble> {
        self.inner.set_breakpoints(addresses)
    }

    fn registers(&mut self, cpu: u8) -> Result<Registers, Trouble> {
        self.inner.registers(cpu)
    }

    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Trouble> {
        self.inner.read(address, bytes)
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Trouble> {
        self.inner.write(address, bytes)
    }

    fn statistics(&mut self) -> BTreeMap<String, u64> {
        self.inner.statistics()
    }
}
