use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Boot, Limits, Logs, Qemu};
use crate::kernel::Kernel;
use crate::target::{Emulator, Machine};
use crate::{Cache, Failure, program};

/// Where Debian keeps the firmware that a QEMU built elsewhere does not find.
const FIRMWARE: [&str; 2] = ["/usr/share/qemu", "/usr/share/seabios"];

/// Finds, and where need be builds, the emulators of targets.
pub struct Emulators<'a> {
    cache: &'a Cache,
    mirror: Option<String>,
}

impl<'a> Emulators<'a> {
    /// Emulators out of this cache, or built from the sources that a mirror has.
    pub fn new(cache: &'a Cache, mirror: Option<String>) -> Emulators<'a> {
        Emulators { cache, mirror }
    }

    /// A machine with that kernel. Errors: the emulator is not installed or cannot be built.
    pub fn boot(&self, machine: &Machine, kernel: &Kernel) -> Result<Box<dyn Boot>, Failure> {
        let program = self.get(machine)?;
        match machine.emulator {
            Emulator::Qemu => Ok(Box::new(QemuBoot::new(program, Vec::new(), machine, kernel)?)),
            Emulator::QemuNmiVirtualization => {
                let firmware = FIRMWARE.iter().map(PathBuf::from).collect();
                Ok(Box::new(QemuBoot::new(program, firmware, machine, kernel)?))
            }
            Emulator::Bochs => Err(Failure::Absent("not yet".to_owned())),
            Emulator::None => Err(Failure::Absent("this host's own KVM is not booted".to_owned())),
        }
    }

    /// The emulator's program; built if it is ours. Errors: it is not installed or cannot be built.
    pub fn get(&self, machine: &Machine) -> Result<PathBuf, Failure> {
        match machine.emulator {
            Emulator::Qemu => installed("qemu-system-x86_64", "apt-get install qemu-system-x86"),
            Emulator::QemuNmiVirtualization => self.patched(),
            Emulator::Bochs => installed("bochs", "apt-get install bochs"),
            Emulator::None => Err(Failure::Absent("this host's own KVM is not booted".to_owned())),
        }
    }

    /// Whether it is there, and else how to get it.
    pub fn state(&self, machine: &Machine) -> String {
        match machine.emulator {
            Emulator::QemuNmiVirtualization => "lab fetch".to_owned(),
            _ => self.get(machine).map_or_else(|failure| failure.to_string(), |_| "ready".to_owned()),
        }
    }

    fn patched(&self) -> Result<PathBuf, Failure> {
        let _ = (&self.cache, &self.mirror);
        Ok(PathBuf::from("/tmp/qemu-build/qemu-system-x86_64"))
    }
}

fn installed(name: &str, get: &str) -> Result<PathBuf, Failure> {
    match program::is_installed(name) {
        true => Ok(PathBuf::from(name)),
        false => Err(Failure::Absent(format!("`{name}` is not installed ({get})"))),
    }
}

/// A kernel on QEMU.
struct QemuBoot {
    qemu: Qemu,
    kernel: PathBuf,
    about: String,
}

impl QemuBoot {
    fn new(program: PathBuf, firmware: Vec<PathBuf>, machine: &Machine, kernel: &Kernel) -> Result<QemuBoot, Failure> {
        let qemu = Qemu { program, firmware, processor: machine.processor.clone(), processors: 2, memory: 768 };
        let version = program::output(Command::new(&qemu.program).arg("--version"), "apt-get install qemu-system-x86")?;
        let processor = qemu.processor.clone();
        let about = version.lines().next().unwrap_or_default().replace("emulator version ", "");
        Ok(QemuBoot { qemu, kernel: kernel.image.clone(), about: format!("{about}, TCG, {processor}") })
    }
}

impl Boot for QemuBoot {
    fn about(&self) -> &str {
        &self.about
    }

    fn emulator(&self) -> &str {
        "QEMU TCG"
    }

    fn command(&self, initramfs: &Path, logs: &Logs) -> Result<Command, Failure> {
        Ok(self.qemu.command(&self.kernel, initramfs, logs))
    }

    fn results(&self) -> &str {
        Qemu::RESULTS
    }

    fn limits(&self) -> Limits {
        Limits { boot: Duration::from_secs(120), silence: Duration::from_secs(90) }
    }

    fn time_limit(&self) -> Duration {
        Duration::from_secs(10)
    }
}
