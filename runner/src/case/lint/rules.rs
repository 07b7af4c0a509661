use std::collections::BTreeMap;

use crate::case::diagnostics::{Place, Report, did_you_mean};
use crate::case::resolve::Resolved;
use crate::case::rules::{Rule, Rules, Status};

/// Reports rules whose id is taken already; `files` are in the order of the files.
pub(in crate::case) fn duplicates(files: &mut [(Vec<(Rule, Place)>, Report)]) {
    let mut seen: Vec<String> = Vec::new();
    for (rules, report) in files {
        for (rule, place) in rules {
            if seen.contains(&rule.id) {
                report.add(*place, "duplicate-rule", format!("the id `{}` is taken already", rule.id));
            }
            seen.push(rule.id.clone());
        }
    }
}

/// Cases must name rules that exist and can be tested; every tested rule must have a case.
pub(in crate::case) fn coverage(
    rules: &Rules,
    files: &mut [(Vec<(Rule, Place)>, Report)],
    cases: &mut [Resolved],
    complete: bool,
) {
    let mut named: BTreeMap<&str, usize> = rules.iter().map(|rule| (rule.id.as_str(), 0)).collect();
    for resolved in cases {
        for word in resolved.raw.rules.get().into_iter().flat_map(|list| &list.value) {
            match rules.get(&word.value) {
                None => {
                    let help = did_you_mean(&word.value, rules.iter().map(|rule| rule.id.as_str()));
                    resolved.report.push(word.place, "unknown-rule", format!("unknown rule `{}`", word.value), help);
                }
                Some(Rule { status: Status::Untestable(why), .. }) => {
                    let message = format!("rule `{}` is untestable: {why}", word.value);
                    let help = "if this case tests it, change the rule's status";
                    resolved.report.add_help(word.place, "untestable-rule", message, help);
                }
                Some(_) => {}
            }
            if let Some(count) = named.get_mut(word.value.as_str()) {
                *count += 1;
            }
        }
    }
    if !complete {
        return;
    }
    for (rules, report) in files {
        for (rule, place) in rules {
            if rule.status == Status::Tested && named.get(rule.id.as_str()) == Some(&0) {
                let message = format!("rule `{}` is `tested`, but no case names it", rule.id);
                report.add_help(*place, "rule-without-case", message, "write the case, or change the status");
            }
        }
    }
}
