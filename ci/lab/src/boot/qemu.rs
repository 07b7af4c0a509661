//! A kernel on QEMU.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Boot, Limits, Logs};
use crate::kernel::Kernel;
use crate::kernel_image::uncompressed;
use crate::target::{Emulator, Machine};
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
        let version = program::output(Command::new(&program).arg("--version"), "apt-get install qemu-system-x86")?;
        let version = version.lines().next().unwrap_or_default().replace("emulator version ", "");
        let patched = machine.emulator == Emulator::QemuPatched;
        let words = if patched { ", with the lab's patches" } else { "" };
        Ok(QemuBoot {
            program,
            firmware: if patched { &FIRMWARE } else { &[] },
            about: format!("{version}, TCG, {}{words}", machine.processor),
            processor: machine.processor.clone(),
            kernel: startable(cache, kernel)?,
        })
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
        "QEMU TCG"
    }

    fn command(&self, initramfs: &Path, logs: &Logs) -> Result<Command, Failure> {
        let mut qemu = Command::new(&self.program);
        for folder in self.firmware {
            qemu.args(["-L", folder]);
        }
        qemu.args(["-nodefaults", "-display", "none", "-no-reboot", "-machine", MACHINE, "-accel", "tcg", "-smp", "1"]);
        qemu.args(["-cpu", &self.processor, "-m", &MEMORY.to_string()]);
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

#[cfg(test)]
mod tests {
    use super::*;

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
