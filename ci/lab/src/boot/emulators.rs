//! The emulators of targets: which program each needs, and how to get or build it.

use std::path::PathBuf;

use super::bochs::BareBochs;
use super::qemu::BareQemu;
use super::{BochsBoot, Boot, QemuBoot};
use crate::bare::Emulated;
use crate::debian::Archive;
use crate::kernel::Kernel;
use crate::needs::{Missing, Need, Probe};
use crate::patched::Recipe;
use crate::target::{Emulator, Machine, Processor};
use crate::{Cache, Failure, bochs, qemu};

/// Debian's QEMU, with its firmware.
const QEMU: &[Need] = &[(Probe::Program("qemu-system-x86_64"), "qemu-system-x86")];

/// Debian's Bochs.
const BOCHS: &[Need] = &[(Probe::Program("bochs"), "bochs")];

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
        let program = self.get(machine.emulator)?;
        match machine.emulator {
            Emulator::Qemu | Emulator::QemuPatched => {
                Ok(Box::new(QemuBoot::new(self.cache, program, machine, kernel)?))
            }
            Emulator::Bochs => Ok(Box::new(BochsBoot::new(self.cache, bochs::Build::Debian, machine, kernel)?)),
            Emulator::BochsPatched => {
                Ok(Box::new(BochsBoot::new(self.cache, bochs::Build::Lab(program), machine, kernel)?))
            }
            Emulator::None => Err(Failure::NotEmulated),
        }
    }

    /// A processor with nothing below the guest. Errors: the emulator is not installed or cannot be built.
    pub fn bare(&self, processor: &Processor) -> Result<Box<dyn Emulated>, Failure> {
        let program = self.get(processor.emulator)?;
        match processor.emulator {
            Emulator::Qemu | Emulator::QemuPatched => Ok(Box::new(BareQemu::new(program, processor)?)),
            Emulator::Bochs => Ok(Box::new(BareBochs::new(bochs::Build::Debian, processor))),
            Emulator::BochsPatched => Ok(Box::new(BareBochs::new(bochs::Build::Lab(program), processor))),
            Emulator::None => Err(Failure::NotEmulated),
        }
    }

    /// The emulator's program; built if it is ours. Errors: it is not installed or cannot be built.
    pub fn get(&self, emulator: Emulator) -> Result<PathBuf, Failure> {
        match emulator {
            Emulator::Qemu => installed("qemu-system-x86_64", QEMU),
            Emulator::QemuPatched => self.patched(&qemu::RECIPE),
            Emulator::Bochs => installed("bochs", BOCHS),
            Emulator::BochsPatched => self.patched(&bochs::RECIPE),
            Emulator::None => Err(Failure::NotEmulated),
        }
    }

    /// What this machine lacks to run it, and to build it if it is not built yet.
    pub fn missing(&self, emulator: Emulator) -> Missing {
        match emulator {
            Emulator::Qemu => Missing::of(&[QEMU]),
            Emulator::Bochs => Missing::of(&[BOCHS, bochs::FIRMWARE]),
            Emulator::QemuPatched => qemu::RECIPE.missing(&self.cache.path("")),
            Emulator::BochsPatched => bochs::RECIPE.missing(&self.cache.path("")),
            Emulator::None => Missing::default(),
        }
    }

    /// Whether it is there, and else how to get it.
    pub fn state(&self, emulator: Emulator) -> String {
        let missing = self.missing(emulator);
        if !missing.is_empty() {
            return missing.to_string();
        }
        let recipe = match emulator {
            Emulator::QemuPatched => &qemu::RECIPE,
            Emulator::BochsPatched => &bochs::RECIPE,
            _ => return "ready".to_owned(),
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
        recipe.missing(&self.cache.path("")).refuse(recipe.name)?;
        let archive = Archive::open(self.cache, self.mirror.as_deref(), true, self.tell)?;
        let version = archive.source_version(recipe.package, recipe.version)?;
        let entry = self.cache.entry(&recipe.key(&version), |into| {
            (self.tell)(&format!("fetching the source of {}", recipe.name));
            let work = tempfile::tempdir_in(into).map_err(|error| Failure::io("create a folder in", into, error))?;
            let source = match recipe.debian_patches {
                true => archive.unpack_source(recipe.package, &version, work.path())?,
                false => archive.unpack_upstream(recipe.package, &version, work.path())?,
            };
            recipe.build(into, &source, self.tell)?;
            Ok(())
        })?;
        Ok(entry.join(recipe.binary))
    }
}

fn installed(name: &str, needs: &[Need]) -> Result<PathBuf, Failure> {
    Missing::of(&[needs]).refuse(name)?;
    Ok(PathBuf::from(name))
}
