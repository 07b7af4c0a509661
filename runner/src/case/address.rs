use guests::Guest;

use super::resolve::split_offset;

/// The address that a case means by `label` or `label+N`, N in bytes. None if the guest has no such label.
pub fn address(guest: &Guest, text: &str) -> Option<u64> {
    let (label, offset) = split_offset(text)?;
    guest.symbols.get(label)?.checked_add(offset)
}
