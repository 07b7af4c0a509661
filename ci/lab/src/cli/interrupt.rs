//! Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::{Attempt, Failure};

/// A flag that the first Ctrl-C sets.
pub(super) fn watch_for_interrupt() -> Result<Arc<AtomicBool>, Failure> {
    runner::command::watch_for_interrupt().map_err(|error| Failure::trouble(Attempt::WatchForInterrupt, error))
}
