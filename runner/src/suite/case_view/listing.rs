use guests::Guest;
use reports::ListingLine;

use crate::case::Case;

/// The case's own code and data; the ABI's routines are left out.
pub fn listing(case: &Case, guest: &Guest) -> Vec<ListingLine> {
    let own = guest.listing.iter().filter_map(|line| {
        let section = line.section?;
        Some(ListingLine {
            address: line.address,
            bytes: line.bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            text: line.text.clone(),
            source: format!("{}: {}", section.word(), case.program.line(section, line.line)),
        })
    });
    own.collect()
}
