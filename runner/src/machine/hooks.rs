//! A machine that wraps another one and changes some of what it does by hooks.

use std::collections::BTreeMap;
use std::sync::Arc;

use guests::{Guest, Mode};

use super::{Exit, Lack, Machine, Registers, Session, Trouble};
use crate::terms::{Events, EventsChange, Need, Path, Vendor};

/// What the wrapper does instead of the machine inside; by default the same.
pub trait Hooks {
    /// See [`Machine::name`].
    fn name<'a>(&'a self, machine: &'a dyn Machine) -> &'a str {
        machine.name()
    }

    /// See [`Machine::lacks`].
    fn lacks(&self, machine: &dyn Machine, need: Need) -> Option<Lack> {
        machine.lacks(need)
    }

    /// Called before a guest is loaded.
    fn loaded(&mut self) {}

    /// Called before the host runs the guest, looks at it or acts on it.
    fn before_action(&mut self) {}

    /// See [`Session::run`].
    fn run(&mut self, session: &mut dyn Session) -> Result<Exit, Trouble> {
        session.run()
    }

    /// See [`Session::raise`].
    fn raise(&mut self, session: &mut dyn Session, count: u8) -> Result<(), Trouble> {
        session.raise(count)
    }

    /// See [`Session::arm`].
    fn arm(&mut self, session: &mut dyn Session) -> Result<(), Trouble> {
        session.arm()
    }

    /// See [`Session::events`].
    fn events(&mut self, session: &mut dyn Session) -> Result<Events, Trouble> {
        session.events()
    }

    /// See [`Session::migrate`].
    fn migrate(&mut self, session: &mut dyn Session) -> Result<(), Trouble> {
        session.migrate()
    }
}

/// A machine with its hooks.
pub struct Hooked<H> {
    machine: Box<dyn Machine>,
    hooks: H,
}

impl<H> Hooked<H> {
    pub(super) fn around(machine: Box<dyn Machine>, hooks: H) -> Self {
        Self { machine, hooks }
    }
}

/// A guest loaded on it.
struct HookedSession<'a> {
    inner: Box<dyn Session + 'a>,
    hooks: &'a mut dyn Hooks,
}

impl HookedSession<'_> {
    fn act(&mut self) -> (&mut dyn Session, &mut dyn Hooks) {
        self.hooks.before_action();
        (self.inner.as_mut(), self.hooks)
    }
}

impl<H: Hooks> Machine for Hooked<H> {
    fn name(&self) -> &str {
        self.hooks.name(self.machine.as_ref())
    }

    fn vendor(&self) -> Vendor {
        self.machine.vendor()
    }

    fn lacks(&self, need: Need) -> Option<Lack> {
        self.hooks.lacks(self.machine.as_ref(), need)
    }

    fn lacks_mode(&self, mode: Mode) -> Option<Lack> {
        self.machine.lacks_mode(mode)
    }

    fn load(&mut self, guest: &Arc<Guest>, path: Path) -> Result<Box<dyn Session + '_>, Trouble> {
        self.hooks.loaded();
        Ok(Box::new(HookedSession { inner: self.machine.load(guest, path)?, hooks: &mut self.hooks }))
    }
}

impl Session for HookedSession<'_> {
    fn run(&mut self) -> Result<Exit, Trouble> {
        let (session, hooks) = self.act();
        hooks.run(session)
    }

    fn raise(&mut self, count: u8) -> Result<(), Trouble> {
        let (session, hooks) = self.act();
        hooks.raise(session, count)
    }

    fn arm(&mut self) -> Result<(), Trouble> {
        let (session, hooks) = self.act();
        hooks.arm(session)
    }

    fn interrupt(&mut self, vector: u8) -> Result<(), Trouble> {
        self.act().0.interrupt(vector)
    }

    fn smi(&mut self) -> Result<(), Trouble> {
        self.act().0.smi()
    }

    fn events(&mut self) -> Result<Events, Trouble> {
        let (session, hooks) = self.act();
        hooks.events(session)
    }

    fn set_events(&mut self, change: EventsChange) -> Result<(), Trouble> {
        self.act().0.set_events(change)
    }

    fn migrate(&mut self) -> Result<(), Trouble> {
        let (session, hooks) = self.act();
        hooks.migrate(session)
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
