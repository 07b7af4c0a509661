//! Intel's virtual-machine extensions: controls, exit reasons, states and events of the VMCS (Intel SDM vol. 3, chapter 24
//! "Virtual-Machine Control Structures", and the sections that each item names). The fields' encodings are in [`crate::vmcs`].

mod capability;
mod control;
mod event;
mod exit;
mod state;

pub use capability::*;
pub use control::*;
pub use event::*;
pub use exit::*;
pub use state::*;
