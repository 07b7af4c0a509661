//! Names of the values of enums.

/// Defines a fieldless enum with a word for each variant: `name`, `Display`, `FromStr` and `ALL`. The second form is for an
/// enum that is defined already.
#[macro_export]
macro_rules! words {
    ($(#[$about:meta])* pub enum $kind:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$about])*
        pub enum $kind { $($(#[$doc])* $variant),+ }

        $crate::words!($kind { $($variant = $word),+ });
    };
    ($kind:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $kind {
            /// Every value, in the order reports list them.
            pub const ALL: [$kind; [$($word),+].len()] = [$($kind::$variant),+];

            /// The word for it in files and reports.
            pub fn name(self) -> &'static str {
                match self { $($kind::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $kind {
            type Err = ();

            fn from_str(word: &str) -> Result<Self, ()> {
                Self::ALL.into_iter().find(|known| known.name() == word).ok_or(())
            }
        }
    };
}
