//! The expectation of a case before its words are looked up. The documentation of keys becomes that of the JSON Schema.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::at::{At, Map, Maybe, Words};
use super::scalars::{OneOrMany, WordOrNull};
#[cfg(test)]
use super::schema_types::{
    ActivityWord, BlockingWord, DeliveredWord, EndWord, ExitWord, ReasonWord, ShadowWord, StackWord,
};
use crate::case::NameAt;

/// What must be seen, and what only one vendor's processors must show.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys of `expect`")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Expect"))]
pub(in crate::case) struct RawExpect {
    /// The first processor's trace: marks and snaps in order.
    trace: Maybe<Words>,
    /// The allowed traces, where the manuals leave it open.
    traces: Maybe<At<Vec<Words>>>,
    /// The second processor's trace, if there is a `peer` section.
    peer: Maybe<Words>,
    /// How the case ends: `done` if left out.
    #[cfg_attr(test, schemars(with = "EndWord"))]
    end: Maybe<At<String>>,
    /// What the host sees, by snap (`held`, `held#2`), and at the end (`end`).
    view: Maybe<Map<At<RawView>>>,
    /// What the saved frame says, by mark.
    frame: Maybe<Map<At<RawFrame>>>,
    /// What the last exit left in the VMCB or the VMCS, by mark.
    exit: Maybe<Map<At<RawExit>>>,
    /// The processor's state, by mark.
    mark: Maybe<Map<At<RawMark>>>,
    /// What differs on AMD processors, key by key.
    pub(in crate::case) amd: Maybe<At<RawWants>>,
    /// What differs on Intel processors, key by key.
    pub(in crate::case) intel: Maybe<At<RawWants>>,
}

impl RawExpect {
    /// What is expected of both vendors' processors.
    pub(in crate::case) fn base(&self) -> RawWants {
        RawWants {
            trace: self.trace.clone(),
            traces: self.traces.clone(),
            peer: self.peer.clone(),
            end: self.end.clone(),
            view: self.view.clone(),
            frame: self.frame.clone(),
            exit: self.exit.clone(),
            mark: self.mark.clone(),
        }
    }
}

/// What must be seen on one vendor's processors.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys of `expect`")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "VendorExpect"))]
pub(in crate::case) struct RawWants {
    /// The first processor's trace: marks and snaps in order.
    pub(in crate::case) trace: Maybe<Words>,
    /// The allowed traces, where the manual leaves it open.
    pub(in crate::case) traces: Maybe<At<Vec<Words>>>,
    /// The second processor's trace.
    pub(in crate::case) peer: Maybe<Words>,
    /// How the case ends.
    #[cfg_attr(test, schemars(with = "EndWord"))]
    pub(in crate::case) end: Maybe<At<String>>,
    /// What the host sees, by snap, and at the end.
    pub(in crate::case) view: Maybe<Map<At<RawView>>>,
    /// What the saved frame says, by mark.
    pub(in crate::case) frame: Maybe<Map<At<RawFrame>>>,
    /// What the last exit left in the VMCB or the VMCS, by mark.
    pub(in crate::case) exit: Maybe<Map<At<RawExit>>>,
    /// The processor's state, by mark.
    pub(in crate::case) mark: Maybe<Map<At<RawMark>>>,
}

impl RawWants {
    /// The allowed traces of the first processor, whether under `trace` or `traces`.
    pub(in crate::case) fn allowed(&self) -> impl Iterator<Item = &Words> {
        self.trace.get().into_iter().chain(self.traces.items())
    }

    /// How often one allowed trace holds the name at most.
    pub(in crate::case) fn most(&self, name: &str) -> usize {
        self.allowed().map(|trace| trace.value.iter().filter(|seen| seen.value == name).count()).max().unwrap_or(0)
    }

    /// Whether a record of `name` comes before the first one that `at` names, in every allowed trace that has one.
    pub(in crate::case) fn comes_before(&self, name: &str, at: &NameAt) -> bool {
        self.allowed().all(|trace| {
            let mut names = trace.value.iter().map(|seen| &seen.value);
            let mut times = 0;
            let first = names.clone().position(|seen| {
                times += u32::from(*seen == at.name);
                at.names(seen, times)
            });
            first.is_none_or(|first| names.by_ref().take(first).any(|seen| seen == name))
        })
    }
}

/// What KVM_GET_VCPU_EVENTS says; what is left out is not compared.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map of events")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "View"))]
pub(in crate::case) struct RawView {
    /// `nmi.injected`.
    pub(in crate::case) injected: Maybe<At<bool>>,
    /// `nmi.pending`.
    pub(in crate::case) pending: Maybe<At<u64>>,
    /// `nmi.masked`.
    pub(in crate::case) masked: Maybe<At<bool>>,
    /// `interrupt.shadow`.
    #[cfg_attr(test, schemars(with = "ShadowWord"))]
    pub(in crate::case) shadow: Maybe<At<String>>,
    /// In system-management mode.
    pub(in crate::case) smm: Maybe<At<bool>>,
    /// Halted.
    pub(in crate::case) halted: Maybe<At<bool>>,
}

/// What a saved frame says; what is left out is not compared.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys of a frame")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Frame"))]
pub(in crate::case) struct RawFrame {
    /// Saved RIP: a label, `label+N`, a mark that stands in one place, or a list of those where the manual leaves it open.
    pub(in crate::case) rip: Maybe<At<OneOrMany>>,
    /// CPL of the interrupted code.
    pub(in crate::case) cpl: Maybe<At<u64>>,
    /// Saved RFLAGS.IF.
    #[serde(rename = "if")]
    pub(in crate::case) interrupt_flag: Maybe<At<bool>>,
    /// Saved RFLAGS.TF.
    #[serde(rename = "tf")]
    pub(in crate::case) trap_flag: Maybe<At<bool>>,
    /// Saved RFLAGS.RF.
    #[serde(rename = "rf")]
    pub(in crate::case) resume_flag: Maybe<At<bool>>,
    /// The saved RSP equals RSP at this mark.
    pub(in crate::case) rsp: Maybe<At<String>>,
    /// The saved SS.
    pub(in crate::case) ss: Maybe<At<WordOrNull>>,
    /// The error code.
    pub(in crate::case) error: Maybe<At<u64>>,
}

/// What the VMCB, or on Intel's processors the VMCS, says after an exit; what is left out is not compared.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a map with the keys of an exit")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Exit"))]
pub(in crate::case) struct RawExit {
    /// AMD: EXITCODE, what was intercepted.
    #[cfg_attr(test, schemars(with = "ExitWord"))]
    pub(in crate::case) code: Maybe<At<String>>,
    /// L2's RIP, as in a frame.
    pub(in crate::case) rip: Maybe<At<OneOrMany>>,
    /// AMD: nRIP, as in a frame.
    pub(in crate::case) next_rip: Maybe<At<OneOrMany>>,
    /// The event that was being delivered: EXITINTINFO, or IDT-vectoring information.
    #[cfg_attr(test, schemars(with = "DeliveredWord"))]
    pub(in crate::case) delivering: Maybe<At<String>>,
    /// The event that the next entry injects: EVENTINJ, or VM-entry interruption information.
    #[cfg_attr(test, schemars(with = "DeliveredWord"))]
    pub(in crate::case) injecting: Maybe<At<String>>,
    /// AMD: INTERRUPT_SHADOW.
    pub(in crate::case) shadow: Maybe<At<bool>>,
    /// AMD: V_NMI.
    pub(in crate::case) v_nmi: Maybe<At<bool>>,
    /// AMD: V_NMI_MASK.
    pub(in crate::case) v_nmi_mask: Maybe<At<bool>>,
    /// AMD: V_IRQ.
    pub(in crate::case) v_irq: Maybe<At<bool>>,
    /// AMD: VGIF.
    pub(in crate::case) v_gif: Maybe<At<bool>>,
    /// Intel: what the exit was for.
    #[cfg_attr(test, schemars(with = "ReasonWord"))]
    pub(in crate::case) reason: Maybe<At<String>>,
    /// Intel: the interruptibility state.
    #[cfg_attr(test, schemars(with = "BlockingWord"))]
    pub(in crate::case) blocking: Maybe<At<String>>,
    /// Intel: NMI unblocking due to IRET.
    #[serde(rename = "bit-12")]
    pub(in crate::case) bit_12: Maybe<At<bool>>,
    /// Intel: the activity state.
    #[cfg_attr(test, schemars(with = "ActivityWord"))]
    pub(in crate::case) activity: Maybe<At<String>>,
    /// Intel: the VM-instruction error of an entry that was a VMfail.
    pub(in crate::case) vmfail: Maybe<At<u64>>,
    /// Intel: the exit is a failure of VM entry for L2's state.
    pub(in crate::case) entry_failure: Maybe<At<bool>>,
}

/// The processor's state at a mark; what is left out is not compared.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a map with the keys of a mark")]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Mark"))]
pub(in crate::case) struct RawMark {
    /// RFLAGS.IF.
    #[serde(rename = "if")]
    pub(in crate::case) interrupt_flag: Maybe<At<bool>>,
    /// RFLAGS.TF.
    #[serde(rename = "tf")]
    pub(in crate::case) trap_flag: Maybe<At<bool>>,
    /// RFLAGS.NT.
    #[serde(rename = "nt")]
    pub(in crate::case) nested_task: Maybe<At<bool>>,
    /// The stack that RSP lies in.
    #[cfg_attr(test, schemars(with = "StackWord"))]
    pub(in crate::case) stack: Maybe<At<String>>,
    /// RSP equals RSP at this mark.
    pub(in crate::case) rsp: Maybe<At<String>>,
}
