//! Words that cases, machines and reports share.

mod events;
mod need;
mod pass;
mod path;
mod processor;

pub use events::{Events, EventsChange};
pub use need::Need;
pub use pass::Pass;
pub use path::Path;
pub use processor::Processor;
pub use spec::{Shadow, Vendor};

/// Gives a fieldless enum its words: `name`, `Display`, `FromStr` and `ALL`.
macro_rules! words {
    ($kind:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $kind {
            /// Every value, in the order reports list them.
            pub const ALL: &'static [$kind] = &[$($kind::$variant),+];

            /// The word for it in case files and reports.
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
                Self::ALL.iter().copied().find(|known| known.name() == word).ok_or(())
            }
        }
    };
}
pub(crate) use words;
