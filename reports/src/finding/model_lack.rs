//! What the model of a processor lacks.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Vendor;

/// What the modelled processor lacks.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelLack {
    /// It is of the other vendor.
    #[error("needs an {} processor; this is an {} model", .vendor.title(), .vendor.other().title())]
    Vendor {
        /// The one that is needed.
        vendor: Vendor,
    },
    /// It has the virtualization of the other vendor.
    #[error("needs {}'s virtualization; this is an {} model", .vendor.title(), .vendor.other().title())]
    Virtualization {
        /// Whose is needed.
        vendor: Vendor,
    },
}
