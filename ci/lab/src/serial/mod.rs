//! What the first process of a guest tells the lab, over a serial port of its own.

mod end;
mod failure;
mod frame;
mod step;

pub use end::ProgramEnd;
pub use failure::GuestFailure;
pub use frame::{Frame, Received, Receiver, send};
pub use step::Step;
