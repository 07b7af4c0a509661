//! The order of trials and the seeds of delays, from the hunt's seed alone, so that a hunt can be resumed and a trial repeated.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

/// Every fourth round is calm, beginning with the first, to show which failures need no load.
const CALM_EVERY: u64 = 4;

/// The order of the `count` trials of a round, as indices. Rounds count from 1.
pub fn order(seed: u64, round: u64, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(mix(seed, round)));
    order
}

/// The seed of the delays of one trial in one round. It has 32 bits, because people type it.
pub fn jitter_seed(seed: u64, round: u64, trial: usize) -> u64 {
    mix(mix(seed, round), trial as u64) >> 32
}

/// Whether a round is under load.
pub fn is_loaded(round: u64) -> bool {
    round % CALM_EVERY != 1
}

/// Mixes two numbers into one, so that close inputs give unrelated outputs (the finalizer of SplitMix64).
fn mix(one: u64, other: u64) -> u64 {
    let mut value = one ^ other.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_has_every_trial_in_an_order_of_its_own() {
        let first = order(42, 1, 500);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..500).collect::<Vec<_>>());
        assert_eq!(first, order(42, 1, 500));
        assert_ne!(first, order(42, 2, 500));
        assert_ne!(first, order(43, 1, 500));
        assert_eq!(order(42, 1, 0), Vec::<usize>::new());
    }

    /// A journal names a seed, and may be resumed years later by a binary built anew.
    #[test]
    fn the_order_never_changes() {
        assert_eq!(order(1, 1, 10), PINNED);
        assert_eq!([jitter_seed(1, 1, 0), jitter_seed(1, 1, 1), jitter_seed(1, 2, 0)], PINNED_SEEDS);
    }

    const PINNED: [usize; 10] = [7, 0, 8, 1, 5, 9, 6, 3, 4, 2];
    const PINNED_SEEDS: [u64; 3] = [588128193, 129314844, 1717542848];

    #[test]
    fn one_round_of_four_is_calm() {
        assert_eq!(
            (1..=9).map(is_loaded).collect::<Vec<_>>(),
            [false, true, true, true, false, true, true, true, false]
        );
    }
}
