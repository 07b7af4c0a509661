//! A kernel on Bochs.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{Boot, Limits, Logs};
use crate::bare::{Emulated, Image};
use crate::bochs;
use crate::kernel::Kernel;
use crate::kernel_image::{Flat, flatten};
use crate::target::{Machine, Processor};
use crate::{Cache, Failure};

/// Guest's instructions a second, by the guest's clock.
const INSTRUCTIONS: u32 = 100_000_000;

/// A kernel on Bochs.
pub(super) struct BochsBoot {
    machine: bochs::Machine,
    kernel: Flat,
    about: String,
}

impl BochsBoot {
    /// With the kernel as it lies in memory, which is made once. Errors: the kernel is no bzImage.
    pub(super) fn new(
        cache: &Cache,
        build: bochs::Build,
        machine: &Machine,
        kernel: &Kernel,
    ) -> Result<BochsBoot, Failure> {
        let wrong = |source| Failure::Image { file: kernel.image.clone(), source };
        let laid_out = cache.entry(&format!("laid-out/{}", kernel.key), |into| {
            let image = std::fs::read(&kernel.image).map_err(|error| Failure::io("read", &kernel.image, error))?;
            flatten(&image).and_then(|flat| flat.store(&into.join("kernel"))).map_err(wrong)
        })?;
        let model = machine.processor.clone();
        let about = about(&build, &model);
        let machine = bochs::Machine { build, model, memory_mib: 512, instructions_per_second: INSTRUCTIONS };
        Ok(BochsBoot { machine, kernel: Flat::load(&laid_out.join("kernel")).map_err(wrong)?, about })
    }
}

/// The emulator's name, as known deviations use it.
const NAME: &str = "Bochs";

/// What reports say about it.
fn about(build: &bochs::Build, model: &str) -> String {
    let words = if *build == bochs::Build::Debian { "" } else { ", with the lab's patches" };
    format!("{}, {model}{words}", version(build.program()))
}

/// What Bochs calls itself in its help: `Bochs x86 Emulator 2.7`.
fn version(program: &Path) -> String {
    let help = Command::new(program).arg("--help").output();
    let said = help.map(|out| [out.stdout, out.stderr].concat()).unwrap_or_default();
    let said = String::from_utf8_lossy(&said).into_owned();
    let line = said.lines().find_map(|line| line.find("Bochs x86").and_then(|at| line.get(at..)));
    line.map_or("Bochs".to_owned(), |line| line.trim().replace("x86 Emulator ", ""))
}

/// An image on Bochs' processor, with nothing below.
pub(super) struct BareBochs {
    machine: bochs::Machine,
    about: String,
}

impl BareBochs {
    pub(super) fn new(build: bochs::Build, processor: &Processor) -> BareBochs {
        let about = about(&build, &processor.words);
        let model = processor.words.clone();
        BareBochs {
            machine: bochs::Machine { build, model, memory_mib: 64, instructions_per_second: INSTRUCTIONS },
            about,
        }
    }
}

impl Emulated for BareBochs {
    fn about(&self) -> &str {
        &self.about
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn command(&self, image: &Image, logs: &Logs) -> Result<Command, Failure> {
        let folder = logs.console.parent().unwrap_or(Path::new("."));
        bochs::prepare_bare(&self.machine, image, folder).map_err(|error| Failure::trouble("prepare Bochs", error))
    }
}

impl Boot for BochsBoot {
    fn about(&self) -> &str {
        &self.about
    }

    fn emulator(&self) -> &str {
        NAME
    }

    fn command(&self, initramfs: &Path, logs: &Logs) -> Result<Command, Failure> {
        let bytes = std::fs::read(initramfs).map_err(|error| Failure::io("read", initramfs, error))?;
        let folder = logs.console.parent().unwrap_or(Path::new("."));
        let line = self.machine.command_line();
        bochs::prepare(&self.machine, &self.kernel, &bytes, &line, folder)
            .map_err(|error| Failure::trouble("prepare Bochs", error))
    }

    fn limits(&self) -> Limits {
        Limits { boot: Duration::from_secs(240), silence: Duration::from_secs(240) }
    }

    fn time_limit(&self) -> Duration {
        // By the guest's clock, which is slower than ours.
        Duration::from_secs(2)
    }
}
