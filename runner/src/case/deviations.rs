use globset::GlobSet;
use guests::Mode;

use super::KernelRange;
use crate::terms::Path;

/// Cases that are known to fail on some hosts, how, and why.
#[derive(Clone, Debug)]
pub struct Deviation {
    /// The globs on case ids, as written.
    pub cases: Vec<String>,
    pub(super) globs: GlobSet,
    /// Strategies it concerns: `amd-vnmi`, `other:kvm_pvm`, ...
    pub strategies: Vec<String>,
    /// Kernel releases it concerns; all if none.
    pub kernels: Option<KernelRange>,
    /// Modes it concerns; all if empty.
    pub modes: Vec<Mode>,
    /// Paths it concerns; all if empty.
    pub paths: Vec<Path>,
    /// The symptoms it may show: [`reports::Outcome::symptom`], where `*` stands for any text.
    pub symptoms: Vec<String>,
    /// Why it does not show every time; none if it does.
    pub sometimes: Option<String>,
    /// Why, one sentence.
    pub reason: String,
    /// Where the evidence is.
    pub evidence: String,
}

impl Deviation {
    /// Whether a trial of `case` on a host with `strategy` and kernel `release` is expected to deviate.
    pub fn applies(&self, case: &str, strategy: &str, release: &str, mode: Mode, path: Path) -> bool {
        self.globs.is_match(case)
            && self.strategies.iter().any(|known| known == strategy)
            && self.kernels.as_ref().is_none_or(|range| range.holds(release))
            && (self.modes.is_empty() || self.modes.contains(&mode))
            && (self.paths.is_empty() || self.paths.contains(&path))
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
            cases: vec!["unblocking/*".into()],
            globs: GlobSet::builder().add(glob).build().unwrap(),
            strategies: vec!["other:kvm_pvm".into()],
            kernels: Some(">=6.1, <7".parse().unwrap()),
            modes: vec![Mode::Long],
            paths: vec![Path::Ioctl],
            symptoms: Vec::new(),
            sometimes: None,
            reason: String::new(),
            evidence: String::new(),
        };
        let applies = |case, strategy, release, mode, path| deviation.applies(case, strategy, release, mode, path);
        assert!(applies("unblocking/iret", "other:kvm_pvm", "6.12.1", Mode::Long, Path::Ioctl));
        assert!(!applies("unblocking/deep/iret", "other:kvm_pvm", "6.12.1", Mode::Long, Path::Ioctl));
        assert!(!applies("unblocking/iret", "amd-vnmi", "6.12.1", Mode::Long, Path::Ioctl));
        assert!(!applies("unblocking/iret", "other:kvm_pvm", "7.0.0", Mode::Long, Path::Ioctl));
        assert!(!applies("unblocking/iret", "other:kvm_pvm", "6.12.1", Mode::Real, Path::Ioctl));
        assert!(!applies("unblocking/iret", "other:kvm_pvm", "6.12.1", Mode::Long, Path::Msi));
    }
}
