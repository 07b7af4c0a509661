//! Mistakes with what blocks NMIs and what unblocks them.

use std::cell::{Cell, RefCell};

use spec::boundary::{Ended, nmi_is_taken};
use spec::context::{Boundary, Iret};
use spec::{Nmi, Vendor};

super::mutants! {
    NmiNotBlockedInHandler, "nmi-not-blocked-in-handler" breaks ["block.from-delivery"] on BOTH:
        "delivery of an NMI does not block further NMIs" {
        fn delivery_blocks(&self, _: bool) -> bool {
            false
        }
    }

    InjectedDoesNotBlock, "injected-does-not-block" breaks ["events.injected-is-delivered"] on BOTH:
        "an NMI set as nmi.injected does not block further NMIs" {
        fn delivery_blocks(&self, injected: bool) -> bool {
            !injected
        }
    }

    FaultingIretUnblocks, "faulting-iret-unblocks" breaks ["unblock.faulting-iret-amd"] on AMD:
        "an IRET that faults unblocks NMIs" {
        fn faulting_iret_unblocks(&self, _: Vendor) -> bool {
            true
        }
    }

    FaultingIretKeepsBlocking, "faulting-iret-keeps-blocking" breaks ["unblock.faulting-iret-intel"] on INTEL:
        "an IRET that faults leaves NMIs blocked" {
        fn faulting_iret_unblocks(&self, _: Vendor) -> bool {
            false
        }
    }

    ExceptionIretDoesNotUnblock(handlers: RefCell<Vec<u8>>), "exception-iret-does-not-unblock"
        breaks ["unblock.nested-handler-iret", "exception.handler-iret-unblocks"] on BOTH:
        "only the NMI handler's own IRET unblocks NMIs" {
        fn handler_entry_unblocks(&self, vector: u8, _: bool) -> bool {
            self.handlers.borrow_mut().push(vector);
            false
        }

        fn iret_unblocks(&self, _: &Iret) -> bool {
            self.handlers.borrow_mut().pop().is_none_or(|vector| vector == x86::vector::NMI)
        }
    }

    IretToUserDoesNotUnblock, "iret-to-user-does-not-unblock" breaks ["unblock.iret-to-user"] on BOTH:
        "an IRET to CPL 3 leaves NMIs blocked" {
        fn iret_unblocks(&self, iret: &Iret) -> bool {
            iret.to_cpl != 3
        }
    }

    UnblockOneInstructionLate(late: Cell<bool>), "unblock-one-instruction-late" breaks ["unblock.at-the-boundary"] on BOTH:
        "NMIs are unblocked one instruction after the IRET" {
        fn iret_unblocks(&self, iret: &Iret) -> bool {
            self.late.set(iret.blocked);
            !iret.blocked
        }

        fn instruction_unblocks(&self, _: Ended) -> bool {
            self.late.take()
        }
    }

    NmiBeforeIretCompletes, "nmi-before-iret-completes" breaks ["unblock.at-the-boundary", "unblock.no-stack-growth"] on BOTH:
        "a held NMI is delivered on the IRET instead of after it" {
        fn iret_completes_first(&self) -> bool {
            false
        }
    }

    RetUnblocks, "ret-unblocks" breaks ["block.not-by-branches"] on BOTH: "RET, near or far, unblocks NMIs" {
        fn instruction_unblocks(&self, instruction: Ended) -> bool {
            instruction == Ended::Ret
        }
    }

    PopfUnblocks, "popf-unblocks" breaks ["block.not-by-flags"] on BOTH: "POPF unblocks NMIs" {
        fn instruction_unblocks(&self, instruction: Ended) -> bool {
            instruction == Ended::Popf
        }
    }

    StiUnblocks, "sti-unblocks" breaks ["block.not-by-flags"] on BOTH: "STI unblocks NMIs" {
        fn instruction_unblocks(&self, instruction: Ended) -> bool {
            instruction == Ended::Sti
        }
    }

    FarJmpUnblocks, "far-jmp-unblocks" breaks ["block.not-by-branches"] on BOTH: "a far JMP unblocks NMIs" {
        fn instruction_unblocks(&self, instruction: Ended) -> bool {
            instruction == Ended::FarJmp
        }
    }

    SysretUnblocks, "sysret-unblocks" breaks ["block.not-by-branches"] on BOTH: "SYSRET unblocks NMIs" {
        fn instruction_unblocks(&self, instruction: Ended) -> bool {
            instruction == Ended::Sysret
        }
    }

    OpenInterruptWindowUnblocks, "open-interrupt-window-unblocks" breaks ["block.not-by-exits"] on BOTH:
        "blocking ends at an exit with interrupts enabled" {
        fn exit_unblocks(&self, interrupts_enabled: bool) -> bool {
            interrupts_enabled
        }
    }

    ExitUnblocks, "exit-unblocks" breaks ["block.not-by-exits"] on BOTH:
        "blocking is lost whenever the guest exits to its host" {
        fn exit_unblocks(&self, _: bool) -> bool {
            true
        }
    }

    StuckUntilExit(stuck: Cell<bool>), "stuck-until-exit" breaks ["unblock.at-the-boundary"] on BOTH:
        "an NMI held until IRET is delivered only after the next exit" {
        fn iret_unblocks(&self, iret: &Iret) -> bool {
            self.stuck.set(self.stuck.get() || iret.blocked && iret.nmi_waits);
            true
        }

        fn nmi_is_taken(&self, nmi: &Nmi, _: &Boundary, shadow_blocks: bool) -> bool {
            !self.stuck.get() && nmi_is_taken(nmi, shadow_blocks)
        }

        fn exit_unblocks(&self, _: bool) -> bool {
            self.stuck.set(false);
            false
        }
    }

    LookReleasesPending(stuck: Cell<bool>), "look-releases-pending" breaks ["unblock.at-the-boundary"] on BOTH:
        "an NMI held until IRET is delivered only after the host has looked" {
        fn iret_unblocks(&self, iret: &Iret) -> bool {
            self.stuck.set(self.stuck.get() || iret.blocked && iret.nmi_waits);
            true
        }

        fn nmi_is_taken(&self, nmi: &Nmi, _: &Boundary, shadow_blocks: bool) -> bool {
            !self.stuck.get() && nmi_is_taken(nmi, shadow_blocks)
        }

        fn held_after_look(&self, nmi: &Nmi, _: bool) -> u32 {
            self.stuck.set(false);
            nmi.pending
        }
    }

    Int2Blocks, "int2-blocks" breaks ["block.not-by-int-2"] on BOTH: "INT 2 blocks NMIs" {
        fn int_2_blocks(&self) -> bool {
            true
        }
    }

    IrqInHandlerUnblocks, "irq-in-handler-unblocks" breaks ["interrupt.flag-does-not-unblock"] on BOTH:
        "delivery of an external interrupt unblocks NMIs" {
        fn handler_entry_unblocks(&self, vector: u8, software: bool) -> bool {
            vector >= x86::vector::ARCHITECTURAL && !software
        }
    }
}
