//! Makes a stand-alone C program of any case: it runs one pass of a trial on KVM, with raw ioctls, and judges the result by the case's
//! expectation. It is for people who do not want to trust this suite, such as KVM's maintainers.
//!
//! The text consists of the pieces in the folder `c`, which `program` chooses and orders. The other modules make the parts that depend
//! on the case: `header` (the comment with the rules), `image` (guest memory), `start` (registers), `steps` (the host's actions),
//! `checks` (the expectation), `needs` (what the host must have), `numbers` (constants of the hardware).

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

use crate::case::{Case, Expect, Lines, Rules, depends_on_vendor};
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
    /// The pass that it runs.
    pub pass: Pass,
    /// The vendor whose expectation is used.
    pub vendor: Vendor,
    /// The form of the program.
    pub form: Form,
}

/// The form of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Needs the kernel's headers and libc only.
    #[default]
    C,
    /// A test for the kernel's folder tools/testing/selftests/kvm.
    Selftest,
}

/// Whether the case's expectation or its guest differs between vendors.
pub fn differs_by_vendor(case: &Case) -> bool {
    let bare = |vendor| Expect { lines: Lines::default(), ..case.expect(vendor).clone() };
    depends_on_vendor(case) || bare(Vendor::Amd) != bare(Vendor::Intel)
}
