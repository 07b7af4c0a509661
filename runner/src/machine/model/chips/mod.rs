//! What is around a processor: its local APIC, its performance counter, memory, and the I/O APIC's page.

mod bus;
mod code;
mod lapic;
mod pmu;

pub(crate) use bus::{Bus, Output};
pub(crate) use lapic::{FIXED, Ipi, Lapic, NMI, SMI, Shorthand};
pub(crate) use pmu::Pmu;
