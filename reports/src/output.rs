//! Where a report goes, and what its errors say.

use std::io::{self, Write};

/// Where a report goes: names itself in errors, and drops the rest of the report once its reader has left.
pub struct Output {
    to: Box<dyn Write + Send>,
    name: String,
    closed: bool,
}

impl Output {
    /// Standard output. Once its reader has left (`| head`), the rest is dropped without an error.
    pub fn stdout() -> Output {
        Output::piped("standard output", io::stdout())
    }

    /// Any writer whose reader may leave.
    fn piped(name: impl Into<String>, to: impl Write + Send + 'static) -> Output {
        Output { to: Box::new(to), name: name.into(), closed: false }
    }

    fn judge<T>(&mut self, done: io::Result<T>, instead: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(instead)
            }
            // Unchanged, because callers in std retry interrupted writes by the kind of error.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            done => done.map_err(|error| named("write", &self.name, error)),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let done = self.to.write(bytes);
        self.judge(done, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let done = self.to.flush();
        self.judge(done, ())
    }
}

/// The error, with what was tried on which file.
pub(crate) fn named(verb: &str, name: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {verb} {name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(io::ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_reader_that_left_is_no_error() {
        let mut output = Output::piped("standard output", Fails(io::ErrorKind::BrokenPipe));
        output.write_all(b"one").expect("quiet");
        output.write_all(b"two").expect("still quiet");
        output.flush().expect("and so is flushing");
    }

    #[test]
    fn other_errors_name_the_file() {
        let mut output = Output::piped("run.jsonl", Fails(io::ErrorKind::StorageFull));
        let error = output.write_all(b"one").expect_err("full");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(error.to_string().starts_with("cannot write run.jsonl: "), "{error}");
    }

    #[test]
    fn a_full_disk_is_told_by_the_kernel_too() {
        if let Ok(full) = std::fs::File::create("/dev/full") {
            let mut output = Output::piped("/dev/full", full);
            let error = output.write_all(b"one").and_then(|()| output.flush()).expect_err("full");
            assert!(error.to_string().starts_with("cannot write /dev/full: "), "{error}");
        }
    }
}
