//! A program in C that stands alone, made of any case: it does what one pass of a trial does with KVM, with raw ioctls, and judges
//! what it sees by what the case expects. For people who have no reason to trust this suite, such as KVM's maintainers.
//!
//! The text is made of the pieces in the folder `c`; `program` chooses and orders them, and the other modules make what depends on the
//! case: `header` (what the rules say), `image` (guest memory), `start` (registers), `steps` (what the host does), `checks` (what must
//! be seen), `needs` (what the host must have), `numbers` (of the hardware).

mod checks;
mod error;
mod header;
mod image;
mod needs;
mod numbers;
mod program;
mod start;
mod steps;
mod template;

#[cfg(test)]
mod tests;

use guests::Guest;

pub use error::Unable;
pub use program::program;

use crate::case::{Case, Rules, depends_on_vendor};
use crate::terms::{Pass, Path, Vendor};

/// What a program is made of.
#[derive(Clone, Copy, Debug)]
pub struct Reproduction<'a> {
    /// The case.
    pub case: &'a Case,
    /// Its guest, built for the mode, the path and the vendor.
    pub guest: &'a Guest,
    /// The rules that the case names.
    pub rules: &'a Rules,
    /// How NMIs are raised.
    pub path: Path,
    /// Which pass it does.
    pub pass: Pass,
    /// Whose manual says what is wanted.
    pub vendor: Vendor,
    /// What the program looks like.
    pub form: Form,
}

/// What a program looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// The kernel's headers and libc are all it needs.
    #[default]
    C,
    /// One of the kernel's own tests, for its folder tools/testing/selftests/kvm.
    Selftest,
}

/// Whether what a case wants, or its guest, differs from vendor to vendor.
pub fn differs_by_vendor(case: &Case) -> bool {
    let bare = |vendor| crate::case::Expect { lines: crate::case::Lines::default(), ..case.expect(vendor).clone() };
    depends_on_vendor(case) || bare(Vendor::Amd) != bare(Vendor::Intel)
}
