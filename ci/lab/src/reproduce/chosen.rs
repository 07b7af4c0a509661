//! Chooses the trials of findings to make programs of.

use runner::terms::Pass;

use crate::findings::{Finding, Reproducer};
use crate::target::Target;

/// The case of the control.
const CONTROL: &str = "delivery/taken-at-the-next-boundary";

/// A trial to make a program of.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The finding; `None` for the control.
    pub finding: Option<u32>,
    /// What shows it.
    pub what: Reproducer,
    /// Why the kernel that is booted does not have it, if that is known.
    pub not_here: Option<String>,
}

/// All trials for this target, the control first; empty if no finding has a trial there.
///
/// `numbers` are the findings that were asked for; all if empty.
pub fn choose(findings: &[Finding], numbers: &[u32], target: &Target, kernel: &str) -> Vec<Chosen> {
    let asked = |finding: &&Finding| numbers.is_empty() || numbers.contains(&finding.number);
    let of = |finding: &Finding| {
        let range = finding
            .kernels
            .as_ref()
            .filter(|range| kernel.starts_with(|c: char| c.is_ascii_digit()) && !range.holds(kernel));
        let not_here = range.map(|range| format!("Linux {} has it", range.as_str()));
        let number = finding.number;
        let own = finding.reproduce.iter().filter(|one| one.target == target.name).cloned();
        own.map(move |what| Chosen { finding: Some(number), what, not_here: not_here.clone() }).collect::<Vec<_>>()
    };
    let chosen: Vec<Chosen> = findings.iter().filter(asked).flat_map(of).collect();
    if chosen.is_empty() {
        return chosen;
    }
    let what = Reproducer {
        target: target.name.clone(),
        case: CONTROL.to_owned(),
        mode: None,
        path: None,
        pass: Pass::Plain,
        sometimes: None,
    };
    std::iter::once(Chosen { finding: None, what, not_here: None }).chain(chosen).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::choose;
    use crate::findings::findings;
    use crate::target::Target;

    #[test]
    fn a_target_has_its_findings_and_a_control() {
        let targets = Target::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("targets")).unwrap();
        let target = |name: &str| targets.iter().find(|target| target.name == name).unwrap();
        let all = findings().unwrap();
        let numbers = |name: &str, asked: &[u32], kernel: &str| {
            let chosen = choose(&all, asked, target(name), kernel);
            chosen.into_iter().map(|one| (one.finding, one.not_here.is_some())).collect::<Vec<_>>()
        };
        assert_eq!(numbers("amd-vnmi", &[1], "7.3.4"), [(None, false), (Some(1), false)]);
        assert_eq!(numbers("amd-vnmi", &[1], "6.1.192"), [(None, false), (Some(1), true)]);
        assert_eq!(numbers("intel-vnmi", &[1], "7.3.4"), []);
        assert!(numbers("amd-event-injection", &[], "7.3.4").len() > 10);
    }
}
