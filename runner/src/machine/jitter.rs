//! Delays between host actions: the same machine, but the host is now early, now late.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hint::spin_loop;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use guests::{Guest, Mode};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::{Exit, Machine, Registers, Trouble};
use crate::terms::{Events, EventsChange, Need, Path, Vendor};

/// The longest delay, if nobody asks for another.
pub const LONGEST: Duration = Duration::from_micros(500);
/// Sleeping takes at least so long; shorter delays spin.
const SHORTEST_SLEEP: Duration = Duration::from_micros(60);

/// What the jitter of machines is set to: the same seed gives the same delays again.
///
/// The generator is named, and not the crate's standard one, whose algorithm may change.
#[derive(Clone, Debug, Default)]
pub struct Dial(Rc<RefCell<Option<(Xoshiro256PlusPlus, Duration)>>>);

impl Dial {
    /// Delays from now on follow the seed, each up to `longest`; without a seed there are none.
    pub fn set(&self, seed: Option<u64>, longest: Duration) {
        *self.0.borrow_mut() = seed.map(|seed| (Xoshiro256PlusPlus::seed_from_u64(seed), longest));
    }

    /// The next delay. Half of the time there is none; the others are short ones more often than long ones, since what
    /// races with an NMI is over in microseconds.
    fn next(&self) -> Duration {
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

/// A machine whose host takes its time.
pub struct Jittery {
    inner: Box<dyn Machine>,
    dial: Dial,
}

impl Jittery {
    /// The machine, with delays before what the host does as the dial says.
    pub fn new(inner: Box<dyn Machine>, dial: Dial) -> Self {
        Self { inner, dial }
    }

    fn late(&mut self) -> &mut dyn Machine {
        self.dial.wait();
        self.inner.as_mut()
    }
}

impl Machine for Jittery {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn vendor(&self) -> Vendor {
        self.inner.vendor()
    }

    fn lacks(&self, need: Need) -> Option<String> {
        self.inner.lacks(need)
    }

    fn lacks_mode(&self, mode: Mode) -> Option<String> {
        self.inner.lacks_mode(mode)
    }

    fn load(&mut self, guest: &Arc<Guest>, path: Path) -> Result<(), Trouble> {
        self.inner.load(guest, path)
    }

    fn run(&mut self) -> Result<Exit, Trouble> {
        self.late().run()
    }

    fn raise(&mut self, count: u8) -> Result<(), Trouble> {
        self.late().raise(count)
    }

    fn arm(&mut self) -> Result<(), Trouble> {
        self.late().arm()
    }

    fn interrupt(&mut self, vector: u8) -> Result<(), Trouble> {
        self.late().interrupt(vector)
    }

    fn smi(&mut self) -> Result<(), Trouble> {
        self.late().smi()
    }

    fn events(&mut self) -> Result<Events, Trouble> {
        self.late().events()
    }

    fn set_events(&mut self, change: EventsChange) -> Result<(), Trouble> {
        self.late().set_events(change)
    }

    fn migrate(&mut self) -> Result<(), Trouble> {
        self.late().migrate()
    }

    fn set_breakpoints(&mut self, addresses: &[u64]) -> Result<(), Trouble> {
        self.inner.set_breakpoints(addresses)
    }

    fn registers(&mut self, cpu: u8) -> Result<Registers, Trouble> {
        self.inner.registers(cpu)
    }

    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Trouble> {
        self.inner.read(address, bytes)
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Trouble> {
        self.inner.write(address, bytes)
    }

    fn statistics(&mut self) -> BTreeMap<String, u64> {
        self.inner.statistics()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_delays_again_and_none_gives_none() {
        let dial = Dial::default();
        let draw = |seed, longest| {
            dial.set(seed, longest);
            (0..1000).map(|_| dial.next()).collect::<Vec<_>>()
        };
        assert!(draw(None, LONGEST).iter().all(Duration::is_zero));
        let delays = draw(Some(7), LONGEST);
        assert_eq!(delays, draw(Some(7), LONGEST));
        assert_ne!(delays, draw(Some(8), LONGEST));
        assert!(delays.iter().all(|delay| *delay <= LONGEST));
        let none = delays.iter().filter(|delay| delay.is_zero()).count();
        assert!((400..600).contains(&none), "half of them are none: {none}");
        assert!(delays.iter().any(|delay| *delay > LONGEST / 4), "some are long");
        assert!(draw(Some(7), Duration::ZERO).iter().all(Duration::is_zero));
    }
}
