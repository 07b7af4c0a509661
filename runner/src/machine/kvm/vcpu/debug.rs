//! Guest debugging: a #DB that KVM reports to the host is a breakpoint of the host, or else the guest's own exception.

use kvm_bindings::{KVM_GUESTDBG_ENABLE, KVM_GUESTDBG_USE_HW_BP, kvm_guest_debug};
use x86::debug::{BREAKPOINTS, Dr6, Dr7};

/// Whether KVM_EXIT_DEBUG with this DR6 is a breakpoint of the host.
pub(crate) fn is_breakpoint(dr6: u64) -> bool {
    Dr6::from_bits(dr6).breakpoints() != 0
}

/// What KVM_SET_GUEST_DEBUG takes for breakpoints at these addresses, at most four.
pub(crate) fn breakpoint_control(addresses: &[u64]) -> kvm_guest_debug {
    let mut debug = kvm_guest_debug::default();
    if addresses.is_empty() {
        return debug;
    }
    debug.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
    let (registers, rest) = debug.arch.debugreg.split_at_mut(BREAKPOINTS.into());
    let mut control = Dr7::new();
    for (number, (register, &address)) in (0..).zip(registers.iter_mut().zip(addresses)) {
        *register = address;
        control = control.with_instruction_breakpoint(number);
    }
    if let Some(last) = rest.last_mut() {
        *last = control.into_bits();
    }
    debug
}
