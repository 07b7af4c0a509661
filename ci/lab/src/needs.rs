//! What runs and downloads need of this machine, checked before anything is built or downloaded.

use std::fmt;
use std::path::Path;

use crate::program;

/// Something that must be there, and Debian's package that has it.
pub type Need = (Probe, &'static str);

/// How to see whether something is there.
#[derive(Clone, Copy, Debug)]
pub enum Probe {
    /// A program on the search path.
    Program(&'static str),
    /// A file that is there.
    File(&'static str),
    /// A command that succeeds: a library that a compiler finds.
    Command(&'static [&'static str]),
}

impl Probe {
    /// Whether it is there.
    fn holds(self) -> bool {
        match self {
            Probe::Program(name) => program::is_installed(name),
            Probe::File(name) => Path::new(name).is_file(),
            Probe::Command(words) => program::succeeds(words),
        }
    }
}

/// Linking the programs that run in a guest.
pub const STATIC_BUILD: &[Need] = &[(Probe::Program("cc"), "build-essential")];

/// The packages that are missing here, each once, in the order in which they were needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    packages: Vec<&'static str>,
    rust: bool,
}

impl Missing {
    /// What of these needs is not there.
    pub fn of(needs: &[&[Need]]) -> Missing {
        let mut missing = Missing::default();
        for (probe, package) in needs.iter().copied().flatten() {
            // One package may bring several things.
            if !missing.packages.contains(package) && !probe.holds() {
                missing.packages.push(package);
            }
        }
        missing
    }

    /// What of the needs of building the suite is not there.
    pub fn of_the_suite() -> Missing {
        Missing { rust: !program::is_installed("cargo"), ..Missing::of(&[STATIC_BUILD]) }
    }

    /// Adds what is missing for something else.
    pub fn add(&mut self, other: Missing) {
        let new = other.packages.into_iter().filter(|package| !self.packages.contains(package)).collect::<Vec<_>>();
        self.packages.extend(new);
        self.rust |= other.rust;
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty() && !self.rust
    }

    /// Errors: something is missing; the error names all of it. `whose` is what needs it.
    pub fn refuse(&self, whose: &str) -> Result<(), NotInstalled> {
        match self.is_empty() {
            true => Ok(()),
            false => Err(NotInstalled { whose: whose.to_owned(), missing: self.clone() }),
        }
    }
}

/// Something is not installed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this machine lacks something for {whose}; install it first:\n{missing}")]
pub struct NotInstalled {
    /// What asked for it.
    pub whose: String,
    /// Every program and package that is not there, with how to install it.
    pub missing: Missing,
}

/// The commands that install it, a line each.
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let apt = (!self.packages.is_empty()).then(|| format!("apt-get install {}", self.packages.join(" ")));
        let rust = self.rust.then(|| "curl https://sh.rustup.rs -sSf | sh   # Rust".to_owned());
        f.write_str(&apt.into_iter().chain(rust).collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Missing, Need, Probe};

    const THERE: Need = (Probe::File("/proc/self/exe"), "there");
    const GONE: Need = (Probe::Program("no-such-program-anywhere"), "gone");
    const ALSO_GONE: Need = (Probe::Command(&["no-such-program-anywhere"]), "also-gone");
    const GONE_TOO: Need = (Probe::File("/no/such/file"), "gone");

    #[test]
    fn what_is_missing_is_one_line_and_each_package_once() {
        let mut missing = Missing::of(&[&[THERE, GONE], &[GONE_TOO]]);
        assert_eq!(missing.to_string(), "apt-get install gone");
        missing.add(Missing::of(&[&[ALSO_GONE, GONE]]));
        assert_eq!(missing.to_string(), "apt-get install gone also-gone");
        let told = missing.refuse("`amd-vnmi`").unwrap_err().to_string();
        insta::assert_snapshot!(told, @r"
        this machine lacks something for `amd-vnmi`; install it first:
        apt-get install gone also-gone
        ");
    }

    #[test]
    fn nothing_is_said_where_all_is_there() {
        let missing = Missing::of(&[&[THERE]]);
        assert!(missing.is_empty() && missing.refuse("a run").is_ok());
    }

    #[test]
    fn rust_is_no_package() {
        let missing = Missing { packages: vec!["gone"], rust: true };
        assert_eq!(missing.to_string().lines().count(), 2);
        assert!(!Missing { packages: Vec::new(), rust: true }.is_empty());
    }
}
