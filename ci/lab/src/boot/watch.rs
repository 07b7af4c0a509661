//! Receives what a running machine sends until it ends, stops sending, or Ctrl-C.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fs_err::File;

use super::{Logs, Running};
use crate::Failure;
use crate::serial::{Frame, Received, Receiver, Step};

/// How often the results are read.
const POLL: Duration = Duration::from_millis(20);

/// How long a machine may take to switch itself off before it is killed; all its results are in by then.
const SWITCH_OFF: Duration = Duration::from_secs(3);

/// How long a machine with a kernel may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From its start to the first frame.
    pub boot: Duration,
    /// From one frame to the next.
    pub silence: Duration,
    /// For one guest of the suite, by the machine's own clock.
    pub guest: Duration,
}

/// How a boot ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All rounds of the plan are done.
    Done,
    /// The machine ended by itself before that: a panic, or a fault that no kernel survives.
    Died,
    /// It sent no frame for as long as the limit.
    Silent,
    /// Ctrl-C.
    Interrupted,
}

/// Hands what comes over the serial port to `take` until the boot has ended. Errors: the results cannot be read, or `take`'s.
pub fn watch(
    machine: &mut Running,
    logs: &Logs,
    limits: Limits,
    stop: &AtomicBool,
    take: &mut dyn FnMut(Received) -> Result<(), Failure>,
) -> Result<Ending, Failure> {
    let mut file = None;
    let mut receiver = Receiver::default();
    let mut heard = Instant::now();
    let mut limit = limits.boot;
    loop {
        // Asked before reading: so all output of a machine that has ended is read.
        let ended = machine.has_ended();
        for received in receiver.take(&new_bytes(&mut file, &logs.results)?) {
            let done = received == Received::Frame(Frame::Step(Step::Done));
            if matches!(received, Received::Frame(..)) {
                (heard, limit) = (Instant::now(), limits.silence);
            }
            take(received)?;
            if done {
                wait(machine);
                return Ok(Ending::Done);
            }
        }
        if ended {
            return Ok(Ending::Died);
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(Ending::Interrupted);
        }
        if heard.elapsed() > limit {
            return Ok(Ending::Silent);
        }
        thread::sleep(POLL);
    }
}

/// What was written to this file since the last call; the emulator may not have created it yet.
pub(crate) fn new_bytes(file: &mut Option<File>, path: &Path) -> Result<Vec<u8>, Failure> {
    if file.is_none() {
        *file = File::open(path).ok();
    }
    let mut bytes = Vec::new();
    if let Some(file) = file {
        file.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn wait(machine: &mut Running) {
    let start = Instant::now();
    while start.elapsed() < SWITCH_OFF && !machine.has_ended() {
        thread::sleep(POLL);
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    use super::{Ending, Limits, watch};
    use crate::boot::{Logs, Running};
    use crate::serial::{Frame, Received, Step, send};

    const SHORT: Limits =
        Limits { boot: Duration::from_millis(300), silence: Duration::from_millis(300), guest: Duration::ZERO };

    /// Watches a shell script in place of an emulator, which finds the frames `boot`, an event and `done` in files.
    fn watched(script: &str, stop: bool) -> (Ending, Vec<Received>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, frame) in [
            ("boot", Frame::Step(Step::Boot)),
            ("event", Frame::Event("{}".to_owned())),
            ("done", Frame::Step(Step::Done)),
        ] {
            let mut bytes = Vec::new();
            send(&mut bytes, &frame).unwrap();
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let logs = Logs::in_folder(folder.path());
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(folder.path());
        let mut running = Running::start(command, &logs).unwrap();
        let mut received = Vec::new();
        let mut take = |it| {
            received.push(it);
            Ok(())
        };
        let ending = watch(&mut running, &logs, SHORT, &AtomicBool::new(stop), &mut take).unwrap();
        (ending, received)
    }

    #[test]
    fn a_machine_that_finishes_is_done() {
        let (ending, received) = watched("cat boot event >> results; sleep 0.1; cat done >> results; sleep 9", false);
        assert_eq!(ending, Ending::Done);
        assert_eq!(received.len(), 3);
    }

    #[test]
    fn what_a_machine_wrote_before_it_died_is_read() {
        let (ending, received) = watched("cat boot event >> results", false);
        assert_eq!(ending, Ending::Died);
        assert_eq!(received.len(), 2);
    }

    #[test]
    fn a_machine_that_says_nothing_is_silent() {
        assert_eq!(watched("sleep 9", false).0, Ending::Silent);
        assert_eq!(watched("cat boot >> results; sleep 9", false).0, Ending::Silent);
    }

    #[test]
    fn noise_is_no_sign_of_life() {
        let script = "while true; do echo noise >> results; sleep 0.05; done";
        assert_eq!(watched(script, false).0, Ending::Silent);
    }

    #[test]
    fn an_interrupt_ends_the_watch() {
        assert_eq!(watched("sleep 9", true).0, Ending::Interrupted);
    }
}
