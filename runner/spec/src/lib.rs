//! The rules of NMIs, to be read beside the manuals: one small function per rule.
//!
//! The files follow an NMI's life: [`latch`] (it arrives and is held), [`boundary`] (what is taken first), [`shadow`] (what
//! holds it back for an instruction), [`halt`], [`delivery`] (what its handler finds), [`gate`] (what happens if its gate is
//! invalid or its delivery faults), [`blocking`] (how long further ones are blocked), [`smm`], and [`apic`] (where messages come
//! from). [`svm`], [`svm_exit`], [`injection`] and [`vnmi`] are about guest hypervisors on AMD's processors, [`vmx_entry`],
//! [`vmx_injection`] and [`vmx_events`] about those on Intel's. [`kvm`] is apart: what KVM's interface promises in addition to the manuals.
//!
//! Each function begins with the ids of its rules, which `cases/rules` states at length, and ends with their sources; a test
//! holds both together. The vendor is a parameter where the manuals differ. What a manual leaves open is a value: the function
//! returns the set of what is allowed, as [`Allowed`].
//!
//! [`Rules`] has each function as a provided method, so that something that departs from the manual in one point (a mutant that
//! tests this suite) is a type that overrides one method. What only such a type looks at is in [`context`].

#![forbid(unsafe_code)]

mod allowed;
pub mod apic;
pub mod blocking;
pub mod boundary;
pub mod context;
pub mod delivery;
pub mod gate;
pub mod halt;
pub mod injection;
pub mod kvm;
pub mod latch;
mod rules;
pub mod shadow;
pub mod smm;
mod state;
pub mod svm;
pub mod svm_exit;
pub mod types;
mod vendor;
pub mod vmx_entry;
pub mod vmx_events;
pub mod vmx_injection;
pub mod vnmi;

pub use allowed::Allowed;
pub use rules::{Manual, Rules};
pub use state::{Nmi, Shadow};
pub use vendor::Vendor;
