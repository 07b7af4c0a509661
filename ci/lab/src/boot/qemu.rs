use std::path::{Path, PathBuf};
use std::process::Command;

use super::Logs;

/// A machine of QEMU's, without acceleration.
#[derive(Clone, Debug)]
pub struct Qemu {
    /// The program.
    pub program: PathBuf,
    /// Folders with its firmware, if it is not where the program looks.
    pub firmware: Vec<PathBuf>,
    /// Processor and features.
    pub processor: String,
    /// How many processors.
    pub processors: u32,
    /// Memory, in MiB.
    pub memory: u32,
}

impl Qemu {
    /// Where the guest finds the port for the results.
    pub const RESULTS: &str = "/dev/ttyS1";

    /// What the kernel is told. Warnings are printed, and the console is slow: nothing else is.
    pub const COMMAND_LINE: &str = "console=ttyS0 loglevel=5 panic=-1 mitigations=off nokaslr no_timer_check \
                                    tsc=reliable cryptomgr.notests random.trust_cpu=on";

    /// The command that boots it.
    pub fn command(&self, kernel: &Path, initramfs: &Path, logs: &Logs) -> Command {
        let mut qemu = Command::new(&self.program);
        for folder in &self.firmware {
            qemu.arg("-L").arg(folder);
        }
        qemu.args(["-nodefaults", "-display", "none", "-no-reboot", "-accel", "tcg,thread=multi"]);
        qemu.args(["-cpu", &self.processor, "-smp", &self.processors.to_string(), "-m", &self.memory.to_string()]);
        qemu.arg("-kernel").arg(kernel).arg("-initrd").arg(initramfs).args(["-append", Qemu::COMMAND_LINE]);
        for log in [&logs.console, &logs.results] {
            qemu.arg("-serial").arg(format!("file:{}", log.display()));
        }
        qemu
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Logs, Qemu};

    #[test]
    fn the_command_line_of_a_boot() {
        let qemu = Qemu {
            program: PathBuf::from("qemu-system-x86_64"),
            firmware: vec![PathBuf::from("/usr/share/seabios")],
            processor: "EPYC,+svm".to_owned(),
            processors: 2,
            memory: 768,
        };
        let command = qemu.command(Path::new("image"), Path::new("initramfs"), &Logs::in_folder(Path::new("boot")));
        let words: Vec<String> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        insta::assert_snapshot!(words.join("\n"));
    }
}
