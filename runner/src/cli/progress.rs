//! How far a command is that says nothing until it is done.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A line on standard error that is rewritten with each tick, where that is a terminal; it is gone at the end.
pub(super) struct Ticks {
    what: &'static str,
    of: usize,
    done: AtomicUsize,
    shown: bool,
}

impl Ticks {
    /// For so many ticks; `what` is what they count, a word that fits any terminal.
    pub(super) fn new(what: &'static str, of: usize) -> Ticks {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let ticks = Ticks { what, of, done: AtomicUsize::new(0), shown: io::stderr().is_terminal() && !dumb };
        ticks.show(0);
        ticks
    }

    /// One more is done; threads may call it side by side.
    pub(super) fn tick(&self) {
        self.show(self.done.fetch_add(1, Ordering::Relaxed) + 1);
    }

    fn show(&self, done: usize) {
        if self.shown {
            // Nobody depends on it.
            let _ = write!(io::stderr().lock(), "\r\x1b[2K{}", line(self.what, done, self.of));
        }
    }
}

impl Drop for Ticks {
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
    fn a_tick_is_short_enough_for_any_terminal() {
        assert_eq!(line("mutants", 3, 12), "3/12 mutants");
        let ticks = Ticks { what: "mutants", of: 2, done: AtomicUsize::new(0), shown: false };
        std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(|| ticks.tick()))));
        assert_eq!(ticks.done.load(Ordering::Relaxed), 2);
    }
}
