//! What is known of one mutant, and how a file declares its own.

use spec::{Rules, Vendor};

/// What is known of a mutant.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) rules: &'static [&'static str],
    pub(super) vendors: &'static [Vendor],
    pub(super) statement: &'static str,
    pub(super) build: fn() -> Box<dyn Rules>,
    /// Names of the methods of [`Rules`] that it overrides.
    pub(super) overrides: &'static [&'static str],
}

pub(super) const BOTH: &[Vendor] = &[Vendor::Amd, Vendor::Intel];
pub(super) const AMD: &[Vendor] = &[Vendor::Amd];
pub(super) const INTEL: &[Vendor] = &[Vendor::Intel];

/// Declares a file's mutants: the type, its memory if it needs one, its name, the rules it breaks, the vendors it is wrong for,
/// what it does, and the rules' methods that it overrides.
macro_rules! mutants {
    ($($kind:ident $(($($field:ident: $memory:ty),+))?, $name:literal breaks [$($rule:literal),+] on $vendors:ident:
        $statement:literal { $(fn $method:ident($($argument:tt)*) -> $result:ty $body:block)+ })+) => {
        $(
            #[doc = $statement]
            #[derive(Debug, Default)]
            struct $kind { $($($field: $memory),+)? }

            impl spec::Rules for $kind { $(fn $method($($argument)*) -> $result $body)+ }
        )+

        pub(super) const MUTANTS: &[super::entry::Entry] = &[$(super::entry::Entry {
            name: $name,
            rules: &[$($rule),+],
            vendors: super::entry::$vendors,
            statement: $statement,
            build: || Box::new($kind::default()),
            overrides: &[$(stringify!($method)),+],
        }),+];
    };
}
pub(super) use mutants;
