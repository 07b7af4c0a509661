//! The model as a [`Machine`].

use std::collections::BTreeMap;
use std::sync::Arc;

use guests::Guest;
use reports::{Cost, ModelLack};
use spec::{Manual, Rules};
use x86::debug::BREAKPOINTS;

use super::super::chips::{Bus, FIXED};
use super::super::choices::Choices;
use super::watch::{Happening, Watch};
use super::world::{World, message, smi};
use crate::machine::compared::Comparison;
use crate::machine::mutants::Mutant;
use crate::machine::{Cannot, Exit, Lack, Machine, Registers, Session, Trouble, UnmodelledMode, Way};
use crate::terms::{Events, EventsChange, Need, Path, Vendor};

/// The executable specification: a processor of one vendor with KVM's queue of NMIs, with the manual's rules or one mutant's.
#[derive(Debug)]
pub struct ModelMachine {
    name: String,
    vendor: Vendor,
    follows: Follows,
    /// The choices of the next guest where the manuals leave behaviour open.
    choices: Choices,
    world: Option<World>,
    watched: bool,
}

/// Whose rules a machine follows.
#[derive(Clone, Debug)]
enum Follows {
    Manual,
    Mutant(Mutant),
    /// The manual's, which record the mutants that would depart from them.
    Compared(Arc<Comparison>),
}

impl Follows {
    /// The rules of one processor.
    fn rules(&self) -> Box<dyn Rules> {
        match self {
            Follows::Manual => Box::new(Manual),
            Follows::Mutant(mutant) => mutant.build(),
            Follows::Compared(comparison) => Box::new(comparison.rules()),
        }
    }
}

impl ModelMachine {
    /// A machine that follows `vendor`'s manual, with the change of `mutant`.
    pub fn new(vendor: Vendor, mutant: Option<Mutant>) -> Self {
        match mutant {
            None => Self::following(vendor, Follows::Manual, format!("model:{vendor}")),
            Some(mutant) => Self::following(vendor, Follows::Mutant(mutant), format!("model:{vendor}:{mutant}")),
        }
    }

    /// A machine that follows `vendor`'s manual, and records in `comparison` which mutants would not.
    pub fn comparing(vendor: Vendor, comparison: &Arc<Comparison>) -> Self {
        Self::following(vendor, Follows::Compared(Arc::clone(comparison)), format!("model:{vendor}"))
    }

    fn following(vendor: Vendor, follows: Follows, name: String) -> Self {
        Self { name, vendor, follows, choices: Choices::default(), world: None, watched: false }
    }

    /// Records what it does, from the next load on.
    pub fn watch(&mut self) {
        self.watched = true;
    }

    /// What it did since the load or the last call, if it is watched.
    pub fn happenings(&mut self) -> Vec<Happening> {
        let watch = self.world.as_mut().and_then(|world| world.watch.as_mut());
        watch.map(Watch::take).unwrap_or_default()
    }
}

impl Machine for ModelMachine {
    fn name(&self) -> &str {
        &self.name
    }

    fn vendor(&self) -> Vendor {
        self.vendor
    }

    fn lacks(&self, need: Need) -> Option<Lack> {
        use reports::Vendor::{Amd, Intel};
        let lack = match (need, self.vendor) {
            (Need::Svm | Need::Vnmi | Need::Vgif | Need::IdleHlt, Vendor::Intel) => {
                ModelLack::Virtualization { vendor: Amd }
            }
            (Need::Vmx | Need::VirtualNmis | Need::NmiWindow | Need::ActivityHlt, Vendor::Amd) => {
                ModelLack::Virtualization { vendor: Intel }
            }
            (Need::Amd, Vendor::Intel) => ModelLack::Vendor { vendor: Amd },
            (Need::Intel, Vendor::Amd) => ModelLack::Vendor { vendor: Intel },
            _ => return None,
        };
        Some(lack.into())
    }

    fn load(&mut self, guest: &Arc<Guest>, path: Path) -> Result<Box<dyn Session + '_>, Trouble> {
        let bus = match self.world.take() {
            Some(old) => old.bus.reloaded(guest),
            None => Bus::new(guest),
        };
        let watch = self.watched.then(Watch::default);
        let choices = std::mem::take(&mut self.choices);
        let world = World { watch, choices, ..World::new(self.vendor, || self.follows.rules(), guest, path, bus) };
        Ok(Box::new(self.world.insert(world)))
    }

    /// A mutant has no other ways: it stands for one real machine.
    fn next_way(&mut self) -> Way {
        if matches!(self.follows, Follows::Mutant(_)) {
            return Way::Fixed;
        }
        let next = self.world.as_ref().and_then(|world| world.choices.next());
        let way = if next.is_some() { Way::Another } else { Way::Last };
        self.choices = next.unwrap_or_default();
        way
    }
}

impl Session for &mut World {
    fn run(&mut self) -> Result<Exit, Trouble> {
        World::run(self)
    }

    fn raise(&mut self, count: u8) -> Result<(), Trouble> {
        self.by_host(|world| world.raise(count))
    }

    fn arm(&mut self) -> Result<(), Trouble> {
        self.by_host(|world| {
            if let Some(role) = world.roles.first_mut() {
                role.armed = true;
            }
        });
        Ok(())
    }

    fn interrupt(&mut self, vector: u8) -> Result<(), Trouble> {
        self.by_host(|world| {
            if let Some(cpu) = world.cpus.first_mut() {
                message(&mut world.choices, cpu, FIXED, vector, 1);
            }
        });
        Ok(())
    }

    fn smi(&mut self) -> Result<(), Trouble> {
        if self.cpus.first().is_some_and(|cpu| cpu.vmx.on) {
            return Err(UnmodelledMode::SmiInVmx.into());
        }
        self.by_host(|world| {
            if let Some(cpu) = world.cpus.first_mut() {
                smi(&mut world.choices, cpu);
            }
        });
        Ok(())
    }

    fn events(&mut self) -> Result<Events, Trouble> {
        Ok(self.by_host(World::events))
    }

    fn set_events(&mut self, change: EventsChange) -> Result<(), Trouble> {
        self.by_host(|world| world.set_events(change));
        Ok(())
    }

    fn migrate(&mut self) -> Result<(), Trouble> {
        self.move_to_fresh();
        self.by_host(|_| ());
        Ok(())
    }

    fn set_breakpoints(&mut self, addresses: &[u64]) -> Result<(), Trouble> {
        if addresses.len() > usize::from(BREAKPOINTS) {
            return Err(Cannot::SetBreakpoints { count: addresses.len() }.into());
        }
        self.breakpoints = addresses.to_vec();
        Ok(())
    }

    fn registers(&mut self, cpu: u8) -> Result<Registers, Trouble> {
        Ok(World::registers(self, cpu))
    }

    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Trouble> {
        self.bus.host_read(address, bytes)
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Trouble> {
        self.bus.host_write(address, bytes)
    }

    fn statistics(&mut self) -> BTreeMap<String, u64> {
        let injections = self.cpus.first().map_or(0, |cpu| cpu.injections);
        [("exits", self.exits), (Cost::INJECTIONS, injections), (Cost::WINDOW_EXITS, 0)]
            .into_iter()
            .map(|(name, count)| (name.to_owned(), count))
            .collect()
    }
}
