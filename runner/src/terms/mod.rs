//! Words that cases, machines and reports share.

mod events;
mod need;
mod path;
mod processor;
mod release;

pub use events::{Events, EventsChange};
pub use need::Need;
pub use path::Path;
pub use processor::Processor;
pub use release::release_numbers;
pub use reports::Pass;
pub use spec::{Shadow, Vendor};

pub(crate) use reports::words;
