use guests::Guest;

use super::Case;
use super::resolve::split_offset;
use super::scan::Scan;

/// The address that a case means by `label` or `label+N`, N in bytes. The name of a mark or snap that stands in one place
/// only serves as a label, too: that of the first instruction it stands for. None if the guest has no such thing.
pub fn address(case: &Case, guest: &Guest, text: &str) -> Option<u64> {
    let (name, offset) = split_offset(text)?;
    let label = guest.symbols.get(name).copied();
    label.or_else(|| mark(case, guest, name))?.checked_add(offset)
}

fn mark(case: &Case, guest: &Guest, name: &str) -> Option<u64> {
    let scan = Scan::of(&case.program);
    let [site] = scan.marks.get(name)?.as_slice() else { return None };
    let here = |line: &&guests::Line| line.section == Some(site.spot.section) && line.line == site.spot.line;
    guest.listing.iter().filter(here).map(|line| line.address).min()
}
