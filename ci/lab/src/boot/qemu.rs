//! A kernel on QEMU.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Boot, Limits, Logs};
use crate::bare::{Emulated, Image};
use crate::kernel::Kernel;
use crate::kernel_image::uncompressed;
use crate::target::{Emulator, Machine, Processor};
use crate::{Cache, Failure, program};

/// Where Debian keeps the firmware, which a QEMU that was built elsewhere does not find.
const FIRMWARE: [&str; 2] = ["/usr/share/qemu", "/usr/share/seabios"];

/// What the kernel is told.
///
/// Warnings are printed; nothing else is, for the console is slow. The rest spares time that a test of KVM does not need:
/// grace periods of RCU, which every virtual machine's creation and end wait for, above all.
const COMMAND_LINE: &str = "console=ttyS0 loglevel=5 panic=-1 mitigations=off nokaslr no_timer_check tsc=reliable \
     clocksource=tsc rcupdate.rcu_expedited=1 rcutree.jiffies_till_first_fqs=0 rcutree.jiffies_till_next_fqs=0 \
     debugfs=off psi=0 init_on_alloc=0 lsm=capability cgroup_disable=memory audit=0 cryptomgr.notests random.trust_cpu=on";

/// The machine. A kernel measures its time-stamp counter against the PIT first, and on a busy host comes out wrong by any
/// factor: its clock then runs ahead, and guests seem to hang. Without a PIT it measures against the HPET, both ends read
/// together.
const MACHINE: &str = "pc,pit=off";

/// Memory of the machine, in MiB.
const MEMORY: u32 = 768;

/// The same for an image without a kernel.
const BARE_MEMORY: u32 = 128;

/// The emulator's name, as known deviations use it.
const NAME: &str = "QEMU TCG";

/// A kernel on QEMU, without acceleration. One processor: with two, they wait for each other at every turn of KVM's, and
/// the lab has another boot for a second processor of this machine.
pub(super) struct QemuBoot {
    program: PathBuf,
    firmware: &'static [&'static str],
    processor: String,
    kernel: PathBuf,
    about: String,
}

impl QemuBoot {
    /// With that program. Errors: it does not run, or the kernel is none.
    pub(super) fn new(
        cache: &Cache,
        program: PathBuf,
        machine: &Machine,
        kernel: &Kernel,
    ) -> Result<QemuBoot, Failure> {
        let patched = machine.emulator == Emulator::QemuPatched;
        Ok(QemuBoot {
            about: about(&program, &machine.processor, patched)?,
            program,
            firmware: if patched { &FIRMWARE } else { &[] },
            processor: machine.processor.clone(),
            kernel: startable(cache, kernel)?,
        })
    }
}

/// What reports say about it.
fn about(program: &Path, processor: &str, patched: bool) -> Result<String, Failure> {
    let version = program::output(Command::new(program).arg("--version"), "apt-get install qemu-system-x86")?;
    let version = version.lines().next().unwrap_or_default().replace("emulator version ", "");
    let words = if patched { ", with the lab's patches" } else { "" };
    Ok(format!("{version}, TCG, {processor}{words}"))
}

/// QEMU without acceleration, with this processor and memory in MiB, and nothing else.
fn start(program: &Path, firmware: &[&str], processor: &str, memory: u32) -> Command {
    let mut qemu = Command::new(program);
    for folder in firmware {
        qemu.args(["-L", folder]);
    }
    qemu.args(["-nodefaults", "-display", "none", "-no-reboot", "-machine", MACHINE, "-accel", "tcg", "-smp", "1"]);
    qemu.args(["-cpu", processor, "-m", &memory.to_string()]);
    qemu
}

/// What makes QEMU translate one instruction at a time: it looks at what the guest sends itself between two translations only.
fn one_by_one(about: &str) -> &'static [&'static str] {
    let words = about.split(' ').find_map(|word| word.split_once('.'));
    let version = words.and_then(|(major, rest)| {
        let minor = rest.split(['.', '(']).next()?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    });
    match version {
        Some(version) if version >= (8, 1) => &["-accel", "tcg,one-insn-per-tb=on"],
        _ => &["-singlestep"],
    }
}

/// The kernel in the form that starts soonest: already decompressed, if it can be entered so. Made once.
fn startable(cache: &Cache, kernel: &Kernel) -> Result<PathBuf, Failure> {
    let entry = cache.entry(&format!("uncompressed/{}", kernel.key), |into| {
        let image = fs::read(&kernel.image).map_err(|error| Failure::io("read", &kernel.image, error))?;
        let wrong = |source| Failure::Image { file: kernel.image.clone(), source };
        match uncompressed(&image).map_err(wrong)? {
            Some(bytes) => fs::write(into.join("vmlinux"), bytes).map_err(|error| Failure::io("write", into, error)),
            None => Ok(()),
        }
    })?;
    Ok(Some(entry.join("vmlinux")).filter(|file| file.exists()).unwrap_or_else(|| kernel.image.clone()))
}

impl Boot for QemuBoot {
    fn about(&self) -> &str {
        &self.about
    }

    fn emulator(&self) -> &str {
        NAME
    }

    fn command(&self, initramfs: &Path, logs: &Logs) -> Result<Command, Failure> {
        let mut qemu = start(&self.program, self.firmware, &self.processor, MEMORY);
        qemu.arg("-kernel").arg(&self.kernel).arg("-initrd").arg(initramfs).args(["-append", COMMAND_LINE]);
        for log in [&logs.console, &logs.results] {
            qemu.arg("-serial").arg(format!("file:{}", log.display()));
        }
        Ok(qemu)
    }

    fn limits(&self) -> Limits {
        Limits { boot: Duration::from_secs(120), silence: Duration::from_secs(90) }
    }

    fn time_limit(&self) -> Duration {
        Duration::from_secs(10)
    }
}

/// An image on QEMU's processor, with nothing below.
pub(super) struct BareQemu {
    program: PathBuf,
    firmware: &'static [&'static str],
    processor: String,
    about: String,
}

impl BareQemu {
    /// With that program. Errors: it does not run.
    pub(super) fn new(program: PathBuf, processor: &Processor) -> Result<BareQemu, Failure> {
        let patched = processor.emulator == Emulator::QemuPatched;
        Ok(BareQemu {
            about: about(&program, &processor.words, patched)?,
            firmware: if patched { &FIRMWARE } else { &[] },
            processor: processor.words.clone(),
            program,
        })
    }
}

impl Emulated for BareQemu {
    fn about(&self) -> &str {
        &self.about
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn command(&self, image: &Image, logs: &Logs) -> Result<Command, Failure> {
        let file = logs.console.with_file_name("image");
        fs::write(&file, &image.bytes).map_err(|error| Failure::io("write", &file, error))?;
        let mut qemu = start(&self.program, self.firmware, &self.processor, BARE_MEMORY);
        qemu.args(one_by_one(&self.about))
            .arg("-kernel")
            .arg(&file)
            .arg("-serial")
            .arg(format!("file:{}", logs.console.display()));
        Ok(qemu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_qemu_is_told_in_its_own_words_to_go_one_by_one() {
        assert_eq!(one_by_one("QEMU 7.2.22 (Debian 1:7.2), TCG, EPYC"), ["-singlestep"]);
        assert_eq!(one_by_one("QEMU 8.1.0, TCG, EPYC"), ["-accel", "tcg,one-insn-per-tb=on"]);
        assert_eq!(one_by_one("QEMU 10.0.2 (Debian), TCG, EPYC"), ["-accel", "tcg,one-insn-per-tb=on"]);
    }

    #[test]
    fn the_command_line_of_a_boot() {
        let boot = QemuBoot {
            program: PathBuf::from("qemu-system-x86_64"),
            firmware: &FIRMWARE,
            processor: "EPYC,+svm".to_owned(),
            kernel: PathBuf::from("image"),
            about: String::new(),
        };
        let command = boot.command(Path::new("initramfs"), &Logs::in_folder(Path::new("boot"))).unwrap();
        let words: Vec<String> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        insta::assert_snapshot!(words.join("\n"));
    }
}
