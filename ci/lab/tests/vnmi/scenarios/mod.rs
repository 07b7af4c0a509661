//! What the manual promises, one scenario a promise.

mod blocking;
mod debug;
mod delivery;
mod injection;
mod translation;

use crate::scenario::Scenario;

pub(crate) fn all() -> impl Iterator<Item = &'static Scenario> {
    [delivery::SCENARIOS, blocking::SCENARIOS, injection::SCENARIOS, debug::SCENARIOS, translation::SCENARIOS]
        .into_iter()
        .flatten()
}
