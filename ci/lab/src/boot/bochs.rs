//! Machines on Bochs.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Boot, Logs};
use crate::bare::Image;
use crate::bochs;
use crate::kernel::Kernel;
use crate::kernel_image::{Flat, flatten};
use crate::{Cache, Failure};

/// Guest's instructions a second, by the guest's clock.
const INSTRUCTIONS: u32 = 100_000_000;

/// A kernel on this processor, as it lies in memory, which is made once. Errors: it is no bzImage.
pub(super) fn with_kernel(
    cache: &Cache,
    build: bochs::Build,
    processor: &str,
    kernel: &Kernel,
) -> Result<Boot<Path>, Failure> {
    let wrong = |source| Failure::Image { file: kernel.image.clone(), source };
    let laid_out = cache.entry(&format!("laid-out/{}", kernel.key), |into| {
        let image = fs::read(&kernel.image).map_err(|error| Failure::io("read", &kernel.image, error))?;
        flatten(&image).and_then(|flat| flat.store(&into.join("kernel"))).map_err(wrong)
    })?;
    let kernel = Flat::load(&laid_out.join("kernel")).map_err(wrong)?;
    Ok(boot(build, processor, 512, move |machine, initramfs: &Path, folder| {
        let bytes = fs::read(initramfs).map_err(|error| Failure::io("read", initramfs, error))?;
        bochs::prepare(machine, &kernel, &bytes, &machine.command_line(), folder).map_err(unprepared)
    }))
}

/// This processor with nothing below the guest.
pub(super) fn bare(build: bochs::Build, processor: &str) -> Boot<Image> {
    boot(build, processor, 64, |machine, image, folder| bochs::prepare_bare(machine, image, folder).map_err(unprepared))
}

fn unprepared(error: bochs::Error) -> Failure {
    Failure::trouble("prepare Bochs", error)
}

/// A machine with so many MiB, which `prepare` makes ready in the folder of a boot.
fn boot<Own: ?Sized>(
    build: bochs::Build,
    processor: &str,
    memory_mib: u32,
    prepare: impl Fn(&bochs::Machine, &Own, &Path) -> Result<Command, Failure> + 'static,
) -> Boot<Own> {
    let words = if build == bochs::Build::Debian { "" } else { ", with the lab's patches" };
    let about = format!("{}, {processor}{words}", version(build.program()));
    let model = processor.to_owned();
    let machine = bochs::Machine { build, model, memory_mib, instructions_per_second: INSTRUCTIONS };
    let command = move |own: &Own, logs: &Logs| {
        let folder = logs.console.parent().unwrap_or(Path::new("."));
        prepare(&machine, own, folder)
    };
    Boot { about, emulator: "Bochs", command: Box::new(command) }
}

/// What Bochs calls itself in its help: `Bochs x86 Emulator 2.7`.
fn version(program: &Path) -> String {
    let help = Command::new(program).arg("--help").output();
    let said = help.map(|out| [out.stdout, out.stderr].concat()).unwrap_or_default();
    let said = String::from_utf8_lossy(&said).into_owned();
    let line = said.lines().find_map(|line| line.find("Bochs x86").and_then(|at| line.get(at..)));
    line.map_or("Bochs".to_owned(), |line| line.trim().replace("x86 Emulator ", ""))
}
