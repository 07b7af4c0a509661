use std::path::PathBuf;

use super::{BochsBoot, Boot, QemuBoot};
use crate::debian::Archive;
use crate::kernel::Kernel;
use crate::patched::{BuildError, Recipe};
use crate::target::{Emulator, Machine};
use crate::{Cache, Failure, bochs, program, qemu};

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
            Emulator::Qemu | Emulator::QemuPatched => {
                Ok(Box::new(QemuBoot::new(self.cache, program, machine, kernel)?))
            }
            Emulator::Bochs => Ok(Box::new(BochsBoot::new(self.cache, bochs::Build::Debian, machine, kernel)?)),
            Emulator::BochsPatched => {
                Ok(Box::new(BochsBoot::new(self.cache, bochs::Build::Lab(program), machine, kernel)?))
            }
            Emulator::None => Err(own()),
        }
    }

    /// The emulator's program; built if it is ours. Errors: it is not installed or cannot be built.
    pub fn get(&self, machine: &Machine) -> Result<PathBuf, Failure> {
        match machine.emulator {
            Emulator::Qemu => installed("qemu-system-x86_64", "apt-get install qemu-system-x86"),
            Emulator::QemuPatched => self.patched(&qemu::RECIPE),
            Emulator::Bochs => installed("bochs", "apt-get install bochs bochsbios vgabios"),
            Emulator::BochsPatched => self.patched(&bochs::RECIPE),
            Emulator::None => Err(own()),
        }
    }

    /// Whether it is there, and else how to get it.
    pub fn state(&self, machine: &Machine) -> String {
        let recipe = match machine.emulator {
            Emulator::QemuPatched => &qemu::RECIPE,
            Emulator::BochsPatched => &bochs::RECIPE,
            _ => return self.get(machine).map_or_else(|failure| failure.to_string(), |_| "ready".to_owned()),
        };
        match recipe.find(&self.cache.path("")) {
            Some(_) => "ready".to_owned(),
            None => format!("its {} is built by `lab fetch`, or before the first run", recipe.name),
        }
    }

    fn patched(&self, recipe: &Recipe) -> Result<PathBuf, Failure> {
        if let Some(binary) = recipe.find(&self.cache.path("")) {
            return Ok(binary);
        }
        let missing = recipe.missing_packages();
        if !missing.is_empty() {
            let missing = BuildError::Packages { name: recipe.name, packages: missing.join(" ") };
            return Err(Failure::Absent(missing.to_string()));
        }
        let archive = Archive::open(self.cache, self.mirror.as_deref(), true, self.tell)?;
        let version = archive.source_version(recipe.package, recipe.version)?;
        let entry = self.cache.entry(&recipe.key(&version), |into| {
            (self.tell)(&format!("fetching the source of {}", recipe.name));
            let work = tempfile::tempdir_in(into).map_err(|error| Failure::io("create a folder in", into, &error))?;
            let source = match recipe.debian_patches {
                true => archive.unpack_source(recipe.package, &version, work.path())?,
                false => archive.unpack_upstream(recipe.package, &version, work.path())?,
            };
            recipe.build(into, &source, self.tell).map_err(|error| Failure::Absent(error.to_string()))?;
            Ok(())
        })?;
        Ok(entry.join(recipe.binary))
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
