use crate::terms::{Path, Vendor};

/// Why no program can be made of a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unable {
    /// More breakpoints than a processor has.
    #[error("the case sets {count} breakpoints at a time, and a processor has four")]
    Breakpoints {
        /// How many it sets.
        count: usize,
    },
    /// The second processor raises NMIs by a path that reaches the first processor only.
    #[error("the second processor raises NMIs to itself, which the path {path} cannot; choose another with `--path`")]
    PeerRaises {
        /// The path.
        path: Path,
    },
    /// The host raises NMIs, and the path is the guest's own, or there is none.
    #[error("the host raises NMIs in this case, which it cannot over the path {path}; choose another with `--path`")]
    HostRaises {
        /// The path.
        path: Path,
    },
    /// The case runs on the other vendor's processors only.
    #[error("the case runs on {other}'s processors alone; leave `--vendor` out, or say `--vendor {other}`")]
    OtherVendor {
        /// The vendor on whose processors it runs.
        other: Vendor,
    },
    /// An expected address is a place that the guest does not have.
    #[error("the guest has no place `{place}`, which the case expects an address to be")]
    NoPlace {
        /// As the case writes it.
        place: String,
    },
}
