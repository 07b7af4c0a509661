//! Where a report goes, and what its errors say.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Where a report goes: knows its name for errors, and whether a reader who left is an error.
pub struct Output {
    to: Box<dyn Write + Send>,
    name: String,
    may_close: bool,
    closed: bool,
}

impl Output {
    /// Standard output. When its reader leaves (`| head`), the rest is dropped quietly.
    pub fn stdout() -> Output {
        Output::piped("standard output", io::stdout())
    }

    /// A file, truncated. Errors: it cannot be created; the text names it.
    pub fn file(path: &Path) -> io::Result<Output> {
        let name = path.display().to_string();
        let file = File::create(path).map_err(|error| named("create", &name, error))?;
        Ok(Output { to: Box::new(io::BufWriter::new(file)), name, may_close: false, closed: false })
    }

    /// Any writer whose reader may leave.
    pub fn piped(name: impl Into<String>, to: impl Write + Send + 'static) -> Output {
        Output { to: Box::new(to), name: name.into(), may_close: true, closed: false }
    }

    fn judge<T>(&mut self, done: io::Result<T>, instead: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && self.may_close => {
                self.closed = true;
                Ok(instead)
            }
            // Interrupted writes are tried again by the callers in std, which look at the kind.
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
        if let Ok(mut output) = Output::file(Path::new("/dev/full")) {
            let error = output.write_all(b"one").and_then(|()| output.flush()).expect_err("full");
            assert!(error.to_string().starts_with("cannot write /dev/full: "), "{error}");
        }
    }
}
