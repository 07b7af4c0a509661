use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use super::memory::Image;
use super::{Error, config, rom};
use crate::kernel_image::Flat;

/// The computer that Bochs is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// A CPU model of Bochs: `corei7_skylake_x` has VMX with virtual NMIs, `ryzen` has SVM.
    pub model: String,
    /// Memory, in MiB.
    pub memory_mib: u32,
    /// How many instructions make a second of the guest's time.
    pub instructions_per_second: u32,
}

/// The guest's console, com1, below the directory of the run.
pub const CONSOLE: &str = "console.log";

/// What the guest writes to com2, below the directory of the run.
pub const RESULTS: &str = "results";

/// Writes all that Bochs needs into `dir`, and returns the command that starts it.
///
/// Nothing in `dir` is shared: runs in different directories do not meet. The command needs neither a terminal nor a
/// screen. It ends when the guest powers off, and may be killed at any time.
///
/// Errors: kernel and initramfs do not fit, the command line is too long, or a file cannot be written.
pub fn prepare(
    machine: &Machine,
    kernel: &Flat,
    initramfs: &[u8],
    command_line: &str,
    dir: &Path,
) -> Result<Command, Error> {
    let image = Image::place(kernel, initramfs.len() as u64, machine.memory_mib)?;
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.join(name);
        fs::write(&path, bytes).map_err(|source| Error::Io { what: "write", path, source })
    };
    write("bochsrc", config::bochsrc(machine, image.address)?.as_bytes())?;
    // Debian's Bochs has its debugger built in, which waits for a command: continue.
    write("go", b"c\n")?;
    write("rom", &rom::build(kernel, &image, command_line)?)?;
    for name in [CONSOLE, RESULTS] {
        write(name, b"")?;
    }
    let path = dir.join("memory");
    image.write(&path, kernel, initramfs).map_err(|source| Error::Io { what: "write", path, source })?;
    let path = dir.join("bochs.out");
    let said = File::create(&path).map_err(|source| Error::Io { what: "write", path: path.clone(), source })?;
    let errors = said.try_clone().map_err(|source| Error::Io { what: "write", path, source })?;
    let mut command = Command::new("bochs");
    command.args(["-q", "-f", "bochsrc", "-rc", "go"]).current_dir(dir);
    command.stdin(Stdio::null()).stdout(said).stderr(errors);
    Ok(command)
}
