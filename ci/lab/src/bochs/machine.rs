//! The computer that Bochs is to be.

use std::path::{Path, PathBuf};

/// Which Bochs it is, which decides how it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Build {
    /// Debian's, with a debugger and a display for VNC.
    Debian,
    /// The lab's own, this program, with neither.
    Lab(PathBuf),
}

impl Build {
    /// The program that is started.
    pub fn program(&self) -> &Path {
        match self {
            Build::Debian => Path::new("bochs"),
            Build::Lab(program) => program,
        }
    }
}

/// The computer that Bochs is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The program that is it.
    pub build: Build,
    /// A CPU model of Bochs: `corei7_skylake_x` has VMX with virtual NMIs, `ryzen` has SVM.
    pub model: String,
    /// Memory, in MiB.
    pub memory_mib: u32,
    /// How many instructions make a second of the guest's time.
    pub instructions_per_second: u32,
}

impl Machine {
    /// Words for the kernel's command line that make it start sooner here, or at all.
    pub fn command_line(&self) -> String {
        let khz = self.instructions_per_second / 1000;
        format!("{COMMAND_LINE} tsc_early_khz={khz}")
    }
}

/// Kernel parameters that skip work which is slow on an emulated processor and not needed to test KVM.
///
/// `cryptomgr.notests` saves a billion instructions, `rodata=off` the check for writable code, and the blacklist what
/// tracing and BTF prepare. The model's XSAVE area has a size on which Linux 7.3 fails to boot, hence `noxsave`. The
/// time stamp counter runs by one with each instruction, whatever CPUID says, hence `tsc_early_khz`.
const COMMAND_LINE: &str = "console=ttyS0 quiet panic=-1 nokaslr nosmp mitigations=off no_timer_check tsc=reliable \
     cryptomgr.notests rodata=off noxsave initcall_blacklist=trace_eval_init,cubictcp_register,init_kprobe_trace";
