//! What VM exits, failed VM entries and failed instructions report, and what a VM exit loads.

/// Basic exit reasons (Intel SDM vol. 3, appendix C "VMX Basic Exit Reasons", table C-1).
pub mod reason {
    /// Exception or non-maskable interrupt.
    pub const EXCEPTION_OR_NMI: u16 = 0;
    /// External interrupt.
    pub const EXTERNAL_INTERRUPT: u16 = 1;
    /// Triple fault.
    pub const TRIPLE_FAULT: u16 = 2;
    /// Interrupt window.
    pub const INTERRUPT_WINDOW: u16 = 7;
    /// NMI window.
    pub const NMI_WINDOW: u16 = 8;
    /// CPUID.
    pub const CPUID: u16 = 10;
    /// HLT.
    pub const HLT: u16 = 12;
    /// VMCALL.
    pub const VMCALL: u16 = 18;
    /// I/O instruction.
    pub const IO: u16 = 30;
    /// RDMSR.
    pub const RDMSR: u16 = 31;
    /// WRMSR.
    pub const WRMSR: u16 = 32;
    /// VM-entry failure due to invalid guest state.
    pub const INVALID_GUEST_STATE: u16 = 33;
    /// EPT violation.
    pub const EPT_VIOLATION: u16 = 48;

    /// Bits 15:0 of the exit reason: the basic one (24.9.1 "Basic VM-Exit Information").
    pub const BASIC: u32 = 0xffff;
    /// Bit 31 of the exit reason: VM entry failed (24.9.1 "Basic VM-Exit Information").
    pub const ENTRY_FAILURE: u32 = 1 << 31;
}

/// Exit qualification of a VM entry that fails for its guest's state (Intel SDM vol. 3, 26.7 "VM-Entry Failures During or After
/// Loading Guest State").
pub mod failure {
    /// Any check that has no number of its own.
    pub const OTHER: u64 = 0;
    /// An NMI is injected while blocking by STI is indicated.
    pub const NMI_INJECTION: u64 = 3;
}

/// VM-instruction error numbers (Intel SDM vol. 3, 30.4 "VM Instruction Error Numbers", table 30-1).
pub mod error {
    /// VMLAUNCH with non-clear VMCS.
    pub const NOT_CLEAR: u32 = 4;
    /// VMRESUME with non-launched VMCS.
    pub const NOT_LAUNCHED: u32 = 5;
    /// VM entry with invalid control field(s).
    pub const INVALID_CONTROL: u32 = 7;
    /// VM entry with invalid host-state field(s).
    pub const INVALID_HOST: u32 = 8;
    /// VMWRITE to read-only VMCS component.
    pub const READ_ONLY_FIELD: u32 = 13;
    /// VM entry with events blocked by MOV SS.
    pub const BLOCKED_BY_MOV_SS: u32 = 26;
    /// The greatest number of the table, whose first is 1: invalid operand to INVEPT or INVVPID.
    pub const LAST: u32 = 28;
}

/// What an exit loads into the limits of GDTR and IDTR (Intel SDM vol. 3, 27.5.2 "Loading Host Segment and Descriptor-Table
/// Registers").
pub const TABLE_LIMIT_AFTER_EXIT: u16 = 0xffff;
/// What an exit loads into TR's limit (the same section).
pub const TASK_LIMIT_AFTER_EXIT: u32 = 0x67;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_manuals_lists() {
        for (own, manuals) in [
            (reason::EXCEPTION_OR_NMI, 0x00),
            (reason::EXTERNAL_INTERRUPT, 0x01),
            (reason::TRIPLE_FAULT, 0x02),
            (reason::INTERRUPT_WINDOW, 0x07),
            (reason::NMI_WINDOW, 0x08),
            (reason::CPUID, 0x0a),
            (reason::HLT, 0x0c),
            (reason::VMCALL, 0x12),
            (reason::IO, 0x1e),
            (reason::RDMSR, 0x1f),
            (reason::WRMSR, 0x20),
            (reason::INVALID_GUEST_STATE, 0x21),
            (reason::EPT_VIOLATION, 0x30),
        ] {
            assert_eq!(own, manuals);
        }
        assert_eq!([failure::OTHER, failure::NMI_INJECTION], [0x0, 0x3]);
        for (own, manuals) in [
            (error::NOT_CLEAR, 0x04),
            (error::NOT_LAUNCHED, 0x05),
            (error::INVALID_CONTROL, 0x07),
            (error::INVALID_HOST, 0x08),
            (error::READ_ONLY_FIELD, 0x0d),
            (error::BLOCKED_BY_MOV_SS, 0x1a),
            (error::LAST, 0x1c),
        ] {
            assert_eq!(own, manuals);
        }
        assert_eq!((TABLE_LIMIT_AFTER_EXIT, TASK_LIMIT_AFTER_EXIT), (0xffff, 0x67));
    }

    #[test]
    fn an_exit_reason_has_16_bits_and_table_30_1_ends_with_28() {
        assert_eq!((0x8000_0021 & reason::BASIC, reason::ENTRY_FAILURE, error::LAST), (33, 0x8000_0000, 28));
    }
}
