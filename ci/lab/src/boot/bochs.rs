//! Machines on Bochs.

use std::path::Path;
use std::process::Command;

use fs_err as fs;

use super::{Boot, Logs};
use crate::bare::Image;
use crate::bochs;
use crate::kernel::Kernel;
use crate::kernel_image::Flat;
use crate::{Attempt, Cache, Failure};

/// Instructions that the guest executes in a second of its own clock.
const INSTRUCTIONS: u32 = 100_000_000;

/// A kernel on this processor. Errors: its image is no bzImage, or damaged.
pub(super) fn with_kernel(
    cache: &Cache,
    build: bochs::Build,
    processor: &str,
    kernel: &Kernel,
) -> Result<Boot<Path>, Failure> {
    let flat = Flat::new(&fs::read(&kernel.image)?, &fs::read(kernel.vmlinux(cache)?)?);
    let kernel = flat.map_err(|source| Failure::Image { file: kernel.image.clone(), source })?;
    Ok(boot(build, processor, 512, move |machine, initramfs: &Path, folder| {
        let bytes = fs::read(initramfs)?;
        bochs::prepare(machine, &kernel, &bytes, folder).map_err(unprepared)
    }))
}

/// This processor without a kernel.
pub(super) fn bare(build: bochs::Build, processor: &str) -> Boot<Image> {
    boot(build, processor, 64, |machine, image, folder| bochs::prepare_bare(machine, image, folder).map_err(unprepared))
}

fn unprepared(error: bochs::Error) -> Failure {
    Failure::trouble(Attempt::PrepareBochs, error)
}

/// A machine with `memory_mib` MiB; `prepare` writes what a boot needs into its folder.
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
