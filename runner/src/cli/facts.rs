//! The facts at the start of a saved run: the version, the host, the machines and the rules.

use std::time::{SystemTime, UNIX_EPOCH};

use reports::{HostFact, RunFacts};

use super::failure::Failure;
use crate::case::Library;
use crate::command::VERSION;
use crate::host::HostFacts;
use crate::suite::{MachineSpec, Slot, host_errata, references};

/// Names that reports use for other values.
const TAKEN: [&str; 3] = ["strategy", "version", "interrupted"];

/// The facts of a run or a hunt of so many trials, with the facts `given` by the user.
///
/// Errors: a given fact has the name of another.
pub(super) fn facts(
    library: &Library,
    host: &HostFacts,
    given: &[HostFact],
    slots: &[Slot],
    trials: usize,
) -> Result<RunFacts, Failure> {
    let errata = host_errata(library, host);
    let mut found = host.facts();
    found.push(errata.fact());
    let on_kvm = slots.iter().any(|slot| slot.name == MachineSpec::Kvm.to_string());
    Ok(RunFacts {
        version: VERSION.to_owned(),
        started: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        trials,
        scope: None,
        machines: slots.iter().map(|slot| slot.name.clone()).collect(),
        host: together(found, given)?,
        strategy: on_kvm.then(|| host.strategy().to_string()),
        rules: references(&library.rules),
        errata: errata.list,
    })
}

/// The facts that were found, then those that were given.
///
/// Errors: a given fact has the name of another, and a reader could not tell them apart.
fn together(mut facts: Vec<HostFact>, given: &[HostFact]) -> Result<Vec<HostFact>, Failure> {
    for fact in given {
        let name = &fact.name;
        if TAKEN.contains(&name.as_str()) || facts.iter().any(|known| known.name == *name) {
            return Err(Failure::FactIsTaken(name.clone()));
        }
        facts.push(fact.clone());
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::super::values::fact;
    use super::*;

    #[test]
    fn names_are_not_given_twice() {
        let [kernel, rack, strategy] = ["kernel=6.1", "rack=7", "strategy=x"].map(|word| fact(word).expect("a fact"));
        let names = |given: &[HostFact]| {
            let facts = together(vec![kernel.clone()], given).ok()?;
            Some(facts.into_iter().map(|fact| fact.name).collect::<Vec<_>>())
        };
        assert_eq!(names(from_ref(&rack)), Some(vec!["kernel".to_owned(), "rack".to_owned()]));
        assert_eq!(names(from_ref(&kernel)), None);
        assert_eq!(names(&[rack.clone(), rack]), None);
        assert_eq!(names(&[strategy]), None);
    }
}
