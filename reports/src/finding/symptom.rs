use serde::{Deserialize, Serialize};

use super::Finding;
use crate::{Kind, Pass};

/// What went wrong, without what differs from one run to the next: what known deviations name, and what makes two failures
/// alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Symptom {
    /// The kind of outcome that it makes.
    pub kind: Kind,
    /// The pass in which it showed. None: the plain one, or none in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<Pass>,
    /// What went wrong.
    pub finding: Finding,
}
