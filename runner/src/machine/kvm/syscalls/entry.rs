//! KVM_RUN.

use kvm_ioctls::{VcpuExit, VcpuFd};

use super::super::ioctl_error::ioctl_failed;
use super::signal::interruptible;
use crate::machine::Trouble;

/// Why KVM_RUN returned: `VcpuExit` without its borrow of the vCPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// OUT of these bytes to this port.
    Out(u16, u8),
    /// IN from this port.
    In(u16),
    /// Memory access outside every slot and device.
    Mmio { address: u64, write: bool },
    /// KVM_EXIT_DEBUG: linear RIP and what DR6 would hold.
    Debug { rip: u64, dr6: u64 },
    /// KVM_EXIT_HLT.
    Halt,
    /// KVM_EXIT_SHUTDOWN.
    Shutdown,
    /// KVM_EXIT_INTERNAL_ERROR: suberror and data.
    Internal { suberror: u32, data: Vec<u64> },
    /// KVM_EXIT_FAIL_ENTRY: hardware reason.
    FailEntry(u64),
    /// A signal came, or `immediate_exit` was set.
    Signal,
    /// Anything else, by its name.
    Other(String),
}

/// KVM_RUN; it returns at once if the thread was interrupted since [`take_interruption`](super::take_interruption).
pub(crate) fn run(vcpu: &mut VcpuFd) -> Result<Stopped, Trouble> {
    vcpu.set_kvm_immediate_exit(0);
    let flag = &raw mut vcpu.get_kvm_run().immediate_exit;
    // SAFETY: the flag lies in the page that `vcpu` maps, and `vcpu` is borrowed until the call returns.
    unsafe { interruptible(flag, || enter(vcpu)) }
}

/// KVM_RUN that only completes the last exit and runs no guest code (`immediate_exit`).
pub(crate) fn complete(vcpu: &mut VcpuFd) -> Result<Stopped, Trouble> {
    vcpu.set_kvm_immediate_exit(1);
    let stopped = enter(vcpu);
    vcpu.set_kvm_immediate_exit(0);
    stopped
}

fn enter(vcpu: &mut VcpuFd) -> Result<Stopped, Trouble> {
    let stopped = match vcpu.run() {
        Ok(VcpuExit::IoOut(port, data)) => Stopped::Out(port, data.first().copied().unwrap_or_default()),
        Ok(VcpuExit::IoIn(port, _)) => Stopped::In(port),
        Ok(VcpuExit::MmioRead(address, _)) => Stopped::Mmio { address, write: false },
        Ok(VcpuExit::MmioWrite(address, _)) => Stopped::Mmio { address, write: true },
        Ok(VcpuExit::Debug(debug)) => Stopped::Debug { rip: debug.pc, dr6: debug.dr6 },
        Ok(VcpuExit::Hlt) => Stopped::Halt,
        Ok(VcpuExit::Shutdown) => Stopped::Shutdown,
        Ok(VcpuExit::InternalError) => return Ok(internal_error(vcpu)),
        Ok(VcpuExit::FailEntry(reason, _)) => Stopped::FailEntry(reason),
        Ok(VcpuExit::Intr) => Stopped::Signal,
        Ok(other) => Stopped::Other(format!("{other:?}")),
        Err(errno) if errno.errno() == libc::EINTR => Stopped::Signal,
        Err(errno) => return Err(ioctl_failed("KVM_RUN", errno)),
    };
    Ok(stopped)
}

fn internal_error(vcpu: &mut VcpuFd) -> Stopped {
    // SAFETY: the exit reason says that this arm is in use, and all its fields are plain integers.
    let internal = unsafe { vcpu.get_kvm_run().__bindgen_anon_1.internal };
    let count = (internal.ndata as usize).min(internal.data.len());
    Stopped::Internal { suberror: internal.suberror, data: internal.data.iter().take(count).copied().collect() }
}
