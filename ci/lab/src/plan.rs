//! What the lab asks of one boot; travels in the initramfs.

use serde::{Deserialize, Serialize};

/// Where the plan is in the guest.
pub const FILE: &str = "/plan.json";

/// One boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The port that takes the results: `/dev/ttyS1`.
    pub results: String,
    /// Modules to load first, files in order.
    pub modules: Vec<String>,
    /// The module that is loaded anew for each round, its file and its name.
    pub kvm: (String, String),
    /// What to run, in order.
    pub rounds: Vec<Round>,
}

/// One run of the suite, with the module's parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Parameters, as insmod takes them: `vnmi=0`.
    pub parameters: String,
    /// Arguments of `nmi run` after the ones that every run in the lab has.
    pub arguments: Vec<String>,
}
