//! The manuals' rules, which find out by the way what follows other rules and would have said otherwise.
//!
//! A machine does the same with other rules as with the manuals' until one of them gives another answer. So one run with
//! [`Compared`] tells for many departures at once whether a run with them can differ at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Rules that depart from the manuals'.
#[derive(Clone, Copy, Debug)]
pub struct Departure {
    /// Makes the rules of one processor.
    pub build: fn() -> Box<dyn Rules>,
    /// Names of the methods of [`Rules`] that it overrides.
    pub overrides: &'static [&'static str],
}

/// Departures, and which of them differed from the manuals.
#[derive(Debug)]
pub struct Comparison {
    departures: Vec<Departure>,
    overrides: Overrides,
    differed: Vec<AtomicBool>,
}

impl Comparison {
    /// Of these departures, none of which differed yet.
    pub fn new(departures: Vec<Departure>) -> Self {
        let overrides = Overrides::of(&departures);
        let differed = departures.iter().map(|_| AtomicBool::new(false)).collect();
        Self { departures, overrides, differed }
    }

    /// The rules of one processor: the manuals'.
    pub fn rules(self: &Arc<Self>) -> Compared {
        let others = self.departures.iter().map(|departure| (departure.build)()).collect();
        Compared { comparison: Arc::clone(self), others }
    }

    /// For each departure, whether it gave another answer than the manuals since the last call, on any processor.
    pub fn take_differed(&self) -> Vec<bool> {
        self.differed.iter().map(|differed| differed.swap(false, Ordering::Relaxed)).collect()
    }
}

/// The manuals' rules, which ask those of a [`Comparison`] too.
#[derive(Debug)]
pub struct Compared {
    comparison: Arc<Comparison>,
    /// The departures' rules for this processor.
    others: Vec<Box<dyn Rules>>,
}

impl Compared {
    /// Asks those departures with these numbers that have not differed yet.
    fn ask(&self, numbers: &[usize], differs: impl Fn(&dyn Rules) -> bool) {
        for &number in numbers {
            let (Some(other), Some(differed)) = (self.others.get(number), self.comparison.differed.get(number)) else {
                continue;
            };
            if !differed.load(Ordering::Relaxed) && differs(other.as_ref()) {
                differed.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// Makes of the functions of each file what depends on their names.
macro_rules! compared {
    ($($file:ident { $($name:ident($($argument:ident: $kind:ty),*) -> $result:ty;)+ })+) => {
        /// The numbers of the departures that override a method, for each method.
        #[derive(Debug)]
        struct Overrides {
            $($($name: Vec<usize>,)+)+
        }

        impl Overrides {
            fn of(departures: &[Departure]) -> Self {
                let of = |method| {
                    let overriding = departures.iter().enumerate().filter(|(_, one)| one.overrides.contains(&method));
                    overriding.map(|(number, _)| number).collect()
                };
                Self { $($($name: of(stringify!($name)),)+)+ }
            }
        }

        impl Rules for Compared {
            $($(
                fn $name(&self, $($argument: $kind),*) -> $result {
                    let answer = Manual.$name($($argument),*);
                    self.ask(&self.comparison.overrides.$name, |other| other.$name($($argument),*) != answer);
                    answer
                }
            )+)+
        }
    };
}
with_every_rule!(compared);

#[cfg(test)]
mod tests {
    use super::*;

    /// Departs from the third question on.
    #[derive(Debug, Default)]
    struct Third(std::cell::Cell<u32>);

    impl Rules for Third {
        fn nmi_vector(&self) -> u8 {
            self.0.set(self.0.get() + 1);
            if self.0.get() > 2 { 3 } else { Manual.nmi_vector() }
        }
    }

    #[derive(Debug)]
    struct Lost;

    impl Rules for Lost {
        fn blocked_nmis_are_held(&self) -> bool {
            false
        }
    }

    fn comparison() -> Arc<Comparison> {
        let third = Departure { build: || Box::new(Third::default()), overrides: &["nmi_vector"] };
        let lost = Departure { build: || Box::new(Lost), overrides: &["blocked_nmis_are_held"] };
        Arc::new(Comparison::new(vec![third, lost]))
    }

    #[test]
    fn a_departure_differs_once_it_answered_otherwise() {
        let comparison = comparison();
        let rules = comparison.rules();
        assert_eq!((rules.nmi_vector(), rules.nmi_vector()), (2, 2));
        assert_eq!(comparison.take_differed(), [false, false]);
        assert_eq!(rules.nmi_vector(), 2);
        assert_eq!(comparison.take_differed(), [true, false]);
        assert_eq!(comparison.take_differed(), [false, false]);
        assert!(rules.blocked_nmis_are_held());
        assert_eq!(comparison.take_differed(), [false, true]);
    }

    #[test]
    fn every_processor_has_departures_of_its_own() {
        let comparison = comparison();
        for _ in 0..2 {
            let rules = comparison.rules();
            assert_eq!((rules.nmi_vector(), rules.nmi_vector()), (2, 2));
        }
        assert_eq!(comparison.take_differed(), [false, false]);
    }
}
