//! Instructions to try an assembler with.

mod maker;

pub(crate) use maker::{IP, instances};
