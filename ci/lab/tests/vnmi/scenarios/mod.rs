//! What the manual promises, one scenario a promise.

mod blocking;
mod delivery;
mod injection;

use crate::scenario::Scenario;

pub(crate) fn all() -> impl Iterator<Item = &'static Scenario> {
    [delivery::SCENARIOS, blocking::SCENARIOS, injection::SCENARIOS].into_iter().flatten()
}
