use crate::case::diagnostics::{Report, did_you_mean};
use crate::case::resolve::WithRules;
use crate::case::rules::{Rules, Scope};
use crate::terms::Vendor;

/// Reports rules of errata that do not exist, or do not apply to the vendor's processors.
pub(in crate::case) fn errata(list: &[WithRules], rules: &Rules, report: &mut Report) {
    for (erratum, words) in list {
        let vendors: Vec<Vendor> = erratum.listed.iter().map(|listed| listed.document.vendor).collect();
        for word in words {
            let Some(rule) = rules.get(&word.value) else {
                let help = did_you_mean(&word.value, rules.iter().map(|rule| rule.id.as_str()));
                report.push(word.place, "unknown-rule", format!("unknown rule `{}`", word.value), help);
                continue;
            };
            let binds = |vendor: &Vendor| match rule.scope {
                Scope::Both | Scope::Kvm => true,
                Scope::Amd => *vendor == Vendor::Amd,
                Scope::Intel => *vendor == Vendor::Intel,
            };
            if !vendors.is_empty() && !vendors.iter().any(binds) {
                let message = format!("rule `{}` binds {} only, whose erratum this is not", rule.id, rule.scope);
                report.add_help(word.place, "other-vendors-rule", message, "name the rule of this vendor");
            }
        }
    }
}
