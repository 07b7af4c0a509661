//! How a trial ended.

use serde::{Deserialize, Serialize};

use crate::{Excerpt, Finding, History, Kind, Lack, Moment, Pass, Place, Symptom, Trouble};

/// How a trial ended: a closed list, so that every consumer handles each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As the manual says, in every pass.
    Pass,
    /// The trace differs from what the manual says.
    Mismatch(Divergence),
    /// A known deviation, with its expected symptom.
    Known {
        /// The symptom, which is one that the entry names.
        symptom: Symptom,
        /// Id of the entry. None if no entry says so but a baseline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The entry's reason, or that the trial failed in the same way in a baseline.
        reason: String,
        /// The run in which it showed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        history: Option<History>,
    },
    /// A known deviation that did not show: its entry must go.
    Fixed {
        /// The symptoms that were expected, as the entry writes them: for people, and no part of [`Outcome::symptom`].
        expected: String,
        /// Id of the entry.
        id: String,
        /// The entry's reason.
        reason: String,
    },
    /// It cannot run here.
    Skipped {
        /// The requirement that failed.
        requirement: Lack,
    },
    /// Two runs from reset differ.
    Unstable(Divergence),
    /// No exit in time.
    Hang(Divergence),
    /// An exception the case did not expect.
    GuestFault(Divergence),
    /// A triple fault the case did not expect.
    Shutdown(Divergence),
    /// The host's kernel reported a fault of its own while the trial ran.
    KernelWarning(Divergence),
    /// The host hung or panicked while the trial ran.
    HostDied(Divergence),
    /// Harness or KVM trouble.
    Error(Trouble),
}

/// Where a trial differs from its expectation. For a host that warned or died, `details` are lines of its console, and the rest is
/// empty if the trial itself has no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divergence {
    /// The pass in which it showed. None: in none in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<Pass>,
    /// Index of the first differing event, from 0.
    pub at: usize,
    /// What went wrong.
    pub finding: Finding,
    /// The instruction where it was seen, with the lines around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<Excerpt>,
    /// Registers and other details, a line each.
    pub details: Vec<String>,
    /// Ids of the rules at stake.
    pub rules: Vec<String>,
    /// The command that reruns this trial alone.
    pub rerun: String,
    /// File and line of the case that state what was wanted: `cases/blocking/x.yaml:12`; line 1 if no single line does. May be
    /// empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// The whole run in which it showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
}

impl Divergence {
    /// With this finding and everything else empty.
    pub fn of(finding: Finding) -> Divergence {
        Divergence {
            pass: None,
            at: 0,
            finding,
            excerpt: None,
            details: Vec::new(),
            rules: Vec::new(),
            rerun: String::new(),
            place: String::new(),
            history: None,
        }
    }

    /// The pass in which it showed, if that is not the plain one.
    pub(crate) fn other_pass(&self) -> Option<Pass> {
        self.pass.filter(|&pass| pass != Pass::Plain)
    }
}

impl Outcome {
    /// The divergence, for the kinds of outcome that have one.
    pub fn divergence(&self) -> Option<&Divergence> {
        match self {
            Outcome::Mismatch(divergence)
            | Outcome::Unstable(divergence)
            | Outcome::Hang(divergence)
            | Outcome::GuestFault(divergence)
            | Outcome::Shutdown(divergence)
            | Outcome::KernelWarning(divergence)
            | Outcome::HostDied(divergence) => Some(divergence),
            _ => None,
        }
    }

    /// The same, mutable.
    pub fn divergence_mut(&mut self) -> Option<&mut Divergence> {
        match self {
            Outcome::Mismatch(divergence)
            | Outcome::Unstable(divergence)
            | Outcome::Hang(divergence)
            | Outcome::GuestFault(divergence)
            | Outcome::Shutdown(divergence)
            | Outcome::KernelWarning(divergence)
            | Outcome::HostDied(divergence) => Some(divergence),
            _ => None,
        }
    }

    /// Which of the closed list of outcomes it is.
    pub fn kind(&self) -> Kind {
        match self {
            Outcome::Pass => Kind::Pass,
            Outcome::Mismatch(_) => Kind::Mismatch,
            Outcome::Known { .. } => Kind::Known,
            Outcome::Fixed { .. } => Kind::Fixed,
            Outcome::Skipped { .. } => Kind::Skipped,
            Outcome::Unstable(_) => Kind::Unstable,
            Outcome::Hang(_) => Kind::Hang,
            Outcome::GuestFault(_) => Kind::GuestFault,
            Outcome::Shutdown(_) => Kind::Shutdown,
            Outcome::KernelWarning(_) => Kind::KernelWarning,
            Outcome::HostDied(_) => Kind::HostDied,
            Outcome::Error(_) => Kind::Error,
        }
    }

    /// A description in one line. None if nothing went wrong.
    pub fn headline(&self) -> Option<String> {
        match self {
            Outcome::Skipped { requirement } => Some(requirement.to_string()),
            outcome => Some(outcome.symptom()?.to_string()),
        }
    }

    /// Whether the other has the same kind and symptom; addresses and registers may differ.
    pub fn is_like(&self, other: &Outcome) -> bool {
        self.kind() == other.kind() && self.symptom() == other.symptom()
    }

    /// What went wrong, without addresses, as entries of known deviations name it. None if nothing did.
    pub fn symptom(&self) -> Option<Symptom> {
        let kind = self.kind();
        let bare = |finding: Finding| Symptom { kind, pass: None, finding };
        Some(match self {
            Outcome::Pass | Outcome::Skipped { .. } => return None,
            Outcome::Known { symptom, .. } => symptom.clone(),
            Outcome::Fixed { id, .. } => bare(Finding::Absent { id: id.clone() }),
            Outcome::Error(trouble) => bare(Finding::Trouble(trouble.clone())),
            outcome => {
                let divergence = outcome.divergence()?;
                let in_any = matches!(kind, Kind::Unstable | Kind::KernelWarning | Kind::HostDied);
                let pass = divergence.other_pass().filter(|_| !in_any);
                Symptom { kind, pass, finding: steady(kind, &divergence.finding) }
            }
        })
    }
}

/// The finding without what differs from run to run: where a processor hangs or shuts down.
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
