//! The types that rules take and return.

pub use x86::vector::Class;
pub use x86::vmx::{Interruptibility, Interruption, Misc};

pub use crate::apic::Shorthand;
pub use crate::boundary::{Boundary, EventClass};
pub use crate::context::{InjectionInto, Instruction, Iret, Switch};
pub use crate::delivery::Stack;
pub use crate::gate::Combined;
pub use crate::kvm::{Events, Refusal};
pub use crate::svm::{Controls, GuestEvent};
pub use crate::vmx_entry::NmiControls;
pub use crate::vmx_events::VmxEvent;
pub use crate::vnmi::{VirtualBoundary, VirtualNmi};
pub use crate::{Allowed, Nmi, Shadow, Vendor};
