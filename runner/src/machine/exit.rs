use reports::ExitKind;

/// Why a machine stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The processor: 0, or 1 for an exit with which the trial cannot go on.
    pub cpu: u8,
    /// The reason.
    pub kind: ExitKind,
}

/// A processor's registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// General registers in the manuals' order: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15.
    pub general: [u64; 16],
    /// Instruction pointer, as linear address (CS.base + RIP).
    pub rip: u64,
    /// Flags.
    pub rflags: u64,
    /// Page-fault address.
    pub cr2: u64,
    /// CS selector.
    pub cs: u16,
    /// SS selector.
    pub ss: u16,
}
