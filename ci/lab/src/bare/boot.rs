//! Boots an image on an emulator until every guest has run.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fs_err::File;
use runner::machine::NoTurn;

use super::answer::Answers;
use super::answer::Fate;
use super::image::{Entry, Image, image};
use super::{Error, Features};
use crate::boot::{Boot, Logs, new_bytes};
use crate::{Attempt, Failure};

/// How often the console is read.
const POLL: Duration = Duration::from_millis(10);

/// How long a guest may run without output.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// In processor time of the emulator, so that a loaded host makes no difference.
    pub busy: Duration,
    /// In real time, for a guest that has halted, which uses no processor time.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { busy: Duration::from_secs(20), idle: Duration::from_secs(30) }
    }
}

/// An emulator that used less processor time than this in [`Patience::idle`] has halted; one that waits for a busy host uses more.
const HALTED: Duration = Duration::from_millis(500);

/// How one boot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// All guests have run.
    Done,
    /// The supervisor cannot go on.
    Stuck,
    /// The emulator ended by itself.
    ShutDown,
    /// There was no output for too long.
    Hung,
}

/// How these guests ended, in their order, and the processor's features. Errors: trouble on this host, or Ctrl-C.
pub fn boot_all(
    machine: &Boot<Image>,
    entries: &[Entry],
    folder: &Path,
    patience: Patience,
    stop: &AtomicBool,
) -> Result<(Vec<Fate>, Option<Features>), Failure> {
    let logs = Logs::in_folder(folder);
    let console = || logs.console.display().to_string();
    let mut fates: Vec<Fate> = Vec::new();
    let mut have = None;
    while let Some(left) = entries.get(fates.len()..).filter(|left| !left.is_empty()) {
        let made = image(left).map_err(wrong)?;
        let (answers, ending) = boot(machine, &made, &logs, patience, stop)?;
        let Some((_, features)) = answers.hello else {
            fates.resize(entries.len(), Fate::Missing(NoTurn::NoWord { console: console() }));
            break;
        };
        have = Some(features);
        let last = if ending == Ending::Done { left.len() } else { answers.running.map_or(0, |number| number + 1) };
        let fate = |number: usize| match (answers.fate(number), ending) {
            (Fate::Missing(_), Ending::ShutDown) if answers.running == Some(number) => Fate::ShutDown,
            (Fate::Missing(_), Ending::Hung) if answers.running == Some(number) => Fate::Hung,
            (fate, _) => fate,
        };
        if last == 0 {
            fates.resize(entries.len(), Fate::Missing(NoTurn::NoGuest { console: console() }));
            break;
        }
        fates.extend((0..last).map(fate));
    }
    Ok((fates, have))
}

fn wrong(error: Error) -> Failure {
    Failure::trouble(Attempt::RunBareMachine, error)
}

fn boot(
    machine: &Boot<Image>,
    image: &Image,
    logs: &Logs,
    patience: Patience,
    stop: &AtomicBool,
) -> Result<(Answers, Ending), Failure> {
    let mut running = machine.start(image, logs)?;
    let mut console = Console::default();
    let mut answers = Answers::default();
    let (mut heard, mut used) = (Instant::now(), Duration::ZERO);
    loop {
        // Asked before reading: so all output of a machine that has ended is read.
        let ended = running.has_ended();
        let lines = console.lines(&logs.console)?;
        lines.iter().try_for_each(|line| answers.take(line)).map_err(wrong)?;
        if !lines.is_empty() {
            (heard, used) = (Instant::now(), running.processor_time());
        }
        let spent = running.processor_time().saturating_sub(used);
        let ending = match () {
            () if answers.ended => Some(Ending::Done),
            () if answers.stuck => Some(Ending::Stuck),
            () if ended => Some(Ending::ShutDown),
            () if spent > patience.busy => Some(Ending::Hung),
            () if heard.elapsed() > patience.idle && spent < HALTED => Some(Ending::Hung),
            () => None,
        };
        if let Some(ending) = ending {
            return Ok((answers, ending));
        }
        if stop.load(Ordering::Relaxed) {
            return Err(Failure::Interrupted);
        }
        thread::sleep(POLL);
    }
}

/// The machine's output, line by line.
#[derive(Default)]
struct Console {
    file: Option<File>,
    rest: Vec<u8>,
}

impl Console {
    /// The lines completed since the last call.
    fn lines(&mut self, path: &Path) -> Result<Vec<String>, Failure> {
        self.rest.extend(new_bytes(&mut self.file, path)?);
        let whole = self.rest.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let lines: Vec<u8> = self.rest.drain(..whole).collect();
        Ok(String::from_utf8_lossy(&lines).lines().map(ToOwned::to_owned).collect())
    }
}
