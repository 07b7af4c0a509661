//! The emulators of targets: which program each needs, and how to get or build it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::qemu::Qemu;
use super::{Boot, Limits, bochs};
use crate::bare::Image;
use crate::bochs::Build;
use crate::debian::Archive;
use crate::kernel::Kernel;
use crate::needs::{Missing, Need, Probe};
use crate::patched::Recipe;
use crate::target::{Emulator, Machine, Processor};
use crate::{Cache, Failure, qemu};

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

/// An emulator whose program is installed or built.
enum Opened {
    Qemu(Qemu),
    Bochs(Build),
}

/// How long a machine with a kernel may take. Bochs is slower than QEMU, and its guest's clock is slower than the host's.
pub fn limits(emulator: Emulator) -> Limits {
    let seconds = |boot, silence, guest| {
        let [boot, silence, guest] = [boot, silence, guest].map(Duration::from_secs);
        Limits { boot, silence, guest }
    };
    match emulator {
        Emulator::Bochs | Emulator::BochsPatched => seconds(240, 240, 2),
        Emulator::Qemu | Emulator::QemuPatched | Emulator::None => seconds(120, 90, 10),
    }
}

/// How an emulator is built, if it is the lab's own.
pub fn recipe(emulator: Emulator) -> Option<&'static Recipe> {
    match emulator {
        Emulator::QemuPatched => Some(&qemu::RECIPE),
        Emulator::BochsPatched => Some(&crate::bochs::RECIPE),
        Emulator::Qemu | Emulator::Bochs | Emulator::None => None,
    }
}

impl<'a> Emulators<'a> {
    /// Emulators from this cache, or built from the sources that a mirror has. `tell` is called before what takes long.
    pub fn new(cache: &'a Cache, mirror: Option<String>, tell: &'a (dyn Fn(&str) + Sync)) -> Emulators<'a> {
        Emulators { cache, mirror, tell }
    }

    /// A machine with that kernel. Errors: the emulator is not installed or cannot be built.
    pub fn boot(&self, machine: &Machine, kernel: &Kernel) -> Result<Boot<Path>, Failure> {
        match self.open(machine.emulator, &machine.processor)? {
            Opened::Qemu(qemu) => qemu.with_kernel(self.cache, kernel),
            Opened::Bochs(build) => bochs::with_kernel(self.cache, build, &machine.processor, kernel),
        }
    }

    /// A processor without a kernel. Errors: the emulator is not installed or cannot be built.
    pub fn bare(&self, processor: &Processor) -> Result<Boot<Image>, Failure> {
        Ok(match self.open(processor.emulator, &processor.words)? {
            Opened::Qemu(qemu) => qemu.bare(),
            Opened::Bochs(build) => bochs::bare(build, &processor.words),
        })
    }

    fn open(&self, emulator: Emulator, processor: &str) -> Result<Opened, Failure> {
        let program = self.get(emulator)?;
        Ok(match emulator {
            Emulator::Qemu => Opened::Qemu(Qemu::new(program, false, processor)?),
            Emulator::QemuPatched => Opened::Qemu(Qemu::new(program, true, processor)?),
            Emulator::Bochs => Opened::Bochs(Build::Debian),
            Emulator::BochsPatched => Opened::Bochs(Build::Lab(program)),
            Emulator::None => return Err(Failure::NotEmulated),
        })
    }

    /// The emulator's program; built first if it is the lab's own. Errors: it is not installed or cannot be built.
    pub fn get(&self, emulator: Emulator) -> Result<PathBuf, Failure> {
        if let Some(recipe) = recipe(emulator) {
            return self.patched(recipe);
        }
        let (name, needs) = match emulator {
            Emulator::Bochs => ("bochs", BOCHS),
            Emulator::Qemu => ("qemu-system-x86_64", QEMU),
            _ => return Err(Failure::NotEmulated),
        };
        Missing::of(&[needs]).refuse(name)?;
        Ok(PathBuf::from(name))
    }

    /// What this host lacks to run it, and to build it if it is not built yet.
    pub fn missing(&self, emulator: Emulator) -> Missing {
        match emulator {
            Emulator::Qemu => Missing::of(&[QEMU]),
            Emulator::Bochs => Missing::of(&[BOCHS, crate::bochs::FIRMWARE]),
            _ => recipe(emulator).map(|recipe| recipe.missing(&self.cache.path(""))).unwrap_or_default(),
        }
    }

    /// `ready`, or how to get it.
    pub fn state(&self, emulator: Emulator) -> String {
        let missing = self.missing(emulator);
        if !missing.is_empty() {
            return missing.to_string();
        }
        match recipe(emulator).filter(|recipe| recipe.find(&self.cache.path("")).is_none()) {
            Some(recipe) => format!("its {} is built by `lab fetch`, or before the first run", recipe.name),
            None => "ready".to_owned(),
        }
    }

    fn patched(&self, recipe: &Recipe) -> Result<PathBuf, Failure> {
        if let Some(binary) = recipe.find(&self.cache.path("")) {
            return Ok(binary);
        }
        recipe.missing(&self.cache.path("")).refuse(recipe.name)?;
        let archive = Archive::open(self.cache, self.mirror.as_deref(), self.tell)?;
        let version = archive.source_version(recipe.package, recipe.version)?;
        let entry = self.cache.entry(&recipe.key(&version), |into| {
            (self.tell)(&format!("fetching the source of {}", recipe.name));
            let work = tempfile::tempdir_in(into)?;
            let source = match recipe.debian_patches {
                true => archive.unpack_source(recipe.package, &version, work.path())?,
                false => archive.unpack_upstream(recipe.package, &version, work.path())?,
            };
            Ok(recipe.build(into, &source, self.tell)?)
        })?;
        Ok(entry.join(recipe.binary))
    }
}
