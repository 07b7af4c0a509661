//! One boot of an emulated machine: started, watched, ended.

mod bochs;
mod emulators;
mod qemu;
mod watch;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fs_err as fs;

pub use emulators::{Emulators, limits, recipe};
pub(crate) use watch::new_bytes;
pub use watch::{Ending, Limits, watch};

use crate::{Attempt, Failure, program};

/// The guest's name of its second serial port, which takes the results with every emulator.
pub(crate) const RESULTS: &str = "/dev/ttyS1";

/// An emulated machine that can be booted again and again, each time with an input of its own: an initramfs if it has a kernel,
/// else the whole image.
pub struct Boot<Own: ?Sized> {
    /// What reports say about the emulator.
    pub about: String,
    /// The emulator's name, as known deviations use it.
    pub emulator: &'static str,
    /// Makes the command that boots it. Errors: what it needs cannot be written beside the logs.
    pub command: MakeCommand<Own>,
}

/// Makes the command of a boot that writes these logs.
pub type MakeCommand<Own> = Box<dyn Fn(&Own, &Logs) -> Result<Command, Failure>>;

impl<Own: ?Sized> Boot<Own> {
    /// Starts the machine, with no log of an earlier boot left. Errors: as of [`Boot::command`] and [`Running::start`].
    pub fn start(&self, own: &Own, logs: &Logs) -> Result<Running, Failure> {
        for file in [&logs.console, &logs.results] {
            // There may have been no earlier boot.
            let _ = fs::remove_file(file);
        }
        Running::start((self.command)(own, logs)?, logs)
    }
}

/// What every boot leaves in its folder.
#[derive(Clone, Debug)]
pub struct Logs {
    /// The kernel's console.
    pub console: PathBuf,
    /// The second serial port, with the frames of [`crate::serial`].
    pub results: PathBuf,
    /// What the emulator itself said.
    pub emulator: PathBuf,
}

impl Logs {
    /// The files in this folder.
    pub fn in_folder(folder: &Path) -> Logs {
        Logs {
            console: folder.join("console.log"),
            results: folder.join("results"),
            emulator: folder.join("emulator.log"),
        }
    }

    /// The last lines of the console that are not empty.
    pub fn last_words(&self, count: usize) -> Vec<String> {
        let bytes = fs::read(&self.console).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
        let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().to_vec()
    }
}

/// An emulator that runs; killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts it. If the lab is killed, so is the emulator (where `setpriv` is installed). Errors: it is not installed.
    pub fn start(command: Command, logs: &Logs) -> Result<Running, Failure> {
        let said = fs::File::create(&logs.emulator)?.into_file();
        let also = said.try_clone()?;
        let mut command = bound_to_this_process(command);
        command.stdin(Stdio::null()).stdout(said).stderr(also);
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().map_err(|error| Failure::trouble(Attempt::Start(name.clone()), error))?;
        Ok(Running { child })
    }

    /// Processor time that it has used; zero if /proc does not say.
    pub fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // After the command's name, which may contain anything: fields 14 and 15 of proc_pid_stat(5), utime and stime.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace().skip(11).take(2);
        let ticks: u64 = fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second().max(1))
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bound_to_this_process(command: Command) -> Command {
    if !program::is_installed("setpriv") {
        return command;
    }
    let mut bound = Command::new("setpriv");
    bound.args(["--pdeathsig", "KILL", "--"]).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        bound.current_dir(folder);
    }
    bound
}
