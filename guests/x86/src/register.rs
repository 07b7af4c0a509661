//! Numbers of registers, as instructions encode them (Intel SDM vol. 2, table 3-1 "Register Codes Associated With +rb, +rw,
//! +rd, +ro" and table B-8 "Encoding of the Segment Register (sreg) Field"; AMD APM vol. 3, 1.4.1 "ModRM Byte Format").

/// RAX.
pub const RAX: usize = 0;
/// RCX.
pub const RCX: usize = 1;
/// RDX.
pub const RDX: usize = 2;
/// RBX.
pub const RBX: usize = 3;
/// RSP.
pub const RSP: usize = 4;
/// R11.
pub const R11: usize = 11;

/// Extra segment.
pub const ES: usize = 0;
/// Code segment.
pub const CS: usize = 1;
/// Stack segment.
pub const SS: usize = 2;
/// Data segment.
pub const DS: usize = 3;
/// FS.
pub const FS: usize = 4;
/// GS.
pub const GS: usize = 5;
