use crate::terms::words;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// No NMI is ever raised.
    Deaf,
    /// KVM_GET_VCPU_EVENTS says the opposite of `masked`.
    Liar,
    /// Every other run raises no NMI.
    Fickle,
    /// One run in some ninety raises no NMI.
    Rare,
    /// Looking unblocks NMIs.
    Touchy,
    /// Migration loses the pending NMIs.
    Forgetful,
    /// After the first exit the guest runs in circles.
    Stuck,
    /// After the first exit the guest executes an undefined instruction.
    Broken,
    /// After the first exit the processor shuts down.
    Dead,
    /// Raising an NMI is an ioctl that fails.
    Refusing,
    /// An NMI does not wake a processor that halted before it came; only looking does.
    Asleep,
    /// It has nothing a case can need beyond the common.
    Bare,
}

words!(Fault {
    Deaf = "deaf",
    Liar = "liar",
    Fickle = "fickle",
    Rare = "rare",
    Touchy = "touchy",
    Forgetful = "forgetful",
    Stuck = "stuck",
    Broken = "broken",
    Dead = "dead",
    Refusing = "refusing",
    Asleep = "asleep",
    Bare = "bare",
});
