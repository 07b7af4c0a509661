//! The layout of a record in the trace ring, shared by the routines that write it and the decoder.

use crate::map;

/// `u16`: index of the name (bits 11:0), what lies on the stack (13:12), whether it is a snap (14).
pub const TAG: u64 = 0;
/// `u8`: the processor's number.
pub const CPU: u64 = 2;
/// `u8`: 1 once everything else is written.
pub const COMMITTED: u64 = 3;
/// `u32`: the return address of the call, linear.
pub const SITE: u64 = 4;
/// `u64`: RSP before the pseudo-instruction.
pub const RSP: u64 = 8;
/// `u64`: RFLAGS before the pseudo-instruction.
pub const RFLAGS: u64 = 16;
/// Six `u64`: stack slots from RSP upwards, each zero-extended.
pub const STACK: u64 = 24;
/// How many stack slots a record holds.
pub const SLOTS: usize = 6;

/// How many names fit in a tag.
pub const NAMES: usize = 4095;
/// The tag's bits for the name.
pub const NAME_MASK: u16 = 0xfff;
/// Tag: an interrupt frame lies at RSP.
pub const FRAME: u16 = 1 << 12;
/// Tag: an error code and an interrupt frame lie at RSP.
pub const ERROR_FRAME: u16 = 2 << 12;
/// Tag: fields of the VMCB or the VMCS stand in place of the stack.
pub const EXIT: u16 = FRAME | ERROR_FRAME;
/// Tag: written by a snap.
pub const SNAP: u16 = 1 << 14;
/// Tag of a record, which the routine sets: those fields are the VMCS's.
pub const OF_VMCS: u16 = 1 << 15;
// Bit 15 of what the caller pushes stays clear, so that a sign-extended immediate is the tag in every width.
/// Bytes of a record that the routines write; the rest of its slot is never used.
pub const USED: u64 = STACK + 8 * SLOTS as u64;

const _: () = assert!(USED <= map::RECORD_SIZE);
