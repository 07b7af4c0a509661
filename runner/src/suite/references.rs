use reports::RuleRef;

use crate::case::{Rules, Status};

/// The rules as reports show them.
pub fn references(rules: &Rules) -> Vec<RuleRef> {
    let reference = |rule: &crate::case::Rule| RuleRef {
        id: rule.id.clone(),
        statement: rule.statement.clone(),
        sources: rule.sources.iter().map(ToString::to_string).collect(),
    };
    rules.iter().map(reference).collect()
}

/// A note on a rule whose status is not `tested`.
pub fn caveat(status: &Status) -> Option<String> {
    match status {
        Status::Tested => None,
        Status::Unspecified(allowed) => Some(format!("unspecified: {allowed}")),
        Status::Untestable(why) => Some(format!("untestable: {why}")),
    }
}
