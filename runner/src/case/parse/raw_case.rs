//! A case file before its words are looked up. The documentation of keys becomes that of the JSON Schema.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::at::{At, Map, Maybe, Words};
use super::raw_expect::RawExpect;
#[cfg(test)]
use super::schema_types::{GateWord, ModeWord, NeedWord, PageFlawWord, PathWord, ShadowWord};

/// One case: a behaviour, the guest that shows it, and what the manuals say must be seen.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys of a case")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Case", extend("required" = ["summary", "rules", "modes", "guest", "expect"])))]
pub(in crate::case) struct RawCase {
    /// One sentence, lowercase, without a full stop.
    pub(in crate::case) summary: Maybe<At<String>>,
    /// Ids of the rules the case tests, at least one.
    pub(in crate::case) rules: Maybe<Words>,
    /// The modes it runs in, at least one.
    #[cfg_attr(test, schemars(with = "Vec<ModeWord>"))]
    pub(in crate::case) modes: Maybe<Words>,
    /// How NMIs are raised; left out if the case raises none by a path. `lapic` is `xapic` and `x2apic`; `all` is all.
    #[cfg_attr(test, schemars(with = "Vec<PathWord>"))]
    pub(in crate::case) paths: Maybe<Words>,
    /// What the machine must have beyond what paths and steps imply.
    #[cfg_attr(test, schemars(with = "Vec<NeedWord>"))]
    pub(in crate::case) requires: Maybe<Words>,
    /// How the guest starts.
    pub(in crate::case) boot: Maybe<RawBoot>,
    /// Sections of text assembly: `main`, and as needed `peer`, `data`, `smm`, handlers (`nmi`, `gp`, `irq`, ...), `l2` and its handlers (`l2-nmi`, ...).
    pub(in crate::case) guest: Maybe<At<Map<At<String>>>>,
    /// What the host does at snaps and before labels.
    pub(in crate::case) host: Maybe<At<Vec<At<RawStep>>>>,
    /// What must be seen.
    pub(in crate::case) expect: Maybe<At<RawExpect>>,
    /// Why no mutant of the model can fail this case; only where that is so.
    pub(in crate::case) survives: Maybe<At<String>>,
}

/// How the guest starts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a map with the keys of `boot`")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Boot"))]
pub(in crate::case) struct RawBoot {
    /// Start `main` at CPL 3.
    pub(in crate::case) user: Maybe<At<bool>>,
    /// Interrupt stack table index, 1 to 3, by vector; long mode only.
    pub(in crate::case) ist: Maybe<Map<At<u64>>>,
    /// Gates that differ from the plain one, by vector; not in real mode.
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, GateWord>"))]
    pub(in crate::case) gates: Maybe<Map<At<String>>>,
    /// IDTR.limit, in bytes minus one.
    pub(in crate::case) idt_limit: Maybe<At<u64>>,
    /// Pages that differ from plain ones, by name; not in real mode.
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, PageFlawWord>"))]
    pub(in crate::case) pages: Maybe<Map<At<String>>>,
    /// How L2 starts, the guest of a guest hypervisor.
    pub(in crate::case) l2: Maybe<At<RawL2Boot>>,
}

/// How L2 starts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a map with the keys of `l2`")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "L2Boot"))]
pub(in crate::case) struct RawL2Boot {
    /// Gates that differ from the plain one, by vector.
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, GateWord>"))]
    pub(in crate::case) gates: Maybe<Map<At<String>>>,
    /// IDTR.limit, in bytes minus one.
    pub(in crate::case) idt_limit: Maybe<At<u64>>,
    /// Start with RFLAGS.IF set.
    pub(in crate::case) interrupts: Maybe<At<bool>>,
}

/// What the host does at one moment: exactly one of `at` and `before`, and `do`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with `at` or `before`, and `do`")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Step", extend("required" = ["do"])))]
pub(in crate::case) struct RawStep {
    /// A snap: `held`, or `held#2` for its second occurrence only.
    pub(in crate::case) at: Maybe<At<String>>,
    /// A label: the first time the guest is about to execute the instruction there.
    pub(in crate::case) before: Maybe<At<String>>,
    /// The actions, in order.
    #[serde(rename = "do")]
    pub(in crate::case) actions: Maybe<At<Vec<At<RawAction>>>>,
}

/// One action of the host.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", expecting = "an action of the host")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Action"))]
pub(in crate::case) enum RawAction {
    /// Raise this many NMIs at once by the trial's path.
    Raise(At<u64>),
    /// Change events; the others stay as they are.
    Events(RawChange),
    /// Get events and set the same.
    RoundTrip,
    /// Save everything, restore it into a fresh virtual machine.
    Migrate,
    /// Make external interrupt 40h pending.
    Irq,
    /// Make a system-management interrupt pending.
    Smi,
}

/// What an `events` action changes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map of events")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "EventsChange"))]
pub(in crate::case) struct RawChange {
    /// `nmi.injected`.
    pub(in crate::case) injected: Maybe<At<bool>>,
    /// `nmi.pending`.
    pub(in crate::case) pending: Maybe<At<u64>>,
    /// `nmi.masked`.
    pub(in crate::case) masked: Maybe<At<bool>>,
    /// `interrupt.shadow`.
    #[cfg_attr(test, schemars(with = "ShadowWord"))]
    pub(in crate::case) shadow: Maybe<At<String>>,
}
