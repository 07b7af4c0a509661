use std::collections::BTreeMap;

use super::entry::{Entry, alike, entries};
use crate::distinct::sorted;
use crate::vendor::Vendor;
use crate::{CaseView, Labelled, Variant};

/// A variant of a case that a page shows, and that the case's view must therefore contain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Id of the case.
    pub case: String,
    /// `real`, `protected` or `long`.
    pub mode: String,
    /// How NMIs are raised.
    pub path: String,
    /// The vendor whose manual applies: `amd` or `intel`; `intel` if unknown.
    pub vendor: String,
}

impl Wanted {
    /// The variants that a page of these runs shows: for each case one for each way in which its trials ended.
    pub fn of(runs: &[Labelled<'_>]) -> Vec<Wanted> {
        let by_case = by_case(&entries(runs));
        let groups = by_case.values().flat_map(|entries| alike(entries.iter().copied()));
        sorted(groups.map(|group| Wanted::by(&group.first)))
    }

    fn by(entry: &Entry<'_>) -> Wanted {
        let id = &entry.trial.id;
        Wanted {
            case: id.case.clone(),
            mode: id.mode.clone(),
            path: id.path.clone(),
            vendor: entry.vendor().unwrap_or(Vendor::Intel).name().to_owned(),
        }
    }
}

/// The trials of each case.
pub(super) fn by_case<'a>(entries: &[Entry<'a>]) -> BTreeMap<&'a str, Vec<Entry<'a>>> {
    let mut cases: BTreeMap<&str, Vec<Entry<'a>>> = BTreeMap::new();
    entries.iter().for_each(|entry| cases.entry(&entry.trial.id.case).or_default().push(*entry));
    cases
}

/// The variant that a trial ran, if the view has the same contents as the trial's case.
pub(super) fn variant<'a>(entry: &Entry<'_>, case_view: Option<&'a CaseView>) -> Option<&'a Variant> {
    let wanted = Wanted::by(entry);
    let case_view = case_view.filter(|case_view| case_view.hash == entry.trial.hash)?;
    case_view
        .variants
        .iter()
        .find(|variant| variant.mode == wanted.mode && variant.path == wanted.path && variant.vendor == wanted.vendor)
}
