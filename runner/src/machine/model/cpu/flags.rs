//! RFLAGS bits (Intel SDM vol. 1, "EFLAGS Register"; AMD APM vol. 2, section 3.1.6 "RFLAGS Register") and control bits.

/// Carry.
pub(crate) const CF: u64 = 1 << 0;
/// Parity of the low byte.
pub(crate) const PF: u64 = 1 << 2;
/// Carry out of bit 3.
pub(crate) const AF: u64 = 1 << 4;
/// Zero.
pub(crate) const ZF: u64 = 1 << 6;
/// Sign.
pub(crate) const SF: u64 = 1 << 7;
/// Trap: #DB after each instruction.
pub(crate) const TF: u64 = 1 << 8;
/// Maskable interrupts enabled.
pub(crate) const IF: u64 = 1 << 9;
/// String direction.
pub(crate) const DF: u64 = 1 << 10;
/// Signed overflow.
pub(crate) const OF: u64 = 1 << 11;
/// I/O privilege level, two bits.
pub(crate) const IOPL: u64 = 3 << 12;
/// Nested task.
pub(crate) const NT: u64 = 1 << 14;
/// Resume: instruction breakpoints are off for one instruction.
pub(crate) const RF: u64 = 1 << 16;
/// Virtual-8086 mode.
pub(crate) const VM: u64 = 1 << 17;
/// Alignment check.
pub(crate) const AC: u64 = 1 << 18;
/// CPUID can be executed.
pub(crate) const ID: u64 = 1 << 21;
/// Reads as one.
pub(crate) const FIXED: u64 = 1 << 1;
/// The six flags arithmetic sets.
pub(crate) const ARITHMETIC: u64 = CF | PF | AF | ZF | SF | OF;
/// Every flag that POPF or IRET at CPL 0 can change, RF aside.
pub(crate) const LOADABLE: u64 = ARITHMETIC | TF | IF | DF | IOPL | NT | AC | ID;

/// CR0.PE: protected mode.
pub(crate) const CR0_PE: u64 = 1 << 0;
/// CR0.WP: read-only pages bind the supervisor.
pub(crate) const CR0_WP: u64 = 1 << 16;
/// CR0.PG: paging.
pub(crate) const CR0_PG: u64 = 1 << 31;
/// CR4.PSE: 4 MiB pages.
pub(crate) const CR4_PSE: u64 = 1 << 4;
/// CR4.PAE.
pub(crate) const CR4_PAE: u64 = 1 << 5;
/// EFER.SCE: SYSCALL and SYSRET.
pub(crate) const EFER_SCE: u64 = 1 << 0;
/// EFER.LME: long mode enabled.
pub(crate) const EFER_LME: u64 = 1 << 8;
/// EFER.LMA: long mode active.
pub(crate) const EFER_LMA: u64 = 1 << 10;
/// EFER.NXE: no-execute pages.
pub(crate) const EFER_NXE: u64 = 1 << 11;
/// DR6.BS: single step.
pub(crate) const DR6_BS: u64 = 1 << 14;
