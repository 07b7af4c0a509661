//! The interrupt shadows of STI and of loads of SS.

use super::super::Mutant;
use super::{Nmi, Rules};
use crate::terms::{Shadow, Vendor};

impl Rules {
    /// Whether a shadow holds an NMI back. A load of SS by MOV or POP does on both. STI "may", and KVM makes it do so on
    /// both. AMD's manual is of two minds about SS for physical NMIs; for virtual ones either shadow holds them back.
    /// Intel SDM vol. 3, section 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks" and vol. 2, "STI - Set
    /// Interrupt Flag"; AMD APM vol. 2, sections 8.1.4 "Masking External Interrupts", 15.13.2 and 15.21.10.
    pub(super) fn shadow_blocks_nmi(self, nmi: &Nmi, shadow: Shadow) -> bool {
        match shadow {
            Shadow::None => nmi.memory.shadow_more > 0,
            Shadow::MovSs | Shadow::Either => !self.is(Mutant::MovSsShadowIgnored),
            Shadow::Sti => true,
        }
    }

    /// Whether a shadow holds an external interrupt back: always.
    /// Intel SDM vol. 3, section 6.8.3; AMD APM vol. 2, section 15.21.5 "Interrupt Shadows".
    pub(super) fn shadow_blocks_irq(self, shadow: Shadow) -> bool {
        shadow != Shadow::None
    }

    /// The shadow after STI: one instruction, if STI changed IF from 0 to 1. Behind another instruction that holds events
    /// back the manuals leave it open, and here it has none.
    /// Intel SDM vol. 3, section 24.4.2 "Guest Non-Register State", Table 24-3, and vol. 2, "STI-Set Interrupt Flag"; AMD APM
    /// vol. 2, section 15.21.5 "Interrupt Shadows".
    pub(crate) fn after_sti(self, was_enabled: bool, shadow_before: Shadow) -> Shadow {
        if was_enabled || shadow_before != Shadow::None { Shadow::None } else { Shadow::Sti }
    }

    /// The shadow after MOV SS or POP SS (not LSS): one instruction; of a run of instructions that hold events back only
    /// the first is sure to have one on Intel, and here it alone has. AMD's manual makes no difference, and allows it.
    /// Intel SDM vol. 2, "MOV-Move" and "POP-Pop a Value from the Stack"; AMD APM vol. 2, section 8.1.4 "Masking External
    /// Interrupts".
    pub(crate) fn after_ss_load(self, shadow_before: Shadow) -> Shadow {
        if shadow_before == Shadow::None { Shadow::MovSs } else { Shadow::None }
    }

    /// Whether a load of SS hides an instruction breakpoint on the instruction after it. AMD's processors have one bit for
    /// both shadows; when only that is known, nothing is hidden.
    /// Intel SDM vol. 3, section 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks"; AMD APM vol. 2, section
    /// 8.1.4 "Masking External Interrupts" (debug exceptions).
    pub(crate) fn shadow_hides_breakpoints(self, shadow: Shadow) -> bool {
        matches!(shadow, Shadow::MovSs)
    }

    /// Whether a shadow also holds back the single-step trap of the instruction that casts it: a load of SS does. STI's holds none back
    /// (AMD's section 15.21.5: certain debug traps, and does not say which). The trap then is one with the next instruction's.
    /// Intel SDM vol. 3, section 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks" (in revision 059 inhibited
    /// until the next instruction has completed, suppressed in later ones); AMD APM vol. 2, section 8.1.4.
    pub(crate) fn shadow_drops_trap(self, shadow: Shadow) -> bool {
        matches!(shadow, Shadow::MovSs)
    }

    /// Whether a data breakpoint that a load of SS hit is kept until the next instruction has completed: it is.
    /// Intel SDM vol. 3, section 6.8.3; AMD APM vol. 2, section 8.1.4.
    pub(crate) fn shadow_keeps_breakpoints(self) -> bool {
        !self.is(Mutant::SsBreakpointLost)
    }

    /// A shadow ends: no instruction leaves a trace of an earlier one's shadow. (A mutant's hook.)
    pub(crate) fn shadow_ends(self, nmi: &mut Nmi, before: Shadow, after: Shadow, by_interrupt: bool) {
        nmi.memory.shadow_more = nmi.memory.shadow_more.saturating_sub(1);
        let longer = match before {
            Shadow::Sti => self.is(Mutant::StiShadowTwoInstructions),
            Shadow::MovSs if self.is(Mutant::MovSsShadowTwoInstructions) => true,
            // A shadow that the host set is of either kind on AMD's processors.
            Shadow::MovSs | Shadow::Either => by_interrupt && self.is(Mutant::MovSsShadowOutlivesInt),
            Shadow::None => false,
        };
        if longer && after == Shadow::None {
            nmi.memory.shadow_more = 1;
        }
    }

    /// An NMI meets a shadow, or blocking: it waits. (A mutant's hook.)
    pub(crate) fn nmi_waits(self, nmi: &mut Nmi, shadow: Shadow) {
        if nmi.pending > 0 && shadow != Shadow::None {
            let again = nmi.memory.waited_before && !nmi.memory.waited;
            (nmi.memory.waited, nmi.memory.waited_before) = (true, true);
            if self.is(Mutant::ShadowDropsNmi) || self.is(Mutant::ShadowWaitIsOnce) && again {
                nmi.pending = 0;
            }
        }
    }

    /// How KVM_GET_VCPU_EVENTS tells a shadow: AMD's processors have one bit for both.
    /// AMD APM vol. 2, section 15.21.5 "Interrupt Shadows"; Intel SDM vol. 3, Table 24-3 "Format of Interruptibility State".
    pub(super) fn shadow_seen(self, shadow: Shadow) -> Shadow {
        match (self.vendor, shadow) {
            (Vendor::Amd, Shadow::Sti | Shadow::MovSs) => Shadow::Either,
            _ => shadow,
        }
    }
}
