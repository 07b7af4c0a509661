use std::collections::BTreeSet;

use crate::case::diagnostics::{Place, Report, did_you_mean};
use crate::case::resolve::Resolved;
use crate::case::rules::{Rule, Rules, Status};

/// Reports rules whose id an earlier rule has; `files` are in the order of their names.
pub(in crate::case) fn duplicates(files: &mut [(Vec<(Rule, Place)>, Report)]) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (rules, report) in files {
        for (rule, place) in rules {
            if !seen.insert(&rule.id) {
                report.add(*place, "duplicate-rule", format!("the id `{}` is taken already", rule.id));
            }
        }
    }
}

/// Reports rules of cases that do not exist or are untestable, and, if `complete`, tested rules that no case names.
pub(in crate::case) fn coverage(
    rules: &Rules,
    files: &mut [(Vec<(Rule, Place)>, Report)],
    cases: &mut [Resolved],
    complete: bool,
) {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for Resolved { raw, report, .. } in cases {
        for word in raw.rules.items() {
            named.insert(&word.value);
            match rules.get(&word.value) {
                None => {
                    let help = did_you_mean(&word.value, rules.iter().map(|rule| rule.id.as_str()));
                    report.push(word.place, "unknown-rule", format!("unknown rule `{}`", word.value), help);
                }
                Some(Rule { status: Status::Untestable(why), .. }) => {
                    let message = format!("rule `{}` is untestable: {why}", word.value);
                    let help = "if this case tests it, change the rule's status";
                    report.add_help(word.place, "untestable-rule", message, help);
                }
                Some(_) => {}
            }
        }
    }
    if !complete {
        return;
    }
    for (rules, report) in files {
        for (rule, place) in rules {
            if rule.status == Status::Tested && !named.contains(rule.id.as_str()) {
                let message = format!("rule `{}` is `tested`, but no case names it", rule.id);
                report.add_help(*place, "rule-without-case", message, "write the case, or change the status");
            }
        }
    }
}
