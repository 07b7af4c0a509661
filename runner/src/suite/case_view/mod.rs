//! Cases as reports show them: listing, rules, and what the model does with them.

mod explanation;
mod listing;
mod want;

#[cfg(test)]
mod tests;

use guests::Mode;
use reports::{CaseView, Variant};

use super::guests_cache::GuestCache;
use crate::case::Case;
use crate::machine::Trouble;
use crate::terms::{Path, Vendor};

pub use explanation::Explanation;
pub use listing::listing;
pub use want::want;

/// A case in one mode over one path, and what is wanted of it by this vendor's manual.
///
/// Errors: the case does not run so on that vendor's processors, in words.
pub fn variant(case: &Case, mode: Mode, path: Path, vendor: Vendor) -> Result<Variant, Trouble> {
    let guest = GuestCache::default().get(case, mode, path, vendor)?;
    Ok(Variant {
        mode: mode.to_string(),
        path: path.to_string(),
        vendor: vendor.to_string(),
        listing: listing(case, &guest),
        want: want(case, &guest, path, vendor)?,
    })
}

/// A case with these of its variants.
///
/// Errors: one of them does not run.
pub fn case_view(case: &Case, variants: &[(Mode, Path, Vendor)]) -> Result<CaseView, Trouble> {
    Ok(CaseView {
        id: case.id.clone(),
        summary: case.summary.clone(),
        hash: case.hash.clone(),
        rules: case.rules.clone(),
        variants: variants
            .iter()
            .map(|&(mode, path, vendor)| variant(case, mode, path, vendor))
            .collect::<Result<_, _>>()?,
    })
}
