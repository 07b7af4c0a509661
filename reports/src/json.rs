use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::path::Path;

use serde::Deserialize;
use serde_json::error::Category;
use thiserror::Error;

use crate::json_text::write_json;
use crate::output::named;
use crate::{Claim, Event, Reporter, SavedRun, TrialId, sync};

/// Writes one event a line, each line as soon as its event happens.
pub struct Json<W> {
    to: W,
    secure: Option<File>,
    name: String,
}

impl<W: Write> Json<W> {
    /// Writes here, and flushes after every line.
    pub fn new(to: W) -> Json<W> {
        Json { to, secure: None, name: String::new() }
    }
}

impl Json<File> {
    /// Writes to this file, truncated. With `secure` every start of a trial is also written through to the disk (fsync,
    /// some milliseconds each), so that the file names the trial even when that trial takes the host down. Errors: it
    /// cannot be created; the text names it.
    pub fn file(path: &Path, secure: bool) -> io::Result<Json<File>> {
        let name = path.display().to_string();
        let create = || {
            let to = File::create(path)?;
            let secure = if secure { Some(to.try_clone()?) } else { None };
            Ok((to, secure))
        };
        let (to, secure) = create().map_err(|error| named("create", &name, error))?;
        Ok(Json { to, secure, name })
    }
}

impl Json<File> {
    /// Empties this file and writes to it; `secure` as for [`Json::file`]. Errors: it cannot be written; the text names it.
    pub fn claimed(claim: Claim, secure: bool) -> io::Result<Json<File>> {
        let name = claim.name().to_owned();
        let to = claim.begin()?;
        let secure = secure.then(|| to.try_clone()).transpose().map_err(|error| named("write", &name, error))?;
        Ok(Json { to, secure, name })
    }
}

impl<W: Write> Json<W> {
    fn write(&mut self, event: &Event) -> io::Result<()> {
        let mut line = Vec::new();
        write_json(&mut line, event)?;
        line.push(b'\n');
        self.to.write_all(&line)?;
        self.to.flush()?;
        match &self.secure {
            Some(file) if !matches!(event, Event::TrialFinished(_)) => sync(file),
            _ => Ok(()),
        }
    }
}

impl<W: Write> Reporter for Json<W> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        let done = self.write(event);
        if self.name.is_empty() { done } else { done.map_err(|error| named("write", &self.name, error)) }
    }
}

/// Why a file is not a saved run.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Reading failed.
    #[error("line {line}: cannot read: {error}")]
    Io {
        /// Line, from 1.
        line: usize,
        /// The system's error.
        error: io::Error,
    },
    /// A line is no event.
    #[error("line {line}, column {column}: not an event of a saved run ({why}); give a file written by `nmi run`")]
    Garbage {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong with it.
        why: String,
    },
    /// An event where it cannot be.
    #[error("line {line}: {what}; keep one run to a file")]
    Order {
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A trial that cannot start or end there: lines are missing, or there twice.
    #[error("line {line}: trial {trial} {what}; the file is damaged: lines are missing before this one, or doubled")]
    Trial {
        /// Line, from 1.
        line: usize,
        /// Which.
        trial: Box<TrialId>,
        /// What is wrong.
        what: &'static str,
    },
    /// Zeros that something follows.
    #[error(
        "line {line}: zero bytes in the midst of the file, in place of what was written there; the file is damaged"
    )]
    Zeros {
        /// Line, from 1.
        line: usize,
    },
}

/// Reads a saved run, also one that was cut off anywhere: a partial last line is dropped. Trials may run side by side.
///
/// A file system that lost its last blocks leaves zeros there; they count as cut off too. Errors: a complete line that
/// is no event, zeros that something follows, or events in an order no run has.
pub fn read_run(mut from: impl BufRead) -> Result<SavedRun, ReadError> {
    let mut run = SavedRun::default();
    let mut order = Order::default();
    let mut zeros = None;
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if from.read_until(b'\n', &mut bytes).map_err(|error| ReadError::Io { line, error })? == 0 {
            break;
        }
        let whole = bytes.ends_with(b"\n");
        let kept = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let (text, behind) = bytes.split_at_checked(kept).unwrap_or((&bytes, &[]));
        let text = text.trim_ascii();
        if behind.iter().any(|byte| *byte != 0 && !byte.is_ascii_whitespace()) {
            return Err(ReadError::Zeros { line });
        }
        if let (Some(line), false) = (zeros, text.is_empty()) {
            return Err(ReadError::Zeros { line });
        }
        if !behind.is_empty() {
            zeros = zeros.or(Some(line));
        }
        if text.is_empty() {
            continue;
        }
        match event(text) {
            Ok(event) => {
                check_order(&run, &event, line)?;
                order.check(&event, line)?;
                run.take(&event);
            }
            Err(error) if is_cut(&error, text) && (!whole || zeros.is_some()) => run.torn = true,
            Err(error) => return Err(garbage(line, &error)),
        }
    }
    run.torn |= zeros.is_some();
    Ok(run)
}

/// Whether the text is the beginning of an event.
fn is_cut(error: &serde_json::Error, text: &[u8]) -> bool {
    error.classify() == Category::Eof && text.starts_with(b"{")
}

/// Which trials have started and ended so far: each does so once.
#[derive(Default)]
struct Order {
    running: HashSet<TrialId>,
    ended: HashSet<TrialId>,
}

impl Order {
    fn check(&mut self, event: &Event, line: usize) -> Result<(), ReadError> {
        let (id, what) = match event {
            Event::TrialStarted { id } if self.ended.contains(id) => (id, "starts here and has ended before"),
            Event::TrialStarted { id } if !self.running.insert(id.clone()) => {
                (id, "starts here and has started before")
            }
            Event::TrialFinished(trial) if self.ended.contains(&trial.id) => {
                (&trial.id, "ends here and has ended before")
            }
            Event::TrialFinished(trial) if !self.running.remove(&trial.id) => {
                (&trial.id, "ends here and has not started")
            }
            Event::TrialFinished(trial) => {
                self.ended.insert(trial.id.clone());
                return Ok(());
            }
            _ => return Ok(()),
        };
        Err(ReadError::Trial { line, trial: Box::new(id.clone()), what })
    }
}

/// Writes a run as [`read_run`] reads it: all of it comes back but [`SavedRun::torn`], since no line is left half.
///
/// Errors: the writer's.
pub fn write_run(run: &SavedRun, mut to: impl Write) -> io::Result<()> {
    for event in run.events() {
        write_json(&mut to, &event)?;
        to.write_all(b"\n")?;
    }
    to.flush()
}

/// An event's kind, read before the rest of it: to find it anywhere in the line serde would keep all of the line in a
/// form of its own first, and take almost twice as long.
#[derive(Deserialize)]
struct Tag<'a> {
    event: &'a str,
}

#[derive(Deserialize)]
struct Started {
    id: TrialId,
}

fn event(text: &[u8]) -> serde_json::Result<Event> {
    match serde_json::from_slice::<Tag<'_>>(text).map(|tag| tag.event) {
        Ok("trial-finished") => serde_json::from_slice(text).map(Event::TrialFinished),
        Ok("trial-started") => serde_json::from_slice(text).map(|Started { id }| Event::TrialStarted { id }),
        _ => serde_json::from_slice(text),
    }
}

/// To serde each line is the first of its own text.
fn garbage(line: usize, error: &serde_json::Error) -> ReadError {
    let place = format!(" at line {} column {}", error.line(), error.column());
    ReadError::Garbage { line, column: error.column(), why: error.to_string().replace(&place, "") }
}

fn check_order(run: &SavedRun, event: &Event, line: usize) -> Result<(), ReadError> {
    let what = match event {
        _ if run.summary.is_some() => "events after the end of the run",
        Event::RunStarted(_) if run.facts.is_some() => "a second run starts here",
        Event::RunStarted(_) => return Ok(()),
        _ if run.facts.is_none() => "events before the start of the run",
        _ => return Ok(()),
    };
    Err(ReadError::Order { line, what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, samples};

    fn saved(events: &[Event]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut json = Json::new(&mut bytes);
        for event in events {
            json.take(event).expect("memory");
        }
        bytes
    }

    #[test]
    fn events_come_back() {
        let events = samples::mixed_run();
        let mut want = SavedRun::default();
        events.iter().for_each(|event| want.take(event));
        let got = read_run(&saved(&events)[..]).expect("own file");
        assert_eq!(got, want);
        assert!(got.summary.is_some() && got.unfinished.is_empty() && !got.torn);
    }

    #[test]
    fn every_outcome_comes_back() {
        for outcome in samples::outcomes() {
            let event = Event::TrialFinished(Box::new(samples::trial("kvm::long::ioctl::a/b", outcome)));
            let line = serde_json::to_string(&event).expect("writes");
            assert_eq!(serde_json::from_str::<Event>(&line).expect("reads"), event);
        }
    }

    #[test]
    fn a_file_cut_off_at_any_byte_is_read() {
        let events = samples::mixed_run();
        let bytes = saved(&events);
        for cut in 0..=bytes.len() {
            let part = &bytes[..cut];
            let run = read_run(part).unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
            let lines = part.iter().filter(|byte| **byte == b'\n').count();
            // An event whose line lacks only its line break is complete.
            let complete = lines + usize::from(bytes.get(cut) == Some(&b'\n'));
            let mut want = SavedRun::default();
            events[..complete].iter().for_each(|event| want.take(event));
            want.torn = run.torn;
            assert_eq!(run, want, "cut at {cut}");
            assert_eq!(run.torn, complete == lines && !part.is_empty() && !part.ends_with(b"\n"), "cut at {cut}");
            if let Some(Event::TrialStarted { id }) = complete.checked_sub(1).and_then(|last| events.get(last)) {
                assert_eq!(run.last_unfinished(), Some(id), "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_run_written_again_is_the_same() {
        let bytes = saved(&samples::mixed_run());
        for cut in 0..=bytes.len() {
            let run = read_run(&bytes[..cut]).expect("cut off is fine");
            let mut again = Vec::new();
            write_run(&run, &mut again).expect("memory");
            let again = read_run(&again[..]).expect("own file");
            assert_eq!(again, SavedRun { torn: false, ..run }, "cut at {cut}");
        }
    }

    #[test]
    fn lost_blocks_read_as_cut_off() {
        let bytes = saved(&samples::mixed_run());
        for cut in [0, 10, bytes.len() / 2] {
            let mut lost = bytes[..cut].to_vec();
            lost.extend([0; 64]);
            let run = read_run(&lost[..]).expect("zeros are a cut");
            assert!(run.torn && run.summary.is_none());
        }
    }

    #[test]
    fn zeros_in_the_midst_are_refused_with_their_line() {
        let bytes = saved(&samples::mixed_run());
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let (before, behind) = (lines[..3].concat(), lines[5..].concat());
        let lost = lines[3..5].concat().len();
        for zeros in [vec![0; lost], [&vec![0; lost - 1][..], b"\n"].concat()] {
            let error = read_run(&[&before[..], &zeros, &behind].concat()[..]).expect_err("damaged").to_string();
            assert!(error.starts_with("line 4: zero bytes in the midst"), "{error}");
        }
        let at_the_end = read_run(&[&before[..], &[0; 99], b"\n"].concat()[..]).expect("cut off");
        assert!(at_the_end.torn);
    }

    #[test]
    fn a_trial_starts_and_ends_once() {
        let bytes = saved(&samples::mixed_run());
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let id = samples::saved(&samples::mixed_run()).trials[0].id.clone();
        for (order, line, what) in [
            (&[0, 1, 2, 2, 3][..], 4, "ends here and has ended before"),
            (&[0, 1, 2, 1, 3], 4, "starts here and has ended before"),
            (&[0, 1, 1, 2, 3], 3, "starts here and has started before"),
            (&[0, 2, 3], 2, "ends here and has not started"),
        ] {
            let damaged: Vec<u8> = order.iter().flat_map(|line: &usize| lines[*line].to_vec()).collect();
            let error = read_run(&damaged[..]).expect_err("damaged").to_string();
            assert!(error.starts_with(&format!("line {line}: trial {id} {what}")), "{error}");
        }
        // Side by side.
        let beside: Vec<u8> = [0, 1, 3, 4, 2].iter().flat_map(|line: &usize| lines[*line].to_vec()).collect();
        let run = read_run(&beside[..]).expect("a run");
        assert_eq!((run.trials.len(), run.unfinished.len()), (2, 0));
    }

    #[test]
    fn garbage_is_refused_with_its_line() {
        let bytes = saved(&samples::mixed_run());
        let text = String::from_utf8(bytes).expect("text");
        let first = text.lines().next().expect("a line");
        for (bad, line) in [
            ("hello".to_owned(), 1),
            ("hello\n".to_owned(), 1),
            ("42".to_owned(), 1),
            ("[".to_owned(), 1),
            (format!("{first}\n\n{{\"event\":\"dance\"}}\n"), 3),
            (format!("{first}\n{{\"event\":\n{first}\n"), 2),
            (format!("{first}\n{first}\n"), 2),
            (format!("{text}{first}\n"), text.lines().count() + 1),
            (text.lines().nth(1).expect("two lines").to_owned(), 1),
            (format!("{first}\n{}\n", "[".repeat(10_000)), 2),
        ] {
            let error = read_run(bad.as_bytes()).expect_err("garbage").to_string();
            assert!([':', ','].iter().any(|after| error.starts_with(&format!("line {line}{after}"))), "{error}");
        }
    }

    #[test]
    fn damaged_bytes_never_panic() {
        let bytes = saved(&samples::mixed_run());
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..2000 {
            let mut damaged = bytes.clone();
            for _ in 0..3 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = state as usize % damaged.len();
                damaged[at] = (state >> 32) as u8;
            }
            let _ = read_run(&damaged[..]);
        }
    }

    #[test]
    fn a_cut_off_run_replays_as_interrupted() {
        let events: Vec<Event> = samples::mixed_run().into_iter().take(4).collect();
        let run = read_run(&saved(&events)[..]).expect("own file");
        let mut again = Vec::new();
        run.replay(&mut Json::new(&mut again)).expect("memory");
        let again = read_run(&again[..]).expect("own file");
        assert_eq!((&again.trials, &again.unfinished), (&run.trials, &run.unfinished));
        assert!(again.summary.is_some_and(|summary| summary.interrupted));
    }

    #[test]
    fn files_are_written_through() {
        let path = std::env::temp_dir().join(format!("nmi-reports-{}.jsonl", std::process::id()));
        let mut json = Json::file(&path, true).expect("created");
        let trial = samples::trial("kvm::long::ioctl::a/b", Outcome::Pass);
        json.take(&Event::RunStarted(samples::facts())).expect("written");
        json.take(&Event::TrialStarted { id: trial.id.clone() }).expect("written");
        let run = read_run(io::BufReader::new(File::open(&path).expect("there"))).expect("own file");
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(run.last_unfinished(), Some(&trial.id));
    }
}
