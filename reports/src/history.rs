//! A run of a case, moment by moment.

use serde::{Deserialize, Serialize};

use crate::Place;
use crate::is_default::is_default;

/// One run of one case, moment by moment: what timelines draw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Moments in the order in which they came.
    pub steps: Vec<Step>,
    /// How it ended, in words: `done`, `shutdown`.
    pub end: String,
    /// Index of the first step that differs from the manual; one past the last step means the end. None if they agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<usize>,
}

/// One moment of a history. State that was not observed is absent, never guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What kind of moment it is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub what: What,
    /// The processor it happened on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpu: u8,
    /// Linear address of the instruction that it is about, as in the listing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<u64>,
    /// Where, if anywhere in the guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
    /// What happened: a mark's name, the instruction, `raise 1 by ioctl`.
    pub event: String,
    /// What else is known. May be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// NMIs pending after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<u8>,
    /// Whether NMIs are blocked after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<bool>,
    /// NMI handlers entered and not yet left after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<u8>,
    /// State of a guest hypervisor.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nested: Nested,
}

/// Further state of a processor on which a guest hypervisor runs. What is unknown or not enabled is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nested {
    /// Whether L1 or L2 runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// GIF (AMD APM vol. 2, 15.17 "Global Interrupt Flag, STGI and CLGI Instructions").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gif: Option<bool>,
    /// VGIF, L2's own GIF (AMD APM vol. 2, 15.33 "Virtual Global Interrupt Flag (VGIF)").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v_gif: Option<bool>,
    /// V_NMI: a virtual NMI is pending (AMD APM vol. 2, 15.21.10 "NMI Virtualization").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v_nmi: Option<bool>,
    /// V_NMI_MASK: virtual NMIs are blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v_nmi_mask: Option<bool>,
}

/// Whose code a processor executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The guest hypervisor's own.
    L1,
    /// That of the guest hypervisor's own guest.
    L2,
}

/// What kind of moment it is, and the lane of a timeline that it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// An instruction of the guest that left a record: a mark or a snap.
    #[default]
    Mark,
    /// An instruction of the guest that left no record; only models report them.
    Instruction,
    /// An event other than an NMI was delivered: an exception, an interrupt, an SMI; only models report it.
    Event,
    /// An NMI was raised, by the host or by the guest.
    Raise,
    /// An NMI was delivered; only models report it.
    Delivery,
    /// The host acted in another way.
    Action,
    /// A VM exit at which the host looked.
    Look,
    /// Moments were left out here; the event says how many.
    Gap,
}
