//! Register bits as types.

use bitfield_struct::bitfield;

/// RFLAGS (Intel SDM vol. 1, section 3.4.3 "EFLAGS Register"; AMD APM vol. 2, section 3.1.6 "RFLAGS Register").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct RFlags {
    /// CF.
    pub carry: bool,
    /// Always 1.
    #[bits(default = true)]
    pub reads_as_one: bool,
    /// PF.
    pub parity: bool,
    #[bits(1)]
    __: u8,
    /// AF.
    pub auxiliary: bool,
    #[bits(1)]
    __: u8,
    /// ZF.
    pub zero: bool,
    /// SF.
    pub sign: bool,
    /// TF: a #DB trap after each instruction.
    pub trap: bool,
    /// IF: external interrupts are recognized. NMIs do not ask.
    pub interrupt: bool,
    /// DF.
    pub direction: bool,
    /// OF.
    pub overflow: bool,
    /// IOPL.
    #[bits(2)]
    pub io_privilege: u8,
    /// NT: IRET returns to another task, and is #GP in long mode.
    pub nested_task: bool,
    #[bits(1)]
    __: u8,
    /// RF: no instruction breakpoint on the next instruction.
    pub resume: bool,
    /// VM.
    pub virtual_8086: bool,
    /// AC.
    pub alignment_check: bool,
    /// VIF.
    pub virtual_interrupt: bool,
    /// VIP.
    pub virtual_interrupt_pending: bool,
    /// ID.
    pub identification: bool,
    #[bits(42)]
    __: u64,
}
