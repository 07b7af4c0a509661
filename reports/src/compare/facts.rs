use serde::Serialize;

use crate::{HostFact, SavedRun};

/// A fact that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactChange {
    /// What it is about: `kernel`.
    pub name: String,
    /// What it says in A. None: A does not have it.
    pub a: Option<String>,
    /// What it says in B. None: B does not have it.
    pub b: Option<String>,
    /// Whether it is a detail.
    pub detail: bool,
}

/// The facts that differ: the suite's version and the strategy first, then the hosts' in the order of A, then those
/// that only B has.
pub(super) fn facts(a: &SavedRun, b: &SavedRun) -> Vec<FactChange> {
    let (Some(a), Some(b)) = (&a.facts, &b.facts) else { return Vec::new() };
    let change = |name: &str, a: Option<&String>, b: Option<&String>, detail: bool| {
        (a != b).then(|| FactChange { name: name.to_owned(), a: a.cloned(), b: b.cloned(), detail })
    };
    let find = |facts: &'_ [HostFact], name: &str| facts.iter().position(|fact| fact.name == name);
    let mut changes = vec![
        change("suite", Some(&a.version), Some(&b.version), false),
        change("strategy", a.strategy.as_ref(), b.strategy.as_ref(), false),
    ];
    for fact in &a.host {
        let other = find(&b.host, &fact.name).and_then(|at| b.host.get(at)).map(|other| &other.value);
        changes.push(change(&fact.name, Some(&fact.value), other, fact.detail));
    }
    for fact in b.host.iter().filter(|fact| find(&a.host, &fact.name).is_none()) {
        changes.push(change(&fact.name, None, Some(&fact.value), fact.detail));
    }
    changes.into_iter().flatten().collect()
}
