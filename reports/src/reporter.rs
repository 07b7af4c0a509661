//! Reporters, which turn events into reports.

use std::io;

use crate::Event;

/// Turns events into a report.
pub trait Reporter {
    /// Takes the next event. Errors: writing failed.
    fn take(&mut self, event: &Event) -> io::Result<()>;
}

impl<R: Reporter + ?Sized> Reporter for Box<R> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        (**self).take(event)
    }
}

impl<R: Reporter + ?Sized> Reporter for &mut R {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        (**self).take(event)
    }
}

/// Passes events on to several reporters. One that fails gets no more events, and the others continue: a full disk must not cost
/// the verdicts.
#[derive(Default)]
pub struct All<'a> {
    fed: Vec<Recipient<'a>>,
}

struct Recipient<'a> {
    name: String,
    reporter: Box<dyn Reporter + 'a>,
    error: Option<io::Error>,
}

impl<'a> All<'a> {
    /// Without reporters.
    pub fn new() -> All<'a> {
        All::default()
    }

    /// Adds a reporter; `name` names it in errors: `json`.
    pub fn add(&mut self, name: impl Into<String>, reporter: impl Reporter + 'a) {
        self.fed.push(Recipient { name: name.into(), reporter: Box::new(reporter), error: None });
    }

    /// The first error of each reporter that failed, by name.
    pub fn errors(&self) -> impl Iterator<Item = (&str, &io::Error)> {
        self.fed.iter().filter_map(|fed| Some((fed.name.as_str(), fed.error.as_ref()?)))
    }
}

impl Reporter for All<'_> {
    /// Takes the next event. Errors: only at the end of the run, all first errors in one; until then see
    /// [`All::errors`].
    fn take(&mut self, event: &Event) -> io::Result<()> {
        for fed in self.fed.iter_mut().filter(|fed| fed.error.is_none()) {
            fed.error = fed.reporter.take(event).err();
        }
        if !matches!(event, Event::RunFinished(_)) {
            return Ok(());
        }
        let errors: Vec<String> = self.errors().map(|(name, error)| format!("{name} report: {error}")).collect();
        if errors.is_empty() { Ok(()) } else { Err(io::Error::other(errors.join("; "))) }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::Summary;

    struct Breaks<'a> {
        after: usize,
        taken: &'a Cell<usize>,
    }

    impl Reporter for Breaks<'_> {
        fn take(&mut self, _: &Event) -> io::Result<()> {
            self.taken.set(self.taken.get() + 1);
            if self.taken.get() > self.after { Err(io::Error::other("disk full")) } else { Ok(()) }
        }
    }

    #[test]
    fn one_failure_stops_one_reporter_and_is_told_at_the_end() {
        let (bad, good) = (Cell::new(0), Cell::new(0));
        let mut all = All::new();
        all.add("json", Breaks { after: 1, taken: &bad });
        all.add("text", Breaks { after: 9, taken: &good });
        for event in crate::samples::mixed_run().iter().filter(|event| !matches!(event, Event::RunFinished(_))).take(5)
        {
            all.take(event).expect("errors wait for the end");
        }
        assert_eq!(all.errors().map(|(name, _)| name).collect::<Vec<_>>(), ["json"]);
        let error = all.take(&Event::RunFinished(Summary::default())).expect_err("the end tells");
        assert_eq!(error.to_string(), "json report: disk full");
        assert_eq!((bad.get(), good.get()), (2, 6));
    }
}
