use std::collections::BTreeMap;

use super::entry::{Entry, alike, entries};
use crate::{CaseView, Labelled, Variant};

/// A variant of a case that a page shows, for the view of that case to have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Id of the case.
    pub case: String,
    /// `real`, `protected` or `long`.
    pub mode: String,
    /// How NMIs are raised.
    pub path: String,
    /// Whose manual: `amd` or `intel`; what no run tells is taken as `intel`.
    pub vendor: String,
}

impl Wanted {
    /// What a page of these runs shows: of each case one variant for each way in which its trials ended.
    pub fn of(runs: &[Labelled<'_>]) -> Vec<Wanted> {
        let mut wanted: Vec<Wanted> = by_case(&entries(runs))
            .values()
            .flat_map(|entries| alike(entries.iter().copied()))
            .filter_map(|group| group.first().map(Wanted::by))
            .collect();
        wanted.sort();
        wanted.dedup();
        wanted
    }

    fn by(entry: &Entry<'_>) -> Wanted {
        let id = &entry.trial.id;
        Wanted {
            case: id.case.clone(),
            mode: id.mode.clone(),
            path: id.path.clone(),
            vendor: entry.vendor().unwrap_or("intel").to_owned(),
        }
    }
}

/// The trials of each case.
pub(super) fn by_case<'a>(entries: &[Entry<'a>]) -> BTreeMap<&'a str, Vec<Entry<'a>>> {
    let mut cases: BTreeMap<&str, Vec<Entry<'a>>> = BTreeMap::new();
    entries.iter().for_each(|entry| cases.entry(&entry.trial.id.case).or_default().push(*entry));
    cases
}

/// The variant that a trial ran, if there is a view of the contents that it ran.
pub(super) fn variant<'a>(entry: &Entry<'_>, case_view: Option<&'a CaseView>) -> Option<&'a Variant> {
    let wanted = Wanted::by(entry);
    let case_view = case_view.filter(|case_view| case_view.hash == entry.trial.hash)?;
    case_view
        .variants
        .iter()
        .find(|variant| variant.mode == wanted.mode && variant.path == wanted.path && variant.vendor == wanted.vendor)
}
