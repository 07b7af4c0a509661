//! Flags as the model's instructions use them.

use x86::flags::{AC, ARITHMETIC, DF, ID, IF, IOPL, NT, TF};

/// Every flag that POPF or IRET at CPL 0 can change, RF aside.
/// Intel SDM vol. 2, "POPF/POPFD/POPFQ-Pop Stack into EFLAGS Register"; AMD APM vol. 3, "POPF".
pub(crate) const LOADABLE: u64 = ARITHMETIC | TF | IF | DF | IOPL | NT | AC | ID;
