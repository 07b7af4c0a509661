//! From when to when NMIs are blocked.

use super::super::Mutant;
use super::state::DEPTH;
use super::{Nmi, Rules};
use crate::terms::Vendor;

/// An instruction that completed, as far as the rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retired {
    Sti,
    Popf,
    Ret,
    FarJmp,
    Sysret,
    Other,
}

impl Rules {
    /// An NMI's delivery begins: from here on NMIs are blocked, whatever becomes of the delivery.
    /// Intel SDM vol. 3, section 6.7.1 "Handling Multiple NMIs" and section 27.1 "Architectural State Before a VM Exit";
    /// AMD APM vol. 2, section 8.1.4 "Masking External Interrupts" and section 15.21.10 "NMI Virtualization" (the mask
    /// is set before the IDT is accessed).
    pub(crate) fn delivery_begins(self, nmi: &mut Nmi, injected: bool) {
        nmi.blocked = match self.mutant {
            Some(Mutant::NmiNotBlockedInHandler) => nmi.blocked,
            Some(Mutant::InjectedDoesNotBlock) if injected => nmi.blocked,
            _ => true,
        };
    }

    /// An NMI's delivery ends in a fault, which is delivered instead; the NMI itself is spent and NMIs stay blocked.
    /// Intel SDM vol. 3, section 6.15 "Exception and Interrupt Reference", Tables 6-4 and 6-5 (an interrupt is benign); AMD APM
    /// vol. 2, section 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)" and section 15.21.10 "NMI Virtualization".
    pub(crate) fn delivery_faults(self, nmi: &mut Nmi) {
        match self.mutant {
            Some(Mutant::FaultInDeliveryDoesNotBlock) => nmi.blocked = false,
            Some(Mutant::FaultInDeliveryRedelivers) => nmi.pending = nmi.pending.saturating_add(1),
            Some(Mutant::NmiAfterFaultInDeliveryLost) => nmi.pending = 0,
            _ => {}
        }
    }

    /// A handler was entered through the IDT; INT 2 enters the NMI handler without blocking NMIs.
    /// Intel SDM vol. 3, section 6.3.3 "Software-Generated Interrupts" (INT 2); AMD APM vol. 2, section 8.1.4
    /// "Masking External Interrupts" (the occurrence of an NMI masks) and section 8.2, Table 8-2 (a software interrupt has any vector).
    pub(crate) fn handler_entered(self, nmi: &mut Nmi, vector: u8, software: bool) {
        if nmi.memory.entered.len() == DEPTH {
            nmi.memory.entered.remove(0);
        }
        nmi.memory.entered.push(vector);
        if software && vector == guests::vector::NMI && self.is(Mutant::Int2Blocks) {
            nmi.blocked = true;
        }
        if vector >= guests::vector::EXCEPTIONS && !software && self.is(Mutant::IrqInHandlerUnblocks) {
            nmi.blocked = false;
        }
    }

    /// An IRET begins. On Intel this is where NMIs are unblocked, so that an IRET which faults unblocks them too; on AMD
    /// only an IRET that completes does.
    /// Intel SDM vol. 2, "IRET/IRETD - Interrupt Return" and vol. 3, section 6.7.1 "Handling Multiple NMIs"; AMD APM
    /// vol. 2, section 8.1.4 "Masking External Interrupts".
    pub(crate) fn iret_begins(self, nmi: &mut Nmi, in_smm: bool) {
        let faulting_unblocks = match self.vendor {
            Vendor::Amd => self.is(Mutant::FaultingIretUnblocks),
            Vendor::Intel => !self.is(Mutant::FaultingIretKeepsBlocking),
        };
        // Mutants that leave blocking alone for some IRETs decide when the IRET completes.
        let decides_later = matches!(
            self.mutant,
            Some(
                Mutant::ExceptionIretDoesNotUnblock
                    | Mutant::IretToUserDoesNotUnblock
                    | Mutant::UnblockOneInstructionLate
                    | Mutant::SmmIretDoesNotUnblock
                    | Mutant::StuckUntilExit
                    | Mutant::LookReleasesPending
            )
        );
        if faulting_unblocks && !decides_later {
            self.unblock(nmi, in_smm);
        }
    }

    /// An IRET completes: *any* IRET unblocks NMIs, whichever handler it ends and whatever it returns to.
    /// Intel SDM vol. 3, section 6.7.1 "Handling Multiple NMIs"; AMD APM vol. 2, section 8.1.4.
    pub(crate) fn iret_completes(self, nmi: &mut Nmi, to_cpl: u8, in_smm: bool) {
        let handler = nmi.memory.entered.pop();
        let keeps = match self.mutant {
            Some(Mutant::ExceptionIretDoesNotUnblock) => handler.is_some_and(|vector| vector != guests::vector::NMI),
            Some(Mutant::IretToUserDoesNotUnblock) => to_cpl == 3,
            _ => false,
        };
        if self.is(Mutant::UnblockOneInstructionLate) && nmi.blocked {
            nmi.memory.unblock_in = 2;
        } else if !keeps {
            self.unblock(nmi, in_smm);
        }
    }

    /// NMIs are unblocked: one that is held is taken at the next boundary.
    fn unblock(self, nmi: &mut Nmi, in_smm: bool) {
        if in_smm && self.is(Mutant::SmmIretDoesNotUnblock) {
            return;
        }
        if matches!(self.mutant, Some(Mutant::StuckUntilExit | Mutant::LookReleasesPending)) {
            nmi.memory.stuck |= nmi.blocked && (nmi.pending > 0 || nmi.queued > 0);
        }
        nmi.blocked = false;
    }

    /// Any other instruction completes: none of them changes blocking.
    /// Intel SDM vol. 3, section 6.7.1 "Handling Multiple NMIs"; AMD APM vol. 2, section 8.1.4 (both name IRET alone).
    pub(crate) fn instruction_retires(self, nmi: &mut Nmi, retired: Retired) {
        let unblocks = matches!(
            (self.mutant, retired),
            (Some(Mutant::RetUnblocks), Retired::Ret)
                | (Some(Mutant::PopfUnblocks), Retired::Popf)
                | (Some(Mutant::StiUnblocks), Retired::Sti)
                | (Some(Mutant::FarJmpUnblocks), Retired::FarJmp)
                | (Some(Mutant::SysretUnblocks), Retired::Sysret)
        );
        if unblocks {
            nmi.blocked = false;
        }
        if nmi.memory.unblock_in > 0 {
            nmi.memory.unblock_in -= 1;
            if nmi.memory.unblock_in == 0 {
                nmi.blocked = false;
            }
        }
    }

    /// The guest exits to its host: nothing changes.
    /// Intel SDM vol. 3, section 6.7.1 "Handling Multiple NMIs" and section 27.3.4 "Saving Non-Register State"; AMD APM
    /// vol. 2, section 8.1.4 "Masking External Interrupts" and section 15.21.10 "NMI Virtualization".
    pub(crate) fn exits(self, nmi: &mut Nmi, interrupts_enabled: bool) {
        match self.mutant {
            Some(Mutant::ExitUnblocks) => nmi.blocked = false,
            Some(Mutant::OpenInterruptWindowUnblocks) if interrupts_enabled => nmi.blocked = false,
            Some(Mutant::StuckUntilExit) => nmi.memory.stuck = false,
            _ => {}
        }
    }
}
