use crate::case::NameAt;
use crate::case::parse::{RawWants, Words};

/// The names a vendor's traces of the first processor hold, and how often at most. What is wanted at single marks is
/// compared on that processor only.
pub(super) struct Seen(Vec<Vec<String>>);

impl Seen {
    pub(super) fn of(raw: &RawWants) -> Self {
        let names = |trace: &Words| trace.value.iter().map(|name| name.value.clone()).collect();
        let many = raw.traces.get().into_iter().flat_map(|list| &list.value);
        Self(raw.trace.get().into_iter().chain(many).map(names).collect())
    }

    /// How often `name` is seen at most.
    pub(super) fn times(&self, name: &str) -> usize {
        self.0.iter().map(|trace| trace.iter().filter(|seen| *seen == name).count()).max().unwrap_or(0)
    }

    /// Whether a record of `name` comes before one that `at` names, in every trace that holds the latter.
    pub(super) fn comes_before(&self, name: &str, at: &NameAt) -> bool {
        self.0.iter().all(|trace| {
            let mut times = 0;
            let first = trace.iter().position(|seen| {
                times += u32::from(*seen == at.name);
                *seen == at.name && at.names(seen, times)
            });
            first.is_none_or(|first| trace.iter().take(first).any(|seen| seen == name))
        })
    }
}
