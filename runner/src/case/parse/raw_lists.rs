//! Files of rules and of known deviations before their words are looked up. The documentation of keys becomes that of the JSON
//! Schema.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::at::{At, Maybe, Words};
#[cfg(test)]
use super::schema_types::{DeviationPathWord, ModeWord, ScopeWord};
use crate::case::symptom::SymptomPattern;

/// A file of rules.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the key `rules`")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Rules", extend("required" = ["rules"])))]
pub(in crate::case) struct RawRules {
    /// The rules, one idea each.
    pub(in crate::case) rules: Maybe<At<Vec<At<RawRule>>>>,
}

/// What the manuals say, in one or two sentences, and where.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys of a rule")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Rule", extend("required" = ["id", "statement", "scope", "status", "sources"])))]
pub(in crate::case) struct RawRule {
    /// The name by which cases refer to it: `block.until-iret`.
    pub(in crate::case) id: Maybe<At<String>>,
    /// The rule, in words of our own.
    pub(in crate::case) statement: Maybe<At<String>>,
    /// Whom it binds.
    #[cfg_attr(test, schemars(with = "ScopeWord"))]
    pub(in crate::case) scope: Maybe<At<String>>,
    /// Whether it can be tested.
    pub(in crate::case) status: Maybe<At<RawStatus>>,
    /// Where it is written, at least one.
    pub(in crate::case) sources: Maybe<At<Vec<At<RawCitation>>>>,
}

/// Whether a rule can be tested.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "a status")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Status"))]
pub(in crate::case) enum RawStatus {
    /// Cases test it.
    Tested,
    /// The manuals leave it open: the outcomes they allow.
    Unspecified(At<String>),
    /// No guest can tell: why.
    Untestable(At<String>),
}

/// Where a rule is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys of a source")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Source", extend("required" = ["manual", "revision", "section", "title"])))]
pub(in crate::case) struct RawCitation {
    /// `AMD APM`, `Intel SDM`, `KVM API`, ...
    pub(in crate::case) manual: Maybe<At<String>>,
    /// Document number.
    pub(in crate::case) number: Maybe<At<String>>,
    /// The revision in which the source was read: `3.44`, `059`, a kernel's version.
    pub(in crate::case) revision: Maybe<At<String>>,
    /// Volume.
    #[cfg_attr(test, schemars(with = "serde_json::Value"))]
    pub(in crate::case) volume: Maybe<At<String>>,
    /// Section number. Numbers move between revisions, so the title is needed too.
    #[cfg_attr(test, schemars(with = "serde_json::Value"))]
    pub(in crate::case) section: Maybe<At<String>>,
    /// Section title.
    pub(in crate::case) title: Maybe<At<String>>,
}

/// Symptoms, each with its place.
pub(in crate::case) type Symptoms = At<Vec<At<SymptomPattern>>>;

/// The known deviations.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the key `deviations`")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Deviations", extend("required" = ["deviations"])))]
pub(in crate::case) struct RawDeviations {
    /// The deviations.
    pub(in crate::case) deviations: Maybe<At<Vec<At<RawDeviation>>>>,
}

/// Cases that are known to fail somewhere, how, and why.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys of a deviation")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Deviation", extend("required" = ["id", "cases", "strategies", "symptoms", "reason", "evidence"])))]
pub(in crate::case) struct RawDeviation {
    /// The name by which everything else refers to it, in the form of a rule's: `pvm.gate-of-any-type`, `finding-30.late-nmi`. It never
    /// changes.
    pub(in crate::case) id: Maybe<At<String>>,
    /// Globs on case ids: `*` stays within a folder, `**` does not.
    pub(in crate::case) cases: Maybe<Words>,
    /// Strategies it concerns: `amd-vnmi`, `other:kvm_pvm`, ...
    pub(in crate::case) strategies: Maybe<Words>,
    /// Emulators whose processors it concerns: `QEMU TCG`, `Bochs`; all processors, real ones too, if left out.
    pub(in crate::case) emulators: Maybe<Words>,
    /// Parameters that KVM's modules must be loaded with, all of them: `kvm_intel.ept=N`; any if left out.
    pub(in crate::case) parameters: Maybe<Words>,
    /// Kernel releases it concerns: `>=6.1, <7`, `6.12.*`; all if left out.
    pub(in crate::case) kernels: Maybe<At<String>>,
    /// Modes it concerns; all if left out.
    #[cfg_attr(test, schemars(with = "Vec<ModeWord>"))]
    pub(in crate::case) modes: Maybe<Words>,
    /// Paths it concerns; all if left out.
    #[cfg_attr(test, schemars(with = "Vec<DeviationPathWord>"))]
    pub(in crate::case) paths: Maybe<Words>,
    /// The symptoms that it may show, each field with its value or `*` for any.
    pub(in crate::case) symptoms: Maybe<Symptoms>,
    /// Why it does not show every time, if it does not; one sentence.
    pub(in crate::case) sometimes: Maybe<At<String>>,
    /// Why it deviates, one sentence.
    pub(in crate::case) reason: Maybe<At<String>>,
    /// Numbers of the findings that it shows, if it is a fault of KVM: ci/lab/FINDINGS.md describes each.
    pub(in crate::case) findings: Maybe<At<Vec<At<u64>>>>,
    /// Where the evidence is.
    pub(in crate::case) evidence: Maybe<At<String>>,
}
