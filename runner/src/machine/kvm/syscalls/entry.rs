//! KVM_RUN.

use kvm_ioctls::{VcpuExit, VcpuFd};

use super::super::ioctl_error::ioctl_failed;
use super::signal::interruptible;
use crate::machine::{Returned, Trouble};

/// KVM_RUN; it returns at once if the thread was interrupted since [`take_interruption`](super::take_interruption).
pub(crate) fn run(vcpu: &mut VcpuFd) -> Result<Returned, Trouble> {
    vcpu.set_kvm_immediate_exit(0);
    let flag = &raw mut vcpu.get_kvm_run().immediate_exit;
    // SAFETY: the flag lies in the page that `vcpu` maps, and `vcpu` is borrowed until the call returns.
    unsafe { interruptible(flag, || enter(vcpu)) }
}

/// KVM_RUN that only completes the last exit and runs no guest code (`immediate_exit`).
pub(crate) fn complete(vcpu: &mut VcpuFd) -> Result<Returned, Trouble> {
    vcpu.set_kvm_immediate_exit(1);
    let returned = enter(vcpu);
    vcpu.set_kvm_immediate_exit(0);
    returned
}

fn enter(vcpu: &mut VcpuFd) -> Result<Returned, Trouble> {
    let returned = match vcpu.run() {
        Ok(VcpuExit::IoOut(port, data)) => Returned::Out { port, value: data.first().copied().unwrap_or_default() },
        Ok(VcpuExit::IoIn(port, _)) => Returned::In { port },
        Ok(VcpuExit::MmioRead(address, _)) => Returned::Mmio { address, write: false },
        Ok(VcpuExit::MmioWrite(address, _)) => Returned::Mmio { address, write: true },
        Ok(VcpuExit::Debug(debug)) => Returned::Debug { rip: debug.pc, dr6: debug.dr6 },
        Ok(VcpuExit::Hlt) => Returned::Halt,
        Ok(VcpuExit::Shutdown) => Returned::Shutdown,
        Ok(VcpuExit::InternalError) => return Ok(internal_error(vcpu)),
        Ok(VcpuExit::FailEntry(reason, _)) => Returned::FailEntry { reason },
        Ok(VcpuExit::Intr) => Returned::Signal,
        Ok(_) => return Ok(Returned::Other { exit_reason: vcpu.get_kvm_run().exit_reason }),
        Err(errno) if errno.errno() == libc::EINTR => Returned::Signal,
        Err(errno) => return Err(ioctl_failed("KVM_RUN", errno)),
    };
    Ok(returned)
}

fn internal_error(vcpu: &mut VcpuFd) -> Returned {
    // SAFETY: the exit reason says that this arm is in use, and all its fields are plain integers.
    let internal = unsafe { vcpu.get_kvm_run().__bindgen_anon_1.internal };
    let count = (internal.ndata as usize).min(internal.data.len());
    Returned::InternalError { suberror: internal.suberror, data: internal.data.iter().take(count).copied().collect() }
}
