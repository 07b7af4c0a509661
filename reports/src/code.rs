//! Exit codes of the commands that run the suite.

use std::fmt::Write;

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

/// Every code and its meaning: what the help of `nmi` and of `lab`, the manual page and the README show.
pub const MEANINGS: [(u8, &str); 5] = [
    (FINE, "nothing failed"),
    (FAILED, "a trial failed, nothing ran, something is missing or worse, or a requirement is not met"),
    (BAD_INPUT, "bad input: a file or a flag"),
    (TROUBLE, "trouble: KVM or I/O"),
    (INTERRUPTED, "interrupted"),
];

/// The codes as the end of a help text.
pub fn help() -> String {
    let mut text = "Exit codes:".to_owned();
    for (code, meaning) in MEANINGS {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {code:<3}  {meaning}");
    }
    text
}
