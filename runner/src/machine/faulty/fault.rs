use crate::terms::words;

words! {
    /// What goes wrong.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Fault {
        /// No NMI is ever raised.
        Deaf = "deaf",
        /// KVM_GET_VCPU_EVENTS says the opposite of `masked`.
        Liar = "liar",
        /// Every other run raises no NMI.
        Fickle = "fickle",
        /// One run in about ninety raises no NMI.
        Rare = "rare",
        /// Looking unblocks NMIs.
        Touchy = "touchy",
        /// Migration loses the pending NMIs.
        Forgetful = "forgetful",
        /// After the first exit the guest runs in circles.
        Stuck = "stuck",
        /// After the first exit the guest executes an undefined instruction.
        Broken = "broken",
        /// After the first exit the processor shuts down.
        Dead = "dead",
        /// Raising an NMI is an ioctl that fails.
        Refusing = "refusing",
        /// An NMI does not wake a processor that halted before it came; only looking does.
        Asleep = "asleep",
        /// It lacks everything that a case can require.
        Bare = "bare",
    }
}
