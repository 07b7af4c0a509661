//! RFLAGS.

use bitfield_struct::bitfield;

/// RFLAGS (Intel SDM vol. 1, 3.4.3 "EFLAGS Register"; AMD APM vol. 2, 3.1.6 "RFLAGS Register").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct RFlags {
    /// CF: carry.
    pub carry: bool,
    /// Always 1.
    #[bits(default = true)]
    pub reads_as_one: bool,
    /// PF: parity of the low byte.
    pub parity: bool,
    #[bits(1)]
    __: u8,
    /// AF: carry out of bit 3.
    pub auxiliary: bool,
    #[bits(1)]
    __: u8,
    /// ZF: zero.
    pub zero: bool,
    /// SF: sign.
    pub sign: bool,
    /// TF: a #DB trap after each instruction.
    pub trap: bool,
    /// IF: maskable external interrupts are recognized; NMIs are not affected.
    pub interrupt: bool,
    /// DF: string instructions go downwards.
    pub direction: bool,
    /// OF: signed overflow.
    pub overflow: bool,
    /// IOPL: the least privilege that may use I/O, CLI and STI.
    #[bits(2)]
    pub io_privilege: u8,
    /// NT: IRET returns to another task, and is #GP in long mode.
    pub nested_task: bool,
    #[bits(1)]
    __: u8,
    /// RF: no instruction breakpoint on the next instruction.
    pub resume: bool,
    /// VM: virtual-8086 mode.
    pub virtual_8086: bool,
    /// AC: misaligned accesses at CPL 3 are #AC if CR0.AM is set.
    pub alignment_check: bool,
    /// VIF: virtual interrupt flag.
    pub virtual_interrupt: bool,
    /// VIP: a virtual interrupt is pending.
    pub virtual_interrupt_pending: bool,
    /// ID: CPUID can be executed if software can change this bit.
    pub identification: bool,
    #[bits(42)]
    __: u64,
}

const NONE: RFlags = RFlags::new().with_reads_as_one(false);

/// RFLAGS as after reset: only what always reads as one.
pub const FIXED: u64 = RFlags::new().into_bits();
/// CF.
pub const CF: u64 = NONE.with_carry(true).into_bits();
/// PF.
pub const PF: u64 = NONE.with_parity(true).into_bits();
/// AF.
pub const AF: u64 = NONE.with_auxiliary(true).into_bits();
/// ZF.
pub const ZF: u64 = NONE.with_zero(true).into_bits();
/// SF.
pub const SF: u64 = NONE.with_sign(true).into_bits();
/// TF.
pub const TF: u64 = NONE.with_trap(true).into_bits();
/// IF.
pub const IF: u64 = NONE.with_interrupt(true).into_bits();
/// DF.
pub const DF: u64 = NONE.with_direction(true).into_bits();
/// OF.
pub const OF: u64 = NONE.with_overflow(true).into_bits();
/// IOPL, both bits.
pub const IOPL: u64 = NONE.with_io_privilege(3).into_bits();
/// NT.
pub const NT: u64 = NONE.with_nested_task(true).into_bits();
/// RF.
pub const RF: u64 = NONE.with_resume(true).into_bits();
/// VM.
pub const VM: u64 = NONE.with_virtual_8086(true).into_bits();
/// AC.
pub const AC: u64 = NONE.with_alignment_check(true).into_bits();
/// ID.
pub const ID: u64 = NONE.with_identification(true).into_bits();
/// The bit of the operands and the result that shows a carry or borrow out of bit 3, which AF tells (Intel SDM vol. 1, 3.4.3.1 "Status
/// Flags"; AMD APM vol. 1, 3.1.4 "Flags Register").
pub const AF_CARRY: u64 = 1 << 4;
/// The flags that SYSRET loads from R11 (Intel SDM vol. 2, "SYSRET-Return From Fast System Call"; AMD APM vol. 3, "SYSRET").
pub const LOADED_BY_SYSRET: u64 = ARITHMETIC
    | TF
    | IF
    | DF
    | IOPL
    | NT
    | AC
    | ID
    | NONE.with_virtual_interrupt(true).with_virtual_interrupt_pending(true).into_bits();
/// The six flags that arithmetic sets.
pub const ARITHMETIC: u64 = CF | PF | AF | ZF | SF | OF;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_stand_where_figure_3_8_puts_them() {
        let bits = [CF, FIXED, PF, AF, ZF, SF, TF, IF, DF, OF, NT, RF, VM, AC, ID];
        let numbers = [0, 1, 2, 4, 6, 7, 8, 9, 10, 11, 14, 16, 17, 18, 21];
        for (bit, number) in bits.into_iter().zip(numbers) {
            assert_eq!(bit, 1 << number, "bit {number}");
        }
        assert_eq!((IOPL, AF_CARRY), (0x3000, 0x10));
        assert_eq!(NONE.with_virtual_interrupt(true).into_bits(), 0x8_0000);
        assert_eq!(NONE.with_virtual_interrupt_pending(true).into_bits(), 0x10_0000);
        assert_eq!(ARITHMETIC, 0x8d5);
        // Intel's text: RFLAGS := (R11 & 3C7FD7H) | 2.
        assert_eq!(LOADED_BY_SYSRET | FIXED, 0x3c_7fd7);
    }
}
