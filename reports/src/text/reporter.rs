//! The text report during a run.

use std::io::{self, Write};

use super::closing;
use super::details::Details;
use super::failure::verdict;
use crate::json_text::with_printable_texts;
use crate::layout::{clip, columns, counted, hanging};
use crate::{Event, Kind, Look, Reporter, SavedRun, Tone, Trial, TrialId};

/// What to show of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns and colours.
    pub look: Look,
    /// What to show during the run.
    pub progress: Progress,
    /// Whether trials that did not fail have a line, too.
    pub verbose: bool,
}

/// What is shown during a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing, for saved runs.
    Off,
    /// A line for each failure, and one for each tenth of a long run; for logs.
    Lines,
    /// A line for each failure, and one that is rewritten for each trial; for terminals.
    Live,
}

impl Progress {
    /// What suits standard output: a rewritten line on a terminal that can move its cursor, plain lines elsewhere.
    pub fn detect(is_terminal: bool) -> Progress {
        let dumb = std::env::var_os("TERM").is_none_or(|value| value == "dumb");
        if is_terminal && !dumb { Progress::Live } else { Progress::Lines }
    }
}

/// Fewest trials of a run whose progress is logged.
const LONG_RUN: usize = 100;

/// Writes the text report.
pub struct Text<W> {
    to: W,
    options: TextOptions,
    details: Details,
    run: SavedRun,
    drawn: bool,
}

impl<W: Write> Text<W> {
    /// A report that is written to `to`: progress during the run, the results at its end.
    pub fn new(to: W, options: TextOptions) -> Text<W> {
        Text { to, options, details: Details::default(), run: SavedRun::default(), drawn: false }
    }

    /// The same, with these details at the end.
    pub fn with_details(self, details: Details) -> Text<W> {
        Text { details, ..self }
    }

    fn planned(&self) -> usize {
        self.run.facts.as_ref().map_or(0, |facts| facts.trials)
    }

    fn start(&mut self) -> io::Result<()> {
        let Some(facts) = self.run.facts.as_ref().filter(|_| self.options.progress != Progress::Off) else {
            return Ok(());
        };
        let mut line = format!("nmi {}: {}", facts.version, counted(facts.trials, "trial"));
        if !facts.machines.is_empty() {
            line.push_str(&format!(" on {}", facts.machines.join(", ")));
        }
        if let Some(strategy) = &facts.strategy {
            line.push_str(&format!("; strategy {strategy}"));
        }
        self.to.write_all(hanging("", &line, self.options.look.width).as_bytes())
    }

    fn score(&self) -> String {
        let failed = self.run.trials.iter().filter(|trial| trial.outcome.kind().is_failure()).count();
        let errors = self.run.trials.iter().filter(|trial| trial.outcome.kind() == Kind::Error).count();
        let mut score = format!("{}/{}", self.run.trials.len(), self.planned());
        if failed > 0 {
            score.push_str(&format!("  {failed} failed"));
        }
        if errors > 0 {
            score.push_str(&format!("  {}", counted(errors, "error")));
        }
        score
    }

    fn draw(&mut self, id: &TrialId) -> io::Result<()> {
        if self.options.progress != Progress::Live {
            return Ok(());
        }
        self.clear()?;
        // One column stays free, because some terminals wrap as soon as the last one is written.
        let room = self.options.look.width.saturating_sub(1);
        let line = clip(&format!("{}  {id}", self.score()), room);
        self.drawn = true;
        self.to.write_all(line.as_bytes())?;
        self.to.flush()
    }

    fn clear(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.drawn) { self.to.write_all(b"\r\x1b[2K") } else { Ok(()) }
    }

    fn tell(&mut self, trial: &Trial) -> io::Result<()> {
        let kind = trial.outcome.kind();
        let matters = kind.is_failure() || kind == Kind::Error;
        if self.options.progress == Progress::Off || !(matters || self.options.verbose) {
            return self.milestone();
        }
        self.clear()?;
        let look = self.options.look;
        let word = verdict(kind);
        let rest = match trial.headline() {
            Some(headline) => format!("{}  {headline}", trial.id),
            None => trial.id.to_string(),
        };
        // Logs are searched, so they keep the whole line; a terminal shows it again at the end.
        let room = match self.options.progress {
            Progress::Live => look.width.saturating_sub(columns(word) + 1),
            Progress::Lines | Progress::Off => usize::MAX,
        };
        writeln!(self.to, "{} {}", look.style.paint(Tone::of(kind), word), clip(&rest, room))?;
        self.milestone()
    }

    fn milestone(&mut self) -> io::Result<()> {
        let (done, planned) = (self.run.trials.len(), self.planned());
        if self.options.progress != Progress::Lines || planned < LONG_RUN || done >= planned {
            return Ok(());
        }
        let tenth = |done: usize| done * 10 / planned;
        if done == 0 || tenth(done) == tenth(done - 1) {
            return Ok(());
        }
        writeln!(self.to, "{}", self.score())?;
        self.to.flush()
    }
}

impl<W: Write> Reporter for Text<W> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        let event = with_printable_texts(event);
        self.run.take(&event);
        match &event {
            Event::RunStarted(_) => self.start(),
            Event::TrialStarted { id } => self.draw(id),
            Event::TrialFinished(trial) => self.tell(trial),
            Event::RunFinished(_) => {
                self.clear()?;
                self.to.write_all(closing::story(&self.run, self.options.look, &self.details).as_bytes())?;
                self.to.flush()
            }
        }
    }
}
