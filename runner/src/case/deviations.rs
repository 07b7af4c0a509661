//! Known deviations, and the trials that each concerns.

use std::collections::BTreeMap;

use globset::GlobSet;
use guests::Mode;

use super::{KernelRange, SymptomPattern};
use crate::terms::Path;

/// Cases that are known to fail on some hosts, how, and why.
#[derive(Clone, Debug)]
pub struct Deviation {
    /// The name by which everything else refers to it.
    pub id: String,
    /// The globs on case ids, as written.
    pub cases: Vec<String>,
    pub(super) globs: GlobSet,
    /// Strategies it concerns: `amd-vnmi`, `other:kvm_pvm`, ...
    pub strategies: Vec<String>,
    /// Emulators whose processors it concerns: `Bochs`; all processors, real ones too, if empty.
    pub emulators: Vec<String>,
    /// Parameters that KVM's modules must all have, as name and value: `kvm_intel.ept` and `N`.
    pub parameters: BTreeMap<String, String>,
    /// Kernel releases it concerns; all if `None`.
    pub kernels: Option<KernelRange>,
    /// Modes it concerns; all if empty.
    pub modes: Vec<Mode>,
    /// Paths it concerns; all if empty.
    pub paths: Vec<Path>,
    /// The symptoms it may show.
    pub symptoms: Vec<SymptomPattern>,
    /// Why it does not show every time; `None` if it does.
    pub sometimes: Option<String>,
    /// Why, one sentence.
    pub reason: String,
    /// Numbers of the findings that it shows, if it is a fault of KVM.
    pub findings: Vec<u32>,
    /// Where the evidence is.
    pub evidence: String,
}

/// The properties of a trial's host or machine that known deviations depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The strategy, such as `amd-vnmi`; for machines other than this host's KVM, the machine's name.
    pub strategy: String,
    /// Version of the host's kernel; empty if no kernel is involved.
    pub kernel: String,
    /// The emulator that its processor is part of.
    pub emulator: Option<String>,
    /// Parameters of KVM's modules, as the fact of each says: `kvm_intel.ept` and `N`.
    pub parameters: BTreeMap<String, String>,
}

impl Deviation {
    /// Whether it concerns a trial of `case` on a machine with the properties `site`.
    pub fn applies(&self, case: &str, site: &Site, mode: Mode, path: Path) -> bool {
        let emulated_by = |known: &String| site.emulator.as_ref() == Some(known);
        self.strategies.contains(&site.strategy)
            && (self.emulators.is_empty() || self.emulators.iter().any(emulated_by))
            && self.parameters.iter().all(|(name, value)| site.parameters.get(name) == Some(value))
            && self.kernels.as_ref().is_none_or(|range| range.holds(&site.kernel))
            && (self.modes.is_empty() || self.modes.contains(&mode))
            && (self.paths.is_empty() || self.paths.contains(&path))
            // Last, since it takes longest.
            && self.globs.is_match(case)
    }
}

#[cfg(test)]
mod tests {
    use globset::GlobBuilder;

    use super::*;

    #[test]
    fn every_condition_must_hold() {
        let glob = GlobBuilder::new("unblocking/*").literal_separator(true).build().unwrap();
        let deviation = Deviation {
            id: "pvm.late".into(),
            cases: vec!["unblocking/*".into()],
            globs: GlobSet::builder().add(glob).build().unwrap(),
            strategies: vec!["other:kvm_pvm".into()],
            emulators: vec!["Bochs".into()],
            parameters: [("kvm_intel.ept".to_owned(), "N".to_owned())].into(),
            kernels: Some(">=6.1, <7".parse().unwrap()),
            modes: vec![Mode::Long],
            paths: vec![Path::Ioctl],
            symptoms: Vec::new(),
            sometimes: None,
            reason: String::new(),
            findings: vec![5],
            evidence: String::new(),
        };
        let site = |strategy: &str, kernel: &str| Site {
            strategy: strategy.to_owned(),
            kernel: kernel.to_owned(),
            emulator: Some("Bochs".to_owned()),
            parameters: [("kvm_intel.ept".to_owned(), "N".to_owned())].into(),
        };
        let here = site("other:kvm_pvm", "6.12.1");
        let applies = |case, site: &Site, mode, path| deviation.applies(case, site, mode, path);
        assert!(applies("unblocking/iret", &here, Mode::Long, Path::Ioctl));
        assert!(!applies("unblocking/deep/iret", &here, Mode::Long, Path::Ioctl));
        assert!(!applies("unblocking/iret", &site("amd-vnmi", "6.12.1"), Mode::Long, Path::Ioctl));
        assert!(!applies("unblocking/iret", &site("other:kvm_pvm", "7.0.0"), Mode::Long, Path::Ioctl));
        assert!(!applies("unblocking/iret", &Site { emulator: None, ..here.clone() }, Mode::Long, Path::Ioctl));
        let with_ept = Site { parameters: [("kvm_intel.ept".to_owned(), "Y".to_owned())].into(), ..here.clone() };
        assert!(!applies("unblocking/iret", &with_ept, Mode::Long, Path::Ioctl));
        assert!(!applies(
            "unblocking/iret",
            &Site { parameters: BTreeMap::new(), ..here.clone() },
            Mode::Long,
            Path::Ioctl
        ));
        assert!(!applies("unblocking/iret", &here, Mode::Real, Path::Ioctl));
        assert!(!applies("unblocking/iret", &here, Mode::Long, Path::Msi));
    }
}
