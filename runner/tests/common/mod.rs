//! Runs the suite inside a test, as the command does.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use reports::{All, Event, Kind, Look, Progress, Reporter, RunFacts, Text, TextOptions};
use runner::case::{Library, Source, load};
use runner::host::HostFacts;
use runner::suite::{Conduct, Filter, MachineSpec, Options, open_all, plan, references, run};

/// The cases under `runner/tests/samples`.
pub(crate) fn samples() -> Library {
    // Tests run in the package's folder, and reports name files as they were given.
    let folder = Path::new("tests/samples").to_owned();
    load(&Source::Folder(folder)).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(false)))
}

/// What a run showed.
pub(crate) struct Shown {
    /// The outcomes, in order.
    pub(crate) kinds: Vec<Kind>,
    /// The text report.
    pub(crate) text: String,
}

/// Runs the trials that the filter chooses on a machine.
pub(crate) fn run_on(library: &Library, machine: &str, filter: &str) -> Shown {
    run_with(library, machine, filter, 1)
}

/// The same with `jobs` trials side by side.
pub(crate) fn run_with(library: &Library, machine: &str, filter: &str, jobs: usize) -> Shown {
    let specs = MachineSpec::parse(machine).expect("a known machine");
    let host = HostFacts::read();
    let open = || open_all(&specs, &host, Options::default());
    let mut slots = open();
    let filter = Filter::new(&[filter.to_owned()]).expect("a good filter");
    let trials = plan(&library.cases, &slots, &filter);
    let machines = slots.iter().map(|slot| slot.name.clone()).collect();
    let rules = references(&library.rules);
    let facts = RunFacts { machines, rules, trials: trials.len(), ..RunFacts::default() };
    let (text, kinds) = (Shared::default(), Kinds::default());
    let mut all = All::new();
    let options = TextOptions { look: Look::PLAIN, progress: Progress::Off, verbose: false };
    all.add("text", Timeless(Text::new(text.clone(), options)));
    all.add("kinds", kinds.clone());
    let jobs = NonZeroUsize::new(jobs).expect("some");
    let conduct = Conduct { jobs, open: &open, interrupted: &AtomicBool::new(false) };
    run(library, &mut slots, &trials, facts, &mut all, &conduct).expect("a report");
    drop(all);
    let text = String::from_utf8(text.0.lock().expect("no panic while writing").clone()).expect("text");
    Shown { kinds: kinds.0.lock().expect("no panic while counting").clone(), text }
}

/// Compares text with a snapshot in the folder of the reports' snapshots.
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../reports/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic while writing").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Kinds(Arc<Mutex<Vec<Kind>>>);

impl Reporter for Kinds {
    fn take(&mut self, event: &Event) -> std::io::Result<()> {
        if let Event::TrialFinished(trial) = event {
            self.0.lock().expect("no panic while counting").push(trial.outcome.kind());
        }
        Ok(())
    }
}

/// Removes times from events, so that reports are reproducible.
struct Timeless<R>(R);

impl<R: Reporter> Reporter for Timeless<R> {
    fn take(&mut self, event: &Event) -> std::io::Result<()> {
        let mut event = event.clone();
        match &mut event {
            Event::TrialFinished(trial) => trial.micros = 0,
            Event::RunFinished(summary) => summary.millis = 0,
            Event::RunStarted(_) | Event::TrialStarted { .. } => {}
        }
        self.0.take(&event)
    }
}
