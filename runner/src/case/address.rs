use guests::Guest;

use super::Case;
use super::resolve::split_offset;
use super::scan::Scan;

/// The address that a case means by `label`, `label+N`, or the name of a mark or snap that stands in one place only (the
/// first instruction of its expansion). None if the guest has no such thing.
pub fn address(case: &Case, guest: &Guest, text: &str) -> Option<u64> {
    let (name, offset) = split_offset(text)?;
    let label = || guest.symbols.get(name).copied();
    let mark = || {
        let scan = Scan::of(&case.program);
        let [site] = scan.marks.get(name)?.as_slice() else { return None };
        let spot = site.spot;
        guest
            .listing
            .iter()
            .filter(|line| line.section == Some(spot.section) && line.line == spot.line)
            .map(|line| line.address)
            .min()
    };
    label().or_else(mark)?.checked_add(offset)
}
