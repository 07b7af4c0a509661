use crate::terms::{Path, Vendor};

/// Why no program can be made of a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unable {
    /// More than a processor has.
    #[error("the case sets {count} breakpoints at a time, and a processor has four")]
    Breakpoints {
        /// How many.
        count: usize,
    },
    /// A second processor asks for NMIs that can go to the first one alone.
    #[error("the second processor raises NMIs to itself, which the path {path} cannot; choose another with `--path`")]
    PeerRaises {
        /// The path.
        path: Path,
    },
    /// The host is to raise NMIs, and the path is the guest's own, or there is none.
    #[error("the host raises NMIs in this case, which it cannot over the path {path}; choose another with `--path`")]
    HostRaises {
        /// The path.
        path: Path,
    },
    /// The case is about the other vendor's processors.
    #[error("the case runs on {other}'s processors alone; leave `--vendor` out, or say `--vendor {other}`")]
    OtherVendor {
        /// Whose it is.
        other: Vendor,
    },
    /// A place that the guest does not have.
    #[error("the guest has no place `{place}`, which the case expects an address to be")]
    NoPlace {
        /// As the case writes it.
        place: String,
    },
}
