//! Named wrong processors: each breaks one rule in a way a real hypervisor could.

use crate::terms::Vendor;

/// Declares the mutants: variant, name, vendors it can differ for, statement.
macro_rules! mutants {
    ($($variant:ident, $name:literal, $vendors:ident, $statement:literal;)+) => {
        /// One wrong rule. A conformance suite is good when at least one case tells every mutant from the manual.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Mutant {
            $(#[doc = $statement] $variant,)+
        }

        impl Mutant {
            /// Every mutant, in the order of the rules they break.
            pub const ALL: &'static [Mutant] = &[$(Mutant::$variant),+];

            /// Its name in reports, kebab-case.
            pub fn name(self) -> &'static str {
                match self { $(Mutant::$variant => $name),+ }
            }

            /// What it does, in one line.
            pub fn statement(self) -> &'static str {
                match self { $(Mutant::$variant => $statement),+ }
            }

            /// The vendors on whose processors it does anything wrong.
            pub fn vendors(self) -> &'static [Vendor] {
                match self { $(Mutant::$variant => $vendors),+ }
            }
        }
    };
}

const BOTH: &[Vendor] = &[Vendor::Amd, Vendor::Intel];
const AMD: &[Vendor] = &[Vendor::Amd];
const INTEL: &[Vendor] = &[Vendor::Intel];

mutants! {
    // The queue.
    SecondNmiLost, "second-nmi-lost", BOTH, "of two NMIs raised at once while unblocked only one is delivered";
    AnyNumberQueued, "any-number-queued", BOTH, "every NMI raised is delivered, however many are waiting";
    TwoHeldWhileBlocked, "two-held-while-blocked", BOTH, "two NMIs are held while NMIs are blocked";
    BlockedNmiLost, "blocked-nmi-lost", BOTH, "an NMI that arrives while NMIs are blocked is lost";
    TwoSendersCollapse, "two-senders-collapse", BOTH, "NMIs of two senders that arrive together are one";
    TenCollapseIntoNone, "ten-collapse-into-none", BOTH, "when more NMIs arrive than can be held, none is held";
    // Blocking and unblocking.
    NmiNotBlockedInHandler, "nmi-not-blocked-in-handler", BOTH, "delivery of an NMI does not block further NMIs";
    OthersNmiNests, "others-nmi-nests", BOTH, "an NMI from another processor nests in the handler of one that the processor sent itself";
    FaultingIretUnblocks, "faulting-iret-unblocks", AMD, "an IRET that faults unblocks NMIs";
    FaultingIretKeepsBlocking, "faulting-iret-keeps-blocking", INTEL, "an IRET that faults leaves NMIs blocked";
    ExceptionIretDoesNotUnblock, "exception-iret-does-not-unblock", BOTH, "only the NMI handler's own IRET unblocks NMIs";
    IretToUserDoesNotUnblock, "iret-to-user-does-not-unblock", BOTH, "an IRET to CPL 3 leaves NMIs blocked";
    UnblockOneInstructionLate, "unblock-one-instruction-late", BOTH, "NMIs are unblocked one instruction after the IRET";
    NmiBeforeIretCompletes, "nmi-before-iret-completes", BOTH, "a held NMI is delivered on the IRET instead of after it";
    RetUnblocks, "ret-unblocks", BOTH, "RET, near or far, unblocks NMIs";
    PopfUnblocks, "popf-unblocks", BOTH, "POPF unblocks NMIs";
    StiUnblocks, "sti-unblocks", BOTH, "STI unblocks NMIs";
    FarJmpUnblocks, "far-jmp-unblocks", BOTH, "a far JMP unblocks NMIs";
    SysretUnblocks, "sysret-unblocks", BOTH, "SYSRET unblocks NMIs";
    OpenInterruptWindowUnblocks, "open-interrupt-window-unblocks", BOTH, "blocking ends at an exit with interrupts enabled";
    ExitUnblocks, "exit-unblocks", BOTH, "blocking is lost whenever the guest exits to its host";
    StuckUntilExit, "stuck-until-exit", BOTH, "an NMI held until IRET is delivered only after the next exit";
    LookReleasesPending, "look-releases-pending", BOTH, "an NMI held until IRET is delivered only after the host has looked";
    Int2Blocks, "int2-blocks", BOTH, "INT 2 blocks NMIs";
    IfMasksNmi, "if-masks-nmi", BOTH, "NMIs wait while RFLAGS.IF is clear";
    // Delivery.
    NmiPushesErrorCode, "nmi-pushes-error-code", BOTH, "delivery of an NMI pushes an error code";
    HandlerKeepsIf, "handler-keeps-if", BOTH, "delivery of an NMI through an interrupt gate leaves RFLAGS.IF set";
    HandlerKeepsTf, "handler-keeps-tf", BOTH, "delivery of an NMI leaves RFLAGS.TF set";
    HandlerKeepsNt, "handler-keeps-nt", BOTH, "delivery of an NMI leaves RFLAGS.NT set";
    TrapGateClearsIf, "trap-gate-clears-if", BOTH, "delivery of an NMI through a trap gate clears RFLAGS.IF";
    WindowStepLeaksTf, "window-step-leaks-tf", BOTH, "the saved RFLAGS of an NMI that had to wait has TF set";
    SavedFlagsLoseIf, "saved-flags-lose-if", BOTH, "the saved RFLAGS of an NMI has IF clear";
    SavedRipIsHlt, "saved-rip-is-hlt", BOTH, "an NMI that ends HLT saves the address of the HLT";
    IstIgnored, "ist-ignored", BOTH, "delivery of an NMI ignores the gate's interrupt stack table index";
    Rsp0Ignored, "rsp0-ignored", BOTH, "delivery of an NMI from CPL 3 stays on the interrupted stack";
    StackNotAligned, "stack-not-aligned", BOTH, "long-mode delivery of an NMI does not align the stack";
    NmiSavesRf, "nmi-saves-rf", BOTH, "an NMI saves RFLAGS.RF set";
    IterationSavesRfClear, "iteration-saves-rf-clear", INTEL, "an NMI between iterations of a repeated string instruction saves RF clear";
    IstNullsSs, "ist-nulls-ss", AMD, "delivery of an NMI on an interrupt stack nulls SS from whatever privilege level";
    IstGoesOnBelow, "ist-goes-on-below", BOTH, "an event on the interrupt stack in use goes on below the frame that is there";
    TablePointerNotAligned, "table-pointer-not-aligned", INTEL, "a stack pointer from the task-state segment is not aligned";
    RepNotInterruptible, "rep-not-interruptible", BOTH, "a repeated string instruction runs to its end before an NMI";
    GateTypeUnchecked, "gate-type-unchecked", BOTH, "an NMI takes a gate of any type for an interrupt gate";
    GateTargetUnchecked, "gate-target-unchecked", BOTH, "an NMI takes a gate with any address and code segment";
    GateDplChecked, "gate-dpl-checked", INTEL, "an NMI must have the privilege that its gate asks of INT n";
    FaultInDeliveryDoesNotBlock, "fault-in-delivery-does-not-block", BOTH, "an NMI whose delivery faults leaves NMIs unblocked";
    FaultInDeliveryRedelivers, "fault-in-delivery-redelivers", BOTH, "an NMI whose delivery faults is made pending again";
    FaultInDeliveryLosesExt, "fault-in-delivery-loses-ext", BOTH, "a fault in the delivery of an NMI has EXT clear in its error code";
    NmiAfterFaultInDeliveryLost, "nmi-after-fault-in-delivery-lost", BOTH, "a fault in the delivery of an NMI drops the NMI that waits behind it";
    FaultInDeliveryIsDoubleFault, "fault-in-delivery-is-double-fault", BOTH, "a fault in the delivery of an NMI becomes #DF";
    // Priority.
    NmiBeforeDbTrap, "nmi-before-db-trap", BOTH, "an NMI goes before the single-step trap of the previous instruction";
    DbTrapLost, "db-trap-lost", BOTH, "an NMI drops the single-step trap of the previous instruction";
    IrqBeforeNmi, "irq-before-nmi", BOTH, "an external interrupt goes before an NMI";
    IrqBlockedWithNmi, "irq-blocked-with-nmi", BOTH, "while a blocked NMI waits, external interrupts wait too";
    IrqInHandlerUnblocks, "irq-in-handler-unblocks", BOTH, "delivery of an external interrupt unblocks NMIs";
    NmiBeforeSmi, "nmi-before-smi", BOTH, "an NMI goes before an SMI";
    // Shadows.
    StiShadowTwoInstructions, "sti-shadow-two-instructions", BOTH, "STI holds NMIs back for two instructions";
    MovSsShadowTwoInstructions, "mov-ss-shadow-two-instructions", BOTH, "a load of SS holds NMIs back for two instructions";
    MovSsShadowIgnored, "mov-ss-shadow-ignored", INTEL, "an NMI is delivered right after a load of SS";
    MovSsShadowOutlivesInt, "mov-ss-shadow-outlives-int", BOTH, "a load of SS before INT n holds NMIs back in the handler, too";
    SsBreakpointLost, "ss-breakpoint-lost", AMD, "a data breakpoint hit by a load of SS is lost";
    ShadowWaitIsOnce, "shadow-wait-is-once", BOTH, "only the first NMI that meets a shadow is delivered when it ends; later ones are lost";
    ShadowDropsNmi, "shadow-drops-nmi", BOTH, "an NMI that meets a shadow is lost";
    // HLT.
    HltBlockedNmiWakes, "hlt-blocked-nmi-wakes", BOTH, "a blocked NMI ends HLT";
    HltNotWoken, "hlt-not-woken", BOTH, "an NMI does not end HLT";
    HltWokenOnlyWithIf, "hlt-woken-only-with-if", BOTH, "an NMI ends HLT only if RFLAGS.IF is set";
    SetEventsWakesHalted, "set-events-wakes-halted", BOTH, "KVM_SET_VCPU_EVENTS ends HLT";
    // KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS, migration.
    SetEventsIgnoresMasked, "set-events-ignores-masked", BOTH, "KVM_SET_VCPU_EVENTS does not change nmi.masked";
    SetEventsIgnoresInjected, "set-events-ignores-injected", BOTH, "KVM_SET_VCPU_EVENTS does not take nmi.injected";
    SetEventsLosesSecondPending, "set-events-loses-second-pending", BOTH, "KVM_SET_VCPU_EVENTS takes nmi.pending as yes or no";
    SetEventsAddsPending, "set-events-adds-pending", BOTH, "KVM_SET_VCPU_EVENTS adds to what is pending";
    SetEventsLosesShadow, "set-events-loses-shadow", BOTH, "KVM_SET_VCPU_EVENTS clears the interrupt shadow";
    LookLosesPending, "look-loses-pending", BOTH, "KVM_GET_VCPU_EVENTS drops what is pending";
    LookClampsHeld, "look-clamps-held", BOTH, "KVM_GET_VCPU_EVENTS drops what is held beyond what could be held at that moment";
    PendingReadsBlocked, "pending-reads-blocked", BOTH, "nmi.pending reports whether NMIs are blocked";
    InjectedDoesNotBlock, "injected-does-not-block", BOTH, "an NMI set as nmi.injected does not block further NMIs";
    MigrateLosesPending, "migrate-loses-pending", BOTH, "a pending NMI is lost in migration";
    MigrateLosesBlocking, "migrate-loses-blocking", BOTH, "NMI blocking is lost in migration";
    MigrateLosesShadow, "migrate-loses-shadow", BOTH, "the interrupt shadow is lost in migration";
    // Local APIC and performance counter.
    LvtpcNotMasked, "lvtpc-not-masked", INTEL, "a counter's interrupt leaves the mask bit of LVTPC clear";
    LvtpcMasked, "lvtpc-masked", AMD, "a counter's interrupt sets the mask bit of LVTPC";
    MaskedLvtpcDelivers, "masked-lvtpc-delivers", BOTH, "a counter's NMI is delivered although LVTPC is masked";
    CounterNmiGoesToTheFirst, "counter-nmi-goes-to-the-first", BOTH, "a counter's NMI is delivered to the first processor";
    DisabledApicDropsNmi, "disabled-apic-drops-nmi", INTEL, "a software-disabled local APIC ignores NMIs";
    HardwareDisabledApicTakesNmi, "hardware-disabled-apic-takes-nmi", BOTH, "a local APIC that is disabled in its base register takes NMI messages";
    HardwareDisabledApicHasNoPin, "hardware-disabled-apic-has-no-pin", BOTH, "KVM_NMI is lost while the local APIC is disabled in its base register";
    MsiUsesVectorField, "msi-uses-vector-field", BOTH, "delivery mode NMI is taken for a fixed interrupt with the message's vector";
    NmiNeedsEoi, "nmi-needs-eoi", BOTH, "an NMI message holds interrupts of its priority back until an EOI";
    TprMasksNmi, "tpr-masks-nmi", BOTH, "a task priority of 15 holds NMI messages back";
    BroadcastIncludesSelf, "broadcast-includes-self", BOTH, "the shorthand all-excluding-self reaches the sender too";
    AllIncludingSelfTwice, "all-including-self-twice", BOTH, "the shorthand all-including-self sends two NMIs to the sender";
    // System-management mode.
    SmmDoesNotBlock, "smm-does-not-block", BOTH, "NMIs are not blocked in SMM";
    SmmNmiLost, "smm-nmi-lost", BOTH, "an NMI that arrives in SMM is lost";
    SmiInSmmLost, "smi-in-smm-lost", BOTH, "an SMI that arrives in SMM is lost";
    SmiEndsHalt, "smi-ends-halt", BOTH, "an SMI that comes in HLT ends it";
    SmmIretDoesNotUnblock, "smm-iret-does-not-unblock", BOTH, "IRET in SMM leaves NMIs blocked";
    RsmUnblocks, "rsm-unblocks", AMD, "RSM unblocks NMIs although the SMI came in an NMI handler";
    RsmKeepsBlocking, "rsm-keeps-blocking", BOTH, "NMIs stay blocked after RSM";
    SmiLosesShadow, "smi-loses-shadow", BOTH, "the interrupt shadow at an SMI is gone after RSM";
}

impl std::fmt::Display for Mutant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Mutant {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|known| known.name() == word).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::Mutant;

    #[test]
    fn names_are_unique_kebab_case_and_parse_back() {
        for &mutant in Mutant::ALL {
            assert!(
                mutant.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            );
            assert_eq!(mutant.name().parse(), Ok(mutant));
            assert!(!mutant.statement().ends_with('.'));
        }
    }
}
