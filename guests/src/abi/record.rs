//! Records of the trace ring, decoded.

use super::layout;
use crate::map;

/// One record of the trace ring: what `mark` or `snap` saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Index into [`crate::Guest::marks`].
    pub mark: u16,
    /// The processor that wrote it.
    pub cpu: u8,
    /// Whether it was a snap.
    pub snap: bool,
    /// Where the pseudo-instruction stands: the return address of its call, as linear address.
    pub site: u64,
    /// RSP before the pseudo-instruction.
    pub rsp: u64,
    /// RFLAGS before the pseudo-instruction.
    pub rflags: u64,
    /// What the case asked to keep of the stack.
    pub frame: FrameKind,
    /// The six stack slots from RSP upwards, each zero-extended; zeros where `frame` is [`FrameKind::None`].
    pub stack: [u64; 6],
    /// False if the processor never finished writing this record.
    pub committed: bool,
}

/// What lies at RSP when the record is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FrameKind {
    /// Nothing was asked for.
    #[default]
    None,
    /// An interrupt frame: RIP, CS, RFLAGS and, where the processor pushed them, RSP and SS.
    Interrupt,
    /// An error code, then an interrupt frame.
    Error,
    /// What the last #VMEXIT left in the VMCB instead: EXITCODE, EXITINTINFO, RIP, the 32 bits at 060h with INTERRUPT_SHADOW in
    /// bits 63:32, nRIP, EVENTINJ. Of a mark in a program, before a record exists: the same, of the VMCB or the VMCS.
    Exit,
    /// What the last exit left in the VMCS instead, two fields of 32 bits in one slot: the exit reason, with 1 in bits 63:32 if
    /// the last entry was a VMfail; RIP; the interruptibility and the activity state; the VM-exit interruption and the
    /// IDT-vectoring information; the exit qualification; the VM-entry interruption information and the VM-instruction error.
    VmcsExit,
}

/// Decodes the records of a ring of which `reserved` slots were taken; `bytes` starts at the ring's first record.
/// Slots beyond the ring's size were dropped by the guest, slots beyond `bytes` are left out.
///
/// Slots on the stack are zero-extended by the guest, so records look alike in every mode.
pub fn decode_ring(bytes: &[u8], reserved: u32) -> Vec<Record> {
    let written = u64::from(reserved).min(map::RING_RECORDS) as usize;
    bytes.chunks_exact(map::RECORD_SIZE as usize).take(written).map(decode).collect()
}

/// Decodes one record; bytes that are not there read as zero.
fn decode(bytes: &[u8]) -> Record {
    let byte = |at: u64| bytes.get(at as usize).copied().unwrap_or(0);
    let field = |at: u64| u64::from_le_bytes(std::array::from_fn(|index| byte(at + index as u64)));
    let tag = u16::from_le_bytes([byte(layout::TAG), byte(layout::TAG + 1)]);
    let frame = if tag & (layout::EXIT | layout::OF_VMCS) == layout::EXIT | layout::OF_VMCS {
        FrameKind::VmcsExit
    } else if tag & layout::EXIT == layout::EXIT {
        FrameKind::Exit
    } else if tag & layout::ERROR_FRAME != 0 {
        FrameKind::Error
    } else if tag & layout::FRAME != 0 {
        FrameKind::Interrupt
    } else {
        FrameKind::None
    };
    let slot = |index: usize| if frame == FrameKind::None { 0 } else { field(layout::STACK + 8 * index as u64) };
    Record {
        mark: tag & layout::NAME_MASK,
        cpu: byte(layout::CPU),
        snap: tag & layout::SNAP != 0,
        site: field(layout::SITE) & u64::from(u32::MAX),
        rsp: field(layout::RSP),
        rflags: field(layout::RFLAGS),
        frame,
        stack: std::array::from_fn(slot),
        committed: byte(layout::COMMITTED) != 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(tag: u16, committed: u8) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes[0..2].copy_from_slice(&tag.to_le_bytes());
        bytes[2] = 1;
        bytes[3] = committed;
        bytes[4..8].copy_from_slice(&0x3_8005u32.to_le_bytes());
        bytes[8..16].copy_from_slice(&0x87a0u64.to_le_bytes());
        bytes[16..24].copy_from_slice(&0x246u64.to_le_bytes());
        for slot in 0..6u64 {
            let at = 24 + 8 * slot as usize;
            bytes[at..at + 8].copy_from_slice(&(0x100 + slot).to_le_bytes());
        }
        bytes
    }

    #[test]
    fn a_record_with_a_frame() {
        let records = decode_ring(&raw(0x5007, 1), 1);
        assert_eq!(
            records,
            [Record {
                mark: 7,
                cpu: 1,
                snap: true,
                site: 0x3_8005,
                rsp: 0x87a0,
                rflags: 0x246,
                frame: FrameKind::Interrupt,
                stack: [0x100, 0x101, 0x102, 0x103, 0x104, 0x105],
                committed: true,
            }]
        );
    }

    #[test]
    fn a_record_of_an_exit() {
        let record = decode_ring(&raw(0x3002, 1), 1).remove(0);
        assert_eq!((record.mark, record.frame, record.stack[5]), (2, FrameKind::Exit, 0x105));
        let record = decode_ring(&raw(0xb002, 1), 1).remove(0);
        assert_eq!((record.mark, record.frame, record.snap), (2, FrameKind::VmcsExit, false));
    }

    #[test]
    fn a_record_without_a_frame_has_no_stack() {
        let record = decode_ring(&raw(0x0fff, 0), 1).remove(0);
        assert_eq!((record.mark, record.snap, record.frame), (0xfff, false, FrameKind::None));
        assert_eq!((record.stack, record.committed), ([0; 6], false));
    }

    #[test]
    fn slots_that_are_not_there_are_left_out() {
        assert_eq!(decode_ring(&raw(0x2001, 1), u32::MAX).len(), 1);
        assert_eq!(decode_ring(&[0; 0x4000], 1000).len(), 128);
        assert_eq!(decode_ring(&[0; 0x4000], 3).len(), 3);
        assert!(decode_ring(&[1, 2, 3], 1).is_empty());
    }
}
