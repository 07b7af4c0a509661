//! Guest debugging: a #DB that KVM reports to the host is a breakpoint of the host's, or else the guest's own.

use kvm_bindings::{KVM_GUESTDBG_INJECT_DB, kvm_guest_debug};
use x86::debug::Dr6;

use super::causes::failed;
use super::cpu::Cpu;
use crate::machine::Trouble;

/// Whether KVM_EXIT_DEBUG with this DR6 is a breakpoint of the host's.
pub(super) fn is_breakpoint(dr6: u64) -> bool {
    Dr6::from_bits(dr6).breakpoints() != 0
}

impl Cpu {
    /// KVM_SET_GUEST_DEBUG.
    pub(super) fn set_guest_debug(&mut self, debug: &kvm_guest_debug) -> Result<(), Trouble> {
        self.fd.set_guest_debug(debug).map_err(|errno| failed("KVM_SET_GUEST_DEBUG", errno))?;
        self.debug = *debug;
        Ok(())
    }

    /// Hands the guest its own #DB, which KVM reported to the host because guest debugging is on.
    pub(super) fn hand_back_debug_exception(&mut self, dr6: u64) -> Result<(), Trouble> {
        let mut registers = self.fd.get_debug_regs().map_err(|errno| failed("KVM_GET_DEBUGREGS", errno))?;
        registers.dr6 = dr6;
        self.fd.set_debug_regs(&registers).map_err(|errno| failed("KVM_SET_DEBUGREGS", errno))?;
        let mut debug = self.debug;
        debug.control |= KVM_GUESTDBG_INJECT_DB;
        self.fd.set_guest_debug(&debug).map_err(|errno| failed("KVM_SET_GUEST_DEBUG", errno))
    }
}
