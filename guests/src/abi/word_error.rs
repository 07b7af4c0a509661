//! What is wrong with the operands of a pseudo-instruction.

use thiserror::Error;

use super::layout::NAMES;
use crate::{Hypervisor, suggest};

/// What is wrong with the operands of a pseudo-instruction.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum WordError {
    /// Operands of a word that takes none.
    #[error("`{word}` takes no operands, but `{operands}` follows it")]
    Operands { word: String, operands: String },
    /// A hypervisor's word in a guest without L2.
    #[error("`{word}` is for a guest hypervisor: write a section `l2`")]
    NoHypervisor { word: String },
    /// A word of the other vendor's hypervisors.
    #[error("`{word}` does not go with {}: write a case for each vendor", .own.words())]
    OtherHypervisor { word: String, own: Hypervisor },
    /// A hypervisor's word in a section of L2.
    #[error("`{word}` is for the hypervisor, not for its guest: write it outside of `{unit}`")]
    InsideL2 { word: String, unit: String },
    /// A second operand of a mark that names no frame.
    #[error("`{operand}` is not `frame`, `error-frame` or `exit`")]
    Frame { operand: String },
    /// A third operand of a mark.
    #[error("`{word}` takes a name and `frame`, `error-frame` or `exit`, not also `{operand}`")]
    ThirdOperand { word: String, operand: String },
    /// A mark without a name.
    #[error("`{word}` needs a name, such as `{word} start`")]
    NoName { word: String },
    /// A character that no name has.
    #[error("{} cannot be part of a name: use letters, digits, `-` and `_`", letter(*.0))]
    InName(char),
    /// More names than records can tell apart.
    #[error("this is name {number} of a guest: there is room for {NAMES}")]
    Names { number: usize },
    /// Not a number of NMIs.
    #[error("`{operand}` is not a number of NMIs from 1 to 255")]
    Count { operand: String },
    /// More than one NMI at once by a guest.
    #[error(
        "the guest itself raises by this path, and cannot raise {count} NMIs at one boundary: leave `lapic`, `xapic` and \
         `x2apic` out of `paths`, or raise one at a time"
    )]
    CountByGuest { count: u8 },
    /// An NMI to the halted processor that would have to raise it.
    #[error(
        "a halted processor cannot raise an NMI by its own interrupt command register: leave `lapic`, `xapic` and `x2apic` \
         out of `paths`"
    )]
    ArmByGuest,
    /// `=` without a value.
    #[error("`{word} {field} =` needs a value")]
    NoValue { word: &'static str, field: String },
    /// A field without a change; `bit` is one of its named bits.
    #[error("`{word} {field}` needs `= VALUE`{}", .bit.as_ref().map(|bit| format!(", or bits such as `+{bit}`")).unwrap_or_default())]
    NoChange { word: &'static str, field: String, bit: Option<String> },
    /// Single bits of a field of which none has a name.
    #[error("no bits of `{field}` have names: write `{word} {field} = VALUE`")]
    NoBits { word: &'static str, field: String },
    /// A change of a bit that neither sets nor clears it.
    #[error("`{change}` is neither `+BIT` nor `-BIT`")]
    NoSign { change: String },
    /// An unknown bit, and the known one that looks like it.
    #[error("`{field}` has no bit `{bit}`{}", meant(.near.as_deref()))]
    Bit { field: String, bit: String, near: Option<String> },
    /// An unknown field of a VMCB or VMCS, and the known one that looks like it.
    #[error("the {of} has no field `{field}`{}", meant(.near.as_deref()))]
    Field { of: &'static str, field: String, near: Option<String> },
    /// A value for all intercepts.
    #[error("`intercepts` are several words: add and remove single ones, such as `+NMI -VMMCALL`")]
    Intercepts,
}

fn letter(letter: char) -> String {
    if letter == ' ' { "a space".to_owned() } else { format!("`{letter}`") }
}

fn meant(near: Option<&str>) -> String {
    near.map(|near| format!("; {}", suggest::meant(near))).unwrap_or_default()
}
