//! Machines on QEMU, without acceleration.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::{Boot, Logs};
use crate::bare::Image;
use crate::kernel::Kernel;
use crate::kernel_image::has_pvh_entry;
use crate::{Cache, Failure, program};

/// Where Debian keeps the firmware, which a QEMU that was built elsewhere does not find.
const FIRMWARE: [&str; 2] = ["/usr/share/qemu", "/usr/share/seabios"];

/// The kernel's command line.
///
/// Only warnings are printed, for the console is slow. The rest saves time, above all in grace periods of RCU, for which the
/// creation and the end of each virtual machine wait.
const COMMAND_LINE: &str = "console=ttyS0 loglevel=5 panic=-1 mitigations=off nokaslr no_timer_check tsc=reliable \
     clocksource=tsc rcupdate.rcu_expedited=1 rcutree.jiffies_till_first_fqs=0 rcutree.jiffies_till_next_fqs=0 \
     debugfs=off psi=0 init_on_alloc=0 lsm=capability cgroup_disable=memory audit=0 cryptomgr.notests random.trust_cpu=on";

/// The machine. A kernel calibrates its time-stamp counter against the PIT first, and on a busy host gets a wrong frequency: its
/// clock then runs ahead, and guests seem to hang. Without a PIT it uses the HPET, which it reads together with the counter.
const MACHINE: &str = "pc,pit=off";

/// Memory of the machine, in MiB.
const MEMORY: u32 = 768;

/// The same for an image without a kernel.
const BARE_MEMORY: u32 = 128;

/// QEMU with one processor: two would wait for each other at each exit to KVM, and the lab uses a second processor of this
/// host for another boot.
pub(super) struct Qemu {
    program: PathBuf,
    /// Whether it is the lab's own build.
    patched: bool,
    processor: String,
    /// The first line of `--version`.
    version: String,
}

impl Qemu {
    /// With that program. Errors: it does not run.
    pub(super) fn new(program: PathBuf, patched: bool, processor: &str) -> Result<Qemu, Failure> {
        let said = program::output(Command::new(&program).arg("--version"), "apt-get install qemu-system-x86")?;
        let version = said.lines().next().unwrap_or_default().replace("emulator version ", "");
        Ok(Qemu { program, patched, processor: processor.to_owned(), version })
    }

    /// A kernel on it, already decompressed if QEMU can enter it so. Errors: its image is no bzImage, or damaged.
    pub(super) fn with_kernel(self, cache: &Cache, kernel: &Kernel) -> Result<Boot<Path>, Failure> {
        let vmlinux = kernel.vmlinux(cache)?;
        let kernel = if has_pvh_entry(&fs::read(&vmlinux)?) { vmlinux } else { kernel.image.clone() };
        Ok(self.boot(move |qemu, initramfs: &Path, logs| Ok(qemu.command_with_kernel(&kernel, initramfs, logs))))
    }

    /// An image on it that needs no kernel.
    pub(super) fn bare(self) -> Boot<Image> {
        self.boot(|qemu, image: &Image, logs| {
            let file = logs.console.with_file_name("image");
            fs::write(&file, &image.bytes)?;
            let mut command = qemu.command(BARE_MEMORY, &[&logs.console]);
            command.args(one_by_one(&qemu.version)).arg("-kernel").arg(file);
            Ok(command)
        })
    }

    fn boot<Own: ?Sized>(
        self,
        command: impl Fn(&Qemu, &Own, &Logs) -> Result<Command, Failure> + 'static,
    ) -> Boot<Own> {
        let words = if self.patched { ", with the lab's patches" } else { "" };
        Boot {
            about: format!("{}, TCG, {}{words}", self.version, self.processor),
            emulator: "QEMU TCG",
            command: Box::new(move |own, logs| command(&self, own, logs)),
        }
    }

    fn command_with_kernel(&self, kernel: &Path, initramfs: &Path, logs: &Logs) -> Command {
        let mut command = self.command(MEMORY, &[&logs.console, &logs.results]);
        command.arg("-kernel").arg(kernel).arg("-initrd").arg(initramfs).args(["-append", COMMAND_LINE]);
        command
    }

    /// With `memory` MiB, serial ports that write to these files, and no other device.
    fn command(&self, memory: u32, serial: &[&Path]) -> Command {
        let mut command = Command::new(&self.program);
        if self.patched {
            command.args(FIRMWARE.iter().flat_map(|folder| ["-L", folder]));
        }
        command.args([
            "-nodefaults",
            "-display",
            "none",
            "-no-reboot",
            "-machine",
            MACHINE,
            "-accel",
            "tcg",
            "-smp",
            "1",
        ]);
        command.args(["-cpu", &self.processor, "-m", &memory.to_string()]);
        for file in serial {
            command.arg("-serial").arg(format!("file:{}", file.display()));
        }
        command
    }
}

/// Makes QEMU translate one instruction at a time: it delivers what the guest sends itself only between two translated pieces.
fn one_by_one(version: &str) -> &'static [&'static str] {
    let words = version.split(' ').find_map(|word| word.split_once('.'));
    let version = words.and_then(|(major, rest)| {
        let minor = rest.split(['.', '(']).next()?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    });
    match version {
        Some(version) if version >= (8, 1) => &["-accel", "tcg,one-insn-per-tb=on"],
        _ => &["-singlestep"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_qemu_is_told_in_its_own_words_to_go_one_by_one() {
        assert_eq!(one_by_one("QEMU 7.2.22 (Debian 1:7.2)"), ["-singlestep"]);
        assert_eq!(one_by_one("QEMU 8.1.0"), ["-accel", "tcg,one-insn-per-tb=on"]);
        assert_eq!(one_by_one("QEMU 10.0.2 (Debian)"), ["-accel", "tcg,one-insn-per-tb=on"]);
    }

    #[test]
    fn the_command_line_of_a_boot() {
        let qemu = Qemu {
            program: PathBuf::from("qemu-system-x86_64"),
            patched: true,
            processor: "EPYC,+svm".to_owned(),
            version: String::new(),
        };
        let logs = Logs::in_folder(Path::new("boot"));
        let command = qemu.command_with_kernel(Path::new("image"), Path::new("initramfs"), &logs);
        let words: Vec<String> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        insta::assert_snapshot!(words.join("\n"));
    }
}
