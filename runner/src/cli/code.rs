//! Exit codes, of this command and of others that run the suite.

/// Nothing failed.
pub const FINE: u8 = 0;
/// A trial failed, or nothing ran.
pub const FAILED: u8 = 1;
/// Bad input: a file or a flag.
pub const BAD_INPUT: u8 = 2;
/// Trouble: KVM or I/O.
pub const TROUBLE: u8 = 3;
/// Ctrl-C, as shells count.
pub const INTERRUPTED: u8 = 130;
