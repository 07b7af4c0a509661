use guests::Guest;

use super::resolve::split_offset;

/// The guest-virtual address of `label` or `label+N`, N in bytes; `None` if the guest has no such label. The name of a mark or snap
/// that stands in one place is a label of its first instruction, too.
pub fn address(guest: &Guest, text: &str) -> Option<u64> {
    let (name, offset) = split_offset(text)?;
    let label = guest.symbols.get(name).copied();
    let mut marks = guest.mark_sites(name).map(|site| site.address);
    label.or_else(|| marks.next().filter(|_| marks.next().is_none()))?.checked_add(offset)
}
