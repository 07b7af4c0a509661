use crate::Mode;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// Nothing was asked for.
    None,
    /// An interrupt frame: RIP, CS, RFLAGS and, where the processor pushed them, RSP and SS.
    Interrupt,
    /// An error code, then an interrupt frame.
    Error,
}

/// Decodes the records of a ring of which `reserved` slots were taken; `bytes` starts at the ring's first record.
/// Slots beyond the ring's size were dropped by the guest.
pub fn decode_ring(mode: Mode, bytes: &[u8], reserved: u32) -> Vec<Record> {
    let _ = (mode, bytes, reserved);
    Vec::new()
}
