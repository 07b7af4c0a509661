//! What is taken first at one instruction boundary.

use super::super::Mutant;
use super::{Nmi, Rules};
use crate::terms::Shadow;

/// What waits at a boundary.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Boundary {
    /// A single-step trap of the previous instruction.
    pub trap: bool,
    /// A system-management interrupt.
    pub smi: bool,
    /// In SMM.
    pub smm: bool,
    /// An external interrupt of sufficient priority.
    pub irq: Option<u8>,
    /// RFLAGS.IF.
    pub interrupts_enabled: bool,
    /// The shadow of the previous instruction.
    pub shadow: Shadow,
    /// The processor is halted.
    pub halted: bool,
    /// The next instruction is an IRET (asked only for the mutant that cares).
    pub at_iret: bool,
    /// The local APIC would hold the NMI back (mutants only).
    pub held_by_apic: bool,
}

/// What is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// #DB, the trap of the previous instruction.
    Trap,
    /// SMM is entered.
    Smi,
    /// An NMI whose delivery began before.
    InjectedNmi,
    /// An NMI.
    Nmi,
    /// An external interrupt.
    Irq(u8),
}

impl Rules {
    /// The first in this order: traps of the previous instruction, SMI, NMI, external interrupts; then the instruction
    /// itself. (An interrupted delivery is completed before anything new: KVM's kvm_check_and_inject_events. The manuals
    /// put an SMI above debug traps; KVM, as the hardware's own event injection does, finishes the trap first.)
    /// Intel SDM vol. 3, section 6.9 "Priority Among Simultaneous Exceptions and Interrupts", Table 6-2; AMD APM vol. 2,
    /// section 8.5 "Priorities", Table 8-9.
    pub(crate) fn next(self, nmi: &Nmi, at: &Boundary) -> Option<Taken> {
        let nmi_ready = self.nmi_ready(nmi, at);
        if nmi.injected {
            return Some(Taken::InjectedNmi);
        }
        if at.trap {
            let nmi_first = self.is(Mutant::NmiBeforeDbTrap) && nmi_ready;
            return Some(if nmi_first { Taken::Nmi } else { Taken::Trap });
        }
        if at.smi && !at.smm && !(self.is(Mutant::NmiBeforeSmi) && nmi_ready) {
            return Some(Taken::Smi);
        }
        let irq = at.irq.filter(|_| at.interrupts_enabled && !self.shadow_blocks_irq(at.shadow));
        let irq = irq.filter(|_| !(self.is(Mutant::IrqBlockedWithNmi) && nmi.pending > 0));
        if self.is(Mutant::IrqBeforeNmi) && irq.is_some() {
            return irq.map(Taken::Irq);
        }
        if nmi_ready { Some(Taken::Nmi) } else { irq.map(Taken::Irq) }
    }

    /// Whether an NMI is taken at this boundary: one is held, NMIs are not blocked and there is no shadow. RFLAGS.IF
    /// does not matter.
    /// Intel SDM vol. 3, section 6.7 "Nonmaskable Interrupt (NMI)" and section 6.8.1 "Masking Maskable Hardware
    /// Interrupts"; AMD APM vol. 2, section 8.1.4 "Masking External Interrupts" and section 15.21.10 "NMI Virtualization".
    pub(crate) fn nmi_ready(self, nmi: &Nmi, at: &Boundary) -> bool {
        let blocked = match self.mutant {
            Some(Mutant::NmiBeforeIretCompletes) => nmi.blocked && !at.at_iret,
            Some(Mutant::SmmDoesNotBlock) => nmi.blocked && !at.smm,
            _ => nmi.blocked,
        };
        let held_back = match self.mutant {
            Some(Mutant::IfMasksNmi) => !at.interrupts_enabled,
            Some(Mutant::HltWokenOnlyWithIf) => at.halted && !at.interrupts_enabled,
            Some(Mutant::HltNotWoken) => at.halted,
            _ => at.held_by_apic,
        };
        nmi.pending > 0 && !blocked && !held_back && !nmi.memory.stuck && !self.shadow_blocks_nmi(nmi, at.shadow)
    }

    /// Whether the NMI that is taken drops the trap that waits with it: never. (A mutant's hook.)
    /// Intel SDM vol. 3, Table 6-2; AMD APM vol. 2, Table 8-9.
    pub(crate) fn trap_is_lost(self, nmi: &Nmi, at: &Boundary) -> bool {
        self.is(Mutant::DbTrapLost) && at.trap && self.nmi_ready(nmi, at)
    }

    /// Whether the boundary needs to know if the next instruction is an IRET.
    pub(crate) fn looks_ahead(self) -> bool {
        self.is(Mutant::NmiBeforeIretCompletes)
    }
}
