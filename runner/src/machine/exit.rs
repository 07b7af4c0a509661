/// Why a machine stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The processor: 0, or 1 for an exit with which the trial cannot go on.
    pub cpu: u8,
    /// The reason.
    pub kind: ExitKind,
}

/// The reason of an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitKind {
    /// The guest executed a `snap` and is about to go on behind it.
    Snap,
    /// The guest asks for this many NMIs at once.
    Raise(u8),
    /// The guest asks for one NMI once it has halted.
    Arm,
    /// The guest asks for an external interrupt.
    Irq,
    /// Every processor of the case is done.
    Done,
    /// An exception that no handler of the case took: vector, error code and frame are at RSP, one slot each.
    Fault,
    /// Before the instruction at this address.
    Breakpoint(u64),
    /// Halted, and nothing is armed that would wake it.
    Halted,
    /// Halted although an event is due: only a signal that interrupted KVM_RUN woke it.
    WakeLost,
    /// It reached the limit of processor time without an exit.
    Hang,
    /// Triple fault.
    Shutdown,
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
