//! The NMI rules, to be read beside the manuals: one small function per rule, each with its source and with the hook
//! where a mutant changes it. In the order of an NMI's life: [`queue`] (raised, held), [`boundary`] (when it is taken),
//! [`shadow`], [`halt`], [`delivery`] (what the handler finds), [`blocking`] (until when others wait), [`smm`],
//! [`apic`] (where messages come from), [`events`] (what the host sees and sets).

mod apic;
mod blocking;
mod boundary;
mod delivery;
mod events;
mod halt;
mod queue;
mod shadow;
mod smm;
mod state;

#[cfg(test)]
mod tests;

pub(crate) use blocking::Retired;
pub(crate) use boundary::{Boundary, Taken};
pub(crate) use state::{Nmi, Rules};
