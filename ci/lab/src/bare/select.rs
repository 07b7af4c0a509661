//! Chooses the trials that fit the bare machine, and builds their guests.

use std::sync::Arc;

use reports::Trouble;
use runner::case::Library;
use runner::suite::{Filter, GuestCache, Planned, plan_for};
use runner::terms::Vendor;

use super::features::Features;
use super::image::Entry;
use super::recorded::lacks_always;
use super::verdict::digests;
use crate::verdict::FilterError;

/// The trials that fit a bare machine of that name, of those that the filters choose. Whether its processor has the features that
/// each needs is known only from a run. Errors: a word is no filter.
pub fn plan<'a>(
    library: &'a Library,
    machine: &str,
    vendor: Vendor,
    filters: &[String],
) -> Result<Vec<Planned<'a>>, FilterError> {
    let filter = Filter::new(filters)?;
    let mut trials = plan_for(&library.cases, [machine], &filter);
    let serves = |planned: &Planned<'_>| {
        planned.case.needs(planned.path).into_iter().all(|need| lacks_always(need, vendor).is_none())
    };
    trials.retain(serves);
    Ok(trials)
}

/// The guests of these trials, those in x2APIC mode last, as [`super::image()`] requires. Errors: a guest cannot be built.
pub fn select(trials: &[Planned<'_>], vendor: Vendor) -> Result<Vec<Entry>, Trouble> {
    let guests = GuestCache::default();
    let mut entries = Vec::new();
    for planned in trials {
        let guest = guests.get(planned.case, planned.mode, planned.path, vendor)?;
        entries.push(Entry {
            name: planned.id.to_string(),
            guest: Arc::clone(&guest),
            needs: Features::of(&planned.case.needs(planned.path)),
            hypervisor: planned.case.program.has_l2(),
            digests: digests(&guest, planned.path, vendor)?,
        });
    }
    entries.sort_by_key(|entry| entry.guest.x2apic);
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    fn names(vendor: Vendor) -> Vec<String> {
        let verdict = Verdict::new(None).unwrap();
        let trials = plan(verdict.library(), "bare:x", vendor, &[]).unwrap();
        let entries = select(&trials, vendor).unwrap();
        assert!(entries.is_sorted_by_key(|entry| entry.guest.x2apic));
        // A digest of a trace that no machine shows would never agree.
        assert!(entries.iter().all(|entry| !entry.digests.is_empty()));
        entries.into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn what_needs_no_host_is_chosen() {
        let amd = names(Vendor::Amd);
        let has = |part: &str| amd.iter().any(|name| name.contains(part));
        assert!(has("real::xapic::blocking/") && has("long::x2apic::") && has("long::none::guest-hypervisors/"));
        assert!(!has("::ioctl::") && !has("smm/") && !has("pmi/"), "{amd:#?}");
        // Actions of the host, interrupts that it raises, ends that it must see.
        assert!(!has("halt/halted-for-good") && !has("migration/"));
    }
}
