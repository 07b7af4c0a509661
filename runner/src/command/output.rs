use std::io::{self, Write};

use reports::printable_lines;

/// Writes text to standard output, with a line end behind it.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes a line to standard error, without what a terminal must not be sent.
///
/// It cannot fail: a reader who has gone is no reason to stop.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable_lines(text));
}
