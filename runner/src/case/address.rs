use guests::Guest;

use super::resolve::split_offset;

/// The address that a case means by `label` or `label+N`, N in bytes. The name of a mark or snap that stands in one place
/// only serves as a label, too: that of the first instruction it stands for. None if the guest has no such thing.
pub fn address(guest: &Guest, text: &str) -> Option<u64> {
    let (name, offset) = split_offset(text)?;
    let label = guest.symbols.get(name).copied();
    let mut marks = guest.mark_sites(name).map(|site| site.address);
    label.or_else(|| marks.next().filter(|_| marks.next().is_none()))?.checked_add(offset)
}
