use std::path::PathBuf;

use super::{BochsBoot, Boot, QemuBoot};
use crate::debian::Archive;
use crate::kernel::Kernel;
use crate::target::{Emulator, Machine};
use crate::{Cache, Failure, program, qemu};

/// Debian's source package of QEMU.
const SOURCE: &str = "qemu";

/// Finds, and where need be builds, the emulators of targets.
pub struct Emulators<'a> {
    cache: &'a Cache,
    mirror: Option<String>,
    tell: &'a (dyn Fn(&str) + Sync),
}

impl<'a> Emulators<'a> {
    /// Emulators out of this cache, or built from the sources that a mirror has. `tell` hears of what takes long.
    pub fn new(cache: &'a Cache, mirror: Option<String>, tell: &'a (dyn Fn(&str) + Sync)) -> Emulators<'a> {
        Emulators { cache, mirror, tell }
    }

    /// A machine with that kernel. Errors: the emulator is not installed or cannot be built.
    pub fn boot(&self, machine: &Machine, kernel: &Kernel) -> Result<Box<dyn Boot>, Failure> {
        let program = self.get(machine)?;
        match machine.emulator {
            Emulator::Qemu | Emulator::QemuPatched => Ok(Box::new(QemuBoot::new(program, machine, kernel)?)),
            Emulator::Bochs => Ok(Box::new(BochsBoot::new(self.cache, machine, kernel)?)),
            Emulator::None => Err(own()),
        }
    }

    /// The emulator's program; built if it is ours. Errors: it is not installed or cannot be built.
    pub fn get(&self, machine: &Machine) -> Result<PathBuf, Failure> {
        match machine.emulator {
            Emulator::Qemu => installed("qemu-system-x86_64", "apt-get install qemu-system-x86"),
            Emulator::QemuPatched => self.patched(),
            Emulator::Bochs => installed("bochs", "apt-get install bochs bochsbios vgabios"),
            Emulator::None => Err(own()),
        }
    }

    /// Whether it is there, and else how to get it.
    pub fn state(&self, machine: &Machine) -> String {
        match machine.emulator {
            Emulator::QemuPatched => match qemu::find(&self.cache.path("")) {
                Some(_) => "ready".to_owned(),
                None => "its QEMU is built by `lab fetch`, or before the first run".to_owned(),
            },
            _ => self.get(machine).map_or_else(|failure| failure.to_string(), |_| "ready".to_owned()),
        }
    }

    fn patched(&self) -> Result<PathBuf, Failure> {
        if let Some(binary) = qemu::find(&self.cache.path("")) {
            return Ok(binary);
        }
        let missing = qemu::missing_packages();
        if !missing.is_empty() {
            return Err(Failure::Absent(qemu::BuildError::Packages(missing.join(" ")).to_string()));
        }
        let archive = Archive::open(self.cache, self.mirror.as_deref(), true, self.tell)?;
        let key = qemu::patched_qemu_key(&archive.source_version(SOURCE)?);
        let entry = self.cache.entry(&key, |into| {
            (self.tell)("fetching the source of QEMU");
            let work = tempfile::tempdir_in(into).map_err(|error| Failure::io("create a folder in", into, &error))?;
            let source = archive.unpack_source(SOURCE, work.path())?;
            qemu::build(into, &source, self.tell).map_err(|error| Failure::Absent(error.to_string()))?;
            Ok(())
        })?;
        Ok(entry.join(qemu::BINARY))
    }
}

fn own() -> Failure {
    Failure::Absent("this host's own KVM is not booted".to_owned())
}

fn installed(name: &str, get: &str) -> Result<PathBuf, Failure> {
    match program::is_installed(name) {
        true => Ok(PathBuf::from(name)),
        false => Err(Failure::Absent(format!("`{name}` is not installed ({get})"))),
    }
}
