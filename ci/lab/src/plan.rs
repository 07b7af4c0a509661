//! What one boot must do; the initramfs carries it into the guest.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where the plan is in the guest.
pub const FILE: &str = "/plan.json";

/// What one boot does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The port that takes the results: `/dev/ttyS1`.
    pub results: String,
    /// Modules to load first, files in order.
    pub modules: Vec<String>,
    /// The vendor's module, which is reloaded for each round: its file and its name.
    pub kvm: (String, String),
    /// What to run, in order.
    pub rounds: Vec<Round>,
    /// A path as the user wrote it, and where it must lead in the guest.
    #[serde(default)]
    pub link: Option<(String, String)>,
    /// Crashes that a test of the lab asks for.
    #[serde(default)]
    pub crashes: Vec<Crash>,
}

/// A crash of the machine in the middle of a trial, to test how the lab handles it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash {
    /// How it crashes.
    pub kind: CrashKind,
    /// The trial's name.
    pub trial: String,
}

/// How a machine crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CrashKind {
    /// Its kernel panics.
    Panic,
    /// It sends nothing more.
    Hang,
}

impl FromStr for Crash {
    type Err = String;

    fn from_str(word: &str) -> Result<Crash, String> {
        let (kind, trial) = match word.split_once('=') {
            Some(("panic", trial)) => (CrashKind::Panic, trial),
            Some(("hang", trial)) => (CrashKind::Hang, trial),
            _ => return Err("write panic=TRIAL or hang=TRIAL".to_owned()),
        };
        Ok(Crash { kind, trial: trial.to_owned() })
    }
}

/// A value that is written to a file of the guest: a parameter of a module, in /sys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The file's absolute path.
    pub file: String,
    /// What is written to it.
    pub value: String,
}

/// One run of the suite, or of other programs, with the module's parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Parameters, as insmod takes them: `vnmi=0`.
    pub parameters: String,
    /// What is written to files of the guest once the module is loaded.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// Arguments of `nmi run`, after those of every run in the lab.
    pub arguments: Vec<String>,
    /// Programs to run one after the other instead of the suite: files in the guest.
    #[serde(default)]
    pub programs: Vec<String>,
}
