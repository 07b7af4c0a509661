//! System-management mode.

/// SMBASE after reset (Intel SDM vol. 3, 34.4 "SMRAM"; AMD APM vol. 2, 10.2.1 "SMRAM").
pub const SMBASE: u64 = 0x3_0000;
/// Offset from SMBASE at which execution begins (the same sections).
pub const ENTRY: u64 = 0x8000;
