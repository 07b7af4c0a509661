//! The types that rules take and return.

pub use x86::svm::IntCtl;
pub use x86::vector::Class;
pub use x86::vmx::{Interruptibility, Interruption, Misc};

pub use crate::apic::{LogicalModel, Shorthand};
pub use crate::boundary::{Ended, EventClass};
pub use crate::context::{Boundary, InjectionInto, Iret, Switch, VirtualBoundary};
pub use crate::delivery::{Source, Stack, Through};
pub use crate::gate::{Combined, Named};
pub use crate::kvm::{Events, Queue, Refusal};
pub use crate::shadow::Breakpoint;
pub use crate::svm::{Controls, GuestEvent};
pub use crate::vmx_entry::NmiControls;
pub use crate::vmx_events::VmxEvent;
pub use crate::vnmi::VirtualNmi;
pub use crate::{Allowed, Nmi, Shadow, Vendor};
