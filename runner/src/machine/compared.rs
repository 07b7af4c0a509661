//! The manuals' rules, which record the mutants that would have answered otherwise.
//!
//! A machine with a mutant's rules does what it does with the manuals' until one of them gives another answer. So a mutant that
//! was not recorded in a run of the unchanged model would have made the same run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use spec::types::*;
use spec::{Manual, Rules, with_every_rule};

use super::mutants::Mutant;

/// One vendor's mutants, and which of them departed from the manuals.
#[derive(Debug)]
pub struct Comparison {
    mutants: Vec<Mutant>,
    overrides: Overrides,
    /// For each of the mutants.
    departed: Vec<AtomicBool>,
}

impl Comparison {
    /// Of the mutants that are wrong on this vendor's processors.
    pub fn new(vendor: Vendor) -> Self {
        let mutants: Vec<Mutant> = Mutant::wrong_on(vendor).collect();
        let overrides = Overrides::of(&mutants);
        let departed = mutants.iter().map(|_| AtomicBool::new(false)).collect();
        Self { mutants, overrides, departed }
    }

    /// The rules of one processor: the manuals'.
    pub fn rules(self: &Arc<Self>) -> Compared {
        Compared { comparison: Arc::clone(self), others: self.mutants.iter().map(|mutant| mutant.build()).collect() }
    }

    /// The mutants that gave another answer than the manuals since the last call, on any processor.
    pub fn take_departed(&self) -> Vec<Mutant> {
        let departed = |(_, departed): &(_, &AtomicBool)| departed.swap(false, Ordering::Relaxed);
        self.mutants.iter().zip(&self.departed).filter(departed).map(|(&mutant, _)| mutant).collect()
    }
}

/// The manuals' rules, which ask those of a [`Comparison`] too.
#[derive(Debug)]
pub struct Compared {
    comparison: Arc<Comparison>,
    /// The mutants' rules for this processor.
    others: Vec<Box<dyn Rules>>,
}

impl Compared {
    /// Asks those mutants with these numbers that have not departed yet.
    fn ask(&self, numbers: &[usize], differs: impl Fn(&dyn Rules) -> bool) {
        for &number in numbers {
            let (Some(other), Some(departed)) = (self.others.get(number), self.comparison.departed.get(number)) else {
                continue;
            };
            if !departed.load(Ordering::Relaxed) && differs(other.as_ref()) {
                departed.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// Makes of the functions of each file what depends on their names.
macro_rules! compared {
    ($($file:ident { $(
        $name:ident($($argument:ident: $kind:ty),*) -> $result:ty $(= ($($_own:ident),*))?;
    )+ })+) => {
        /// For each method, the numbers of the mutants that override it.
        #[derive(Debug)]
        struct Overrides {
            $($($name: Vec<usize>,)+)+
        }

        impl Overrides {
            fn of(mutants: &[Mutant]) -> Self {
                let of = |method| {
                    let overriding = mutants.iter().enumerate().filter(|(_, mutant)| mutant.overrides().contains(&method));
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

    fn departed(comparison: &Comparison) -> Vec<&'static str> {
        comparison.take_departed().into_iter().map(Mutant::name).collect()
    }

    #[test]
    fn a_mutant_departs_once_it_answered_otherwise() {
        let comparison = Arc::new(Comparison::new(Vendor::Amd));
        let rules = comparison.rules();
        // It depends on the last sender.
        assert!(rules.sent_nmi_counts(1, true) && rules.sent_nmi_counts(1, true));
        assert_eq!(departed(&comparison), [""; 0]);
        assert!(rules.sent_nmi_counts(1, false));
        assert_eq!(departed(&comparison), ["two-senders-collapse"]);
        assert_eq!(departed(&comparison), [""; 0]);
        assert!(rules.blocked_nmis_are_held());
        assert_eq!(departed(&comparison), ["blocked-nmi-lost"]);
    }

    #[test]
    fn every_processor_has_mutants_of_its_own() {
        let comparison = Arc::new(Comparison::new(Vendor::Amd));
        for by_itself in [true, false] {
            assert!(comparison.rules().sent_nmi_counts(1, by_itself));
        }
        assert_eq!(departed(&comparison), [""; 0]);
    }
}
