//! The bare machine: cases directly on an (emulated) processor, with no KVM below.
//!
//! [`plan`] chooses the trials that fit and [`select()`] builds their guests; [`image()`] puts them behind a supervisor ([`low`] is
//! how a guest is entered and left) into one file that a multiboot loader starts; [`boot_all`] boots it on an emulator until each
//! guest has run; [`Answers`] reads what comes back over the serial port, and [`recorded`] replays it to the suite, which judges
//! it like any machine ([`judge()`]).

mod answer;
mod boot;
mod error;
mod features;
mod fnv;
mod image;
mod judge;
mod low;
mod recorded;
mod select;
mod verdict;

pub use answer::{Answer, Answers, Fate};
pub use boot::{Patience, boot_all};
pub use error::{BadLine, Error};
pub use features::Features;
pub use image::{ADDRESS, Entry, Image, image};
pub use judge::{Ran, judge};
pub use select::{plan, select};
