use serde::{Deserialize, Serialize};

use super::{Finding, Moment, Place};
use crate::{Kind, Outcome};

/// What went wrong, without what differs from one run to the next: what known deviations name, and what makes two failures
/// alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Symptom {
    /// The kind of outcome that it makes.
    pub kind: Kind,
    /// The pass in which it showed. None: the plain one, or none in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<String>,
    /// What went wrong.
    pub finding: Finding,
}

impl Symptom {
    /// Of an outcome that is none. None if nothing went wrong.
    pub(crate) fn of(outcome: &Outcome) -> Option<Symptom> {
        let kind = outcome.kind();
        let bare = |finding: Finding| Symptom { kind, pass: None, finding };
        Some(match outcome {
            Outcome::Pass | Outcome::Skipped { .. } => return None,
            Outcome::Known { symptom, .. } => symptom.clone(),
            Outcome::Fixed { expected, .. } => bare(Finding::Absent { expected: expected.clone() }),
            Outcome::Error(trouble) => bare(Finding::Trouble(trouble.clone())),
            outcome => {
                let divergence = outcome.divergence()?;
                let pass = match divergence.pass.as_str() {
                    _ if matches!(kind, Kind::Unstable | Kind::KernelWarning | Kind::HostDied) => None,
                    "" | "plain" => None,
                    pass => Some(pass.to_owned()),
                };
                Symptom { kind, pass, finding: steady(kind, &divergence.finding) }
            }
        })
    }
}

/// Where a processor hangs, or shuts down, differs from run to run; that it does is what matters.
fn steady(kind: Kind, finding: &Finding) -> Finding {
    match (kind, finding) {
        (Kind::Hang, Finding::Sequence { want, .. }) => {
            Finding::sequence(want.clone(), Moment::Hang { cpu: 0, at: Place::OUTSIDE })
        }
        (Kind::Shutdown, Finding::Sequence { want, .. }) => {
            Finding::sequence(want.clone(), Moment::Shutdown { cpu: 0 })
        }
        _ => finding.clone(),
    }
}
