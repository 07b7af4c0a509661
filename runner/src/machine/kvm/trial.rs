use guests::Guest;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::vm::Config;
use crate::terms::Path;

/// What the second thread is to do while the first processor runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Todo {
    Nothing,
    /// Run the case's own second processor.
    Free,
    /// Raise an NMI once the first processor sleeps.
    Alarm,
}

/// One trial, from `load` on.
pub(super) struct Trial {
    pub(super) guest: Arc<Guest>,
    pub(super) path: Path,
    pub(super) config: Config,
    pub(super) todo: Todo,
    /// An NMI is to be raised by this thread once the processor has halted.
    pub(super) kick: bool,
    pub(super) breakpoints: Vec<u64>,
    /// The sender stands at its first exit.
    pub(super) sender_ready: bool,
    /// The virtual machine must not be used again.
    pub(super) spoiled: bool,
    /// Statistics at the start, and what earlier virtual machines of this trial counted.
    pub(super) before: Vec<u8>,
    pub(super) carried: BTreeMap<String, u64>,
}

impl Trial {
    pub(super) fn new(guest: &Arc<Guest>, path: Path, config: Config, before: Vec<u8>) -> Self {
        let mut trial = Self {
            guest: Arc::clone(guest),
            path,
            config,
            todo: Todo::Nothing,
            kick: false,
            breakpoints: Vec::new(),
            sender_ready: false,
            spoiled: false,
            before,
            carried: BTreeMap::new(),
        };
        if trial.has_peer() {
            trial.todo = Todo::Free;
        }
        trial
    }

    /// Whether the case itself uses the second processor.
    pub(super) fn has_peer(&self) -> bool {
        self.guest.start.len() > 1 && !self.guest.sender
    }
}
