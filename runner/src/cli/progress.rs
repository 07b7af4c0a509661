//! A progress line on standard error.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A counter on one line of standard error, shown only on a terminal and removed when dropped.
pub(super) struct Counter {
    what: &'static str,
    of: usize,
    done: AtomicUsize,
    shown: bool,
}

impl Counter {
    /// A counter up to `of`; `what` is a short noun for what it counts.
    pub(super) fn new(what: &'static str, of: usize) -> Counter {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let counter = Counter { what, of, done: AtomicUsize::new(0), shown: io::stderr().is_terminal() && !dumb };
        counter.show(0);
        counter
    }

    /// Counts one more. Threads may call it at the same time.
    pub(super) fn step(&self) {
        self.show(self.done.fetch_add(1, Ordering::Relaxed) + 1);
    }

    fn show(&self, done: usize) {
        if self.shown {
            // Errors of a progress line are ignored.
            let _ = write!(io::stderr().lock(), "\r\x1b[2K{}", line(self.what, done, self.of));
        }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr().lock(), "\r\x1b[2K");
        }
    }
}

fn line(what: &str, done: usize, of: usize) -> String {
    format!("{done}/{of} {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_short_enough_for_any_terminal() {
        assert_eq!(line("mutants", 3, 12), "3/12 mutants");
        let counter = Counter { what: "mutants", of: 2, done: AtomicUsize::new(0), shown: false };
        std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(|| counter.step()))));
        assert_eq!(counter.done.load(Ordering::Relaxed), 2);
    }
}
