use guests::Guest;
use reports::ListingLine;

use crate::case::Case;
use crate::judge::listing_line;

/// The case's own code and data; the ABI's routines are left out.
pub fn listing(case: &Case, guest: &Guest) -> Vec<ListingLine> {
    guest.listing.iter().filter(|line| line.section.is_some()).map(|line| listing_line(case, line)).collect()
}
