//! Makes targets of mutants: each is a target of its own, which differs from the plain one only in the parameter `lab_mutant`.

use std::collections::BTreeSet;

use super::Mutant;
use crate::plan::Setting;
use crate::target::{Machine, Place, Planted, Target};

/// Where the parameter is in a guest.
const PARAMETER: &str = "/sys/module/kvm/parameters/lab_mutant";

/// Which trials a mutant is run with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its own cases, in long mode, with NMIs raised by KVM_NMI.
    Near,
    /// Its own cases in long mode, over every path.
    Wide,
    /// All cases, in every mode and over every path.
    All,
}

impl Stage {
    /// The mode and the path of its trials, as a filter has them.
    fn variant(self) -> &'static str {
        match self {
            Stage::Near => "long::ioctl",
            Stage::Wide => "long::*",
            Stage::All => "*::*",
        }
    }

    /// Filters of trials for a mutant.
    fn filters(self, mutant: &Mutant) -> Vec<String> {
        let variant = self.variant();
        let all = [String::new()];
        let cases = if self == Stage::All { &all[..] } else { &mutant.cases };
        cases.iter().map(|case| format!("kvm::{variant}::{case}*")).collect()
    }
}

/// A target with no mutant switched on, and the cases of `mutants`: what fails there is no mutant's doing. `None` if no mutant can
/// show on it.
pub fn plain(target: &Target, mutants: &[&Mutant], stage: Stage) -> Option<Target> {
    let machine = target.machine()?;
    let shown = mutants.iter().filter(|mutant| mutant.concerns(machine.module, &machine.strategy));
    let filters: BTreeSet<String> = shown.flat_map(|mutant| stage.filters(mutant)).collect();
    let planted = Planted { settings: vec![setting(0)], filters: filters.into_iter().collect(), stops: false };
    (!planted.filters.is_empty()).then(|| with(target, machine, None, planted))
}

/// A target with a mutant switched on, without the trials that `without` names. `None` if the mutant cannot show on it.
pub fn planted(target: &Target, mutant: &Mutant, stage: Stage, whole: bool, without: &[String]) -> Option<Target> {
    let machine = target.machine().filter(|machine| mutant.concerns(machine.module, &machine.strategy))?;
    let mut filters = stage.filters(mutant);
    // A filter that excludes nothing is an error.
    let runs = |trial: &&String| stage == Stage::All || mutant.looks_at(trial);
    filters.extend(without.iter().filter(runs).map(|trial| format!("!{trial}")));
    let planted = Planted { settings: vec![setting(mutant.number)], filters, stops: !whole };
    Some(with(target, machine, Some(mutant), planted))
}

fn setting(number: u32) -> Setting {
    Setting { file: PARAMETER.to_owned(), value: number.to_string() }
}

/// The name of such a target.
pub fn round(target: &Target, mutant: Option<&Mutant>) -> String {
    format!("{}+{}", target.name, mutant.map_or("none".to_owned(), Mutant::name))
}

fn with(target: &Target, machine: &Machine, mutant: Option<&Mutant>, planted: Planted) -> Target {
    let machine = Machine { planted: Some(planted), ..machine.clone() };
    Target { name: round(target, mutant), about: target.about.clone(), place: Place::Kernel(machine) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Stage, plain, planted};
    use crate::mutants::Mutant;
    use crate::target::Target;

    #[test]
    fn a_mutant_is_a_target_that_shares_the_plain_ones_boot() {
        let all = Target::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("targets")).unwrap();
        let find = |name: &str| all.iter().find(|target| target.name == name).unwrap();
        let text = "Breaks: x\nCases: smm/ delivery/a\n\n--- a/arch/x86/kvm/svm/svm.c\n+++ b/arch/x86/kvm/svm/svm.c\n@@ -1 +1 @@\n\
                    -a\n+lab_mutant == 7\n";
        let mutant = Mutant::parse(Path::new("07-x.patch"), text).unwrap();
        let vnmi = find("amd-vnmi");
        let with = planted(vnmi, &mutant, Stage::Near, false, &["kvm::long::ioctl::smm/b".to_owned()]).unwrap();
        let without = plain(vnmi, &[&mutant], Stage::Near).unwrap();
        assert_eq!((with.name.as_str(), without.name.as_str()), ("amd-vnmi+07-x", "amd-vnmi+none"));
        let (a, b) = (with.machine().unwrap(), without.machine().unwrap());
        assert!(a.shares_boot_with(b) && a.shares_boot_with(vnmi.machine().unwrap()));
        let plan = a.planted.clone().unwrap();
        assert_eq!(
            plan.filters,
            ["kvm::long::ioctl::smm/*", "kvm::long::ioctl::delivery/a*", "!kvm::long::ioctl::smm/b"]
        );
        let other = ["kvm::long::ioctl::state/b".to_owned()];
        let other = planted(vnmi, &mutant, Stage::Near, false, &other).unwrap();
        assert_eq!(other.planted().unwrap().filters.len(), 2, "no filter that excludes nothing");
        assert_eq!((plan.settings[0].value.as_str(), plan.stops), ("7", true));
        let plan = b.planted.clone().unwrap();
        assert_eq!((plan.settings[0].value.as_str(), plan.stops), ("0", false));
        assert_eq!(plan.filters, ["kvm::long::ioctl::delivery/a*", "kvm::long::ioctl::smm/*"]);
        assert!(planted(find("intel-vnmi"), &mutant, Stage::All, false, &[]).is_none());
        assert!(plain(find("local"), &[&mutant], Stage::All).is_none());
    }
}
