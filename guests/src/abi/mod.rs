//! The trace ABI: the pseudo-instructions a case writes, the routines they call, and the records these leave.

mod record;

pub use record::{FrameKind, Record, decode_ring};
