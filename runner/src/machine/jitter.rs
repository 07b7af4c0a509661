//! Random delays before host actions, so that they come early or late.

use std::cell::RefCell;
use std::fmt;
use std::hint::spin_loop;
use std::rc::Rc;
use std::str::FromStr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use thiserror::Error;

use super::Machine;
use super::hooks::{Hooked, Hooks};

/// The longest delay, unless another is given.
pub const LONGEST: Duration = Duration::from_micros(500);
/// No delay may be longer.
pub const LIMIT: Duration = Duration::from_secs(1);
/// Sleeping takes at least so long; shorter delays spin.
const SHORTEST_SLEEP: Duration = Duration::from_micros(60);

/// Random delays, each from 0 to a longest one: the same seed gives the same delays again.
///
/// Written `SEED:MICROSECONDS`, or `SEED` where the longest is [`LONGEST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// Seed of the generator.
    pub seed: u64,
    /// The longest delay.
    pub longest: Duration,
}

impl fmt::Display for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seed)?;
        if self.longest == LONGEST { Ok(()) } else { write!(f, ":{}", self.longest.as_micros()) }
    }
}

/// Why a text is not [`Delays`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BadDelays {
    /// A part is not a number.
    #[error("`{word}` is not a number from 0 to {}", u64::MAX)]
    Number {
        /// The part.
        word: String,
    },
    /// The longest delay is too long.
    #[error("the longest delay is {} microseconds at most", LIMIT.as_micros())]
    Long,
}

impl FromStr for Delays {
    type Err = BadDelays;

    fn from_str(words: &str) -> Result<Self, BadDelays> {
        let number = |word: &str| word.parse().map_err(|_| BadDelays::Number { word: word.to_owned() });
        let (seed, longest) = match words.split_once(':') {
            Some((seed, micros)) => (seed, Duration::from_micros(number(micros)?)),
            None => (words, LONGEST),
        };
        if longest > LIMIT {
            return Err(BadDelays::Long);
        }
        Ok(Self { seed: number(seed)?, longest })
    }
}

/// The delays of machines, shared with the run that sets them.
///
/// The generator is named, and not the crate's standard one, whose algorithm may change.
#[derive(Clone, Debug, Default)]
pub struct Jitter(Rc<RefCell<Option<(Xoshiro256PlusPlus, Duration)>>>);

impl Jitter {
    /// Begins these delays from their first one; `None` is no delays.
    pub fn set(&self, delays: Option<Delays>) {
        *self.0.borrow_mut() =
            delays.map(|Delays { seed, longest }| (Xoshiro256PlusPlus::seed_from_u64(seed), longest));
    }

    /// The next delay: zero for one half of them, and otherwise short more often than long, since races with an NMI are
    /// decided within microseconds.
    pub(crate) fn next(&self) -> Duration {
        let mut set = self.0.borrow_mut();
        let Some((generator, longest)) = set.as_mut() else { return Duration::ZERO };
        if generator.random::<bool>() {
            return Duration::ZERO;
        }
        let halved = generator.random_range(0..=9_u32);
        let longest = u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX) >> halved;
        Duration::from_nanos(generator.random_range(0..=longest))
    }

    fn wait(&self) {
        let delay = self.next();
        if delay >= SHORTEST_SLEEP {
            return sleep(delay);
        }
        let began = Instant::now();
        while began.elapsed() < delay {
            spin_loop();
        }
    }
}

/// A machine with a delay before each host action.
pub type DelayedMachine = Hooked<Jitter>;

impl DelayedMachine {
    /// The machine, with delays.
    pub fn new(machine: Box<dyn Machine>, jitter: Jitter) -> Self {
        Self::around(machine, jitter)
    }
}

impl Hooks for Jitter {
    fn before_action(&mut self) {
        self.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_delays_again_and_none_gives_none() {
        let jitter = Jitter::default();
        let draw = |delays| {
            jitter.set(delays);
            (0..1000).map(|_| jitter.next()).collect::<Vec<_>>()
        };
        let seeded = |seed, longest| Some(Delays { seed, longest });
        assert!(draw(None).iter().all(Duration::is_zero));
        let delays = draw(seeded(7, LONGEST));
        assert_eq!(delays, draw(seeded(7, LONGEST)));
        assert_ne!(delays, draw(seeded(8, LONGEST)));
        assert!(delays.iter().all(|delay| *delay <= LONGEST));
        let none = delays.iter().filter(|delay| delay.is_zero()).count();
        assert!((400..600).contains(&none), "half of them are none: {none}");
        assert!(delays.iter().any(|delay| *delay > LONGEST / 4), "some are long");
        assert!(draw(seeded(7, Duration::ZERO)).iter().all(Duration::is_zero));
    }

    #[test]
    fn delays_are_read_as_they_are_written() {
        for words in ["7", "18446744073709551615", "7:300", "7:0", "7:1000000"] {
            assert_eq!(words.parse::<Delays>().unwrap().to_string(), words);
        }
        assert_eq!("7".parse(), Ok(Delays { seed: 7, longest: LONGEST }));
        assert_eq!("7:500".parse(), "7".parse::<Delays>());
        for words in ["", "x", "7:", ":7", "-1", "7:1000001", "7:18446744073709551615", "18446744073709551616", "7:3:4"]
        {
            let error = words.parse::<Delays>().unwrap_err().to_string();
            assert!(error.contains("number") || error.contains("1000000 microseconds"), "{words}: {error}");
        }
    }
}
