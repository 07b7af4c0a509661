use std::io::{self, Write};

use reports::printable_lines;

/// Writes text to standard output, with a newline at its end.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes a line to standard error, without control characters. Errors of writing are ignored.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable_lines(text));
}
