use guests::Guest;
use reports::{ListingLine, hex};

use crate::case::Case;

/// The case's own code and data; the ABI's routines are left out.
pub fn listing(case: &Case, guest: &Guest) -> Vec<ListingLine> {
    let own = guest.listing.iter().filter_map(|line| {
        let section = line.section?;
        Some(ListingLine {
            address: line.address,
            bytes: hex(&line.bytes),
            text: line.text.clone(),
            source: format!("{}: {}", section.word(), case.program.line(section, line.line)),
        })
    });
    own.collect()
}
