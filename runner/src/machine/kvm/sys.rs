//! Everything that Rust cannot check: the memory slot, a few ioctls without a safe wrapper, and threads and their signals.
#![expect(unsafe_code, reason = "the one room for unsafe code; each block says why it is sound")]

use std::cell::Cell;
use std::fs::File;
use std::mem;
use std::os::fd::FromRawFd;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{Ordering, compiler_fence};
use std::time::Duration;

use kvm_bindings::{kvm_ioapic_state, kvm_irqchip, kvm_userspace_memory_region, kvm_xsave};
use kvm_ioctls::{VcpuExit, VcpuFd, VmFd};
use vm_memory::{GuestAddress, GuestMemoryBackend, GuestMemoryMmap, GuestRegionMmap, MmapRegion};

use super::causes;
use crate::machine::Trouble;

/// KVM_GET_STATS_FD: `_IO(0xAE, 0xCE)`.
const KVM_GET_STATS_FD: libc::c_ulong = 0xaece;

/// Why KVM_RUN returned, without the borrow that `VcpuExit` keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
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
    /// The thread's bell rang, or `immediate_exit` was set.
    Signal,
    /// Anything else, by its name.
    Other(String),
}

/// Guest memory from address 0, with all its pages: one call costs less than a fault for each of them.
pub(super) fn new_memory(size: u64) -> Result<GuestMemoryMmap, Trouble> {
    let trouble = |error: String| Trouble::new("guest memory", format!("mmap failed ({error}); free some memory"));
    let flags = libc::MAP_ANONYMOUS | libc::MAP_PRIVATE | libc::MAP_POPULATE;
    let mapping = MmapRegion::build(None, size as usize, libc::PROT_READ | libc::PROT_WRITE, flags)
        .map_err(|error| trouble(error.to_string()))?;
    let region = GuestRegionMmap::new(mapping, GuestAddress(0)).ok_or_else(|| trouble("it does not fit".to_owned()))?;
    GuestMemoryMmap::from_regions(vec![region]).map_err(|error| trouble(error.to_string()))
}

/// Gives an address space of the virtual machine its only memory slot, from guest-physical address 0; takes it away if
/// `size` is 0.
pub(super) fn map_memory(vm: &VmFd, memory: &GuestMemoryMmap, size: u64, space: u32) -> Result<(), Trouble> {
    let host = memory
        .get_host_address(GuestAddress(0))
        .map_err(|error| Trouble::new("guest memory", format!("the mapping has no host address ({error})")))?;
    let region = kvm_userspace_memory_region {
        slot: space << 16,
        flags: 0,
        guest_phys_addr: 0,
        memory_size: size,
        userspace_addr: host as u64,
    };
    // SAFETY: `memory` maps `size` bytes at `host` and is kept by the same `Vm` that keeps `vm`; should it go first,
    // KVM sees the unmapping through its MMU notifier. All access from Rust goes through vm-memory's volatile copies.
    unsafe { vm.set_user_memory_region(region) }.map_err(|errno| causes::failed("KVM_SET_USER_MEMORY_REGION", errno))
}

/// KVM_SET_XSAVE, for a state no larger than `kvm_xsave`: nobody here asks the kernel for dynamic features.
pub(super) fn set_xsave(vcpu: &VcpuFd, state: &kvm_xsave) -> Result<(), Trouble> {
    // SAFETY: the kernel reads at most 4096 bytes unless arch_prctl enabled dynamic features, which this program does
    // not do; `state` is that large.
    unsafe { vcpu.set_xsave(state) }.map_err(|errno| causes::failed("KVM_SET_XSAVE", errno))
}

/// The I/O APIC's part of what KVM_GET_IRQCHIP gave for chip 2.
pub(super) fn ioapic_entry(chip: &mut kvm_irqchip, pin: usize, entry: u64) {
    // SAFETY: every bit pattern is valid for the fields of `kvm_ioapic_state`, which is the arm in use for chip 2.
    let ioapic: &mut kvm_ioapic_state = unsafe { &mut chip.chip.ioapic };
    if let Some(slot) = ioapic.redirtbl.get_mut(pin) {
        slot.bits = entry;
    }
}

/// One redirection entry of the I/O APIC.
#[cfg(test)]
pub(super) fn read_ioapic_entry(chip: &kvm_irqchip, pin: usize) -> u64 {
    // SAFETY: as in `ioapic_entry`; both arms of an entry are plain bits.
    unsafe { chip.chip.ioapic.redirtbl.get(pin).map_or(0, |entry| entry.bits) }
}

/// KVM_GET_STATS_FD; none if the kernel has no such ioctl (before 5.14).
pub(super) fn stats_file(vcpu: &VcpuFd) -> Option<File> {
    // SAFETY: the ioctl takes no argument and returns a new descriptor or -1.
    let fd: RawFd = unsafe { libc::ioctl(vcpu.as_raw_fd(), KVM_GET_STATS_FD, 0) };
    // SAFETY: `fd` is open and owned by nobody else.
    (fd >= 0).then(|| unsafe { File::from_raw_fd(fd) })
}

/// A thread's bell: what its signal handler does is ring it.
struct Bell {
    /// `immediate_exit` of the vCPU that this thread runs, or null.
    flag: Cell<*mut u8>,
    /// It rang since it was last asked.
    rung: Cell<bool>,
}

thread_local! {
    // Constant initializer and no destructor: plain thread-local storage, which a signal handler may touch.
    static BELL: Bell = const { Bell { flag: Cell::new(ptr::null_mut()), rung: Cell::new(false) } };
}

/// The signal that rings a thread's bell.
fn signal_number() -> libc::c_int {
    libc::SIGRTMIN() + 5
}

extern "C" fn rung(_: libc::c_int) {
    BELL.with(|bell| {
        bell.rung.set(true);
        let flag = bell.flag.get();
        if !flag.is_null() {
            // SAFETY: `run` sets the pointer to a mapped `kvm_run` only while it borrows the vCPU, on this thread, and
            // takes it back before it returns.
            unsafe { flag.write_volatile(1) };
        }
    });
}

fn install_handler() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: a zeroed `sigaction` is valid; the handler only touches thread-local cells and one mapped byte.
        // Without SA_RESTART, so that KVM_RUN returns EINTR.
        unsafe {
            let mut action: libc::sigaction = mem::zeroed();
            action.sa_sigaction = rung as extern "C" fn(libc::c_int) as libc::sighandler_t;
            libc::sigaction(signal_number(), &raw const action, ptr::null_mut());
        }
    });
}

/// Whether this thread's bell rang since it was last asked.
pub(super) fn take_bell() -> bool {
    BELL.with(|bell| bell.rung.replace(false))
}

/// The number by which the kernel knows this thread.
pub(super) fn thread_id() -> i32 {
    thread_local! {
        // SAFETY: the call takes nothing and cannot fail.
        static ID: i32 = unsafe { libc::gettid() };
    }
    ID.with(|id| *id)
}

/// Rings the bell of the thread of this process with this number; nothing if it has ended.
pub(super) fn ring(thread: i32) {
    install_handler();
    // SAFETY: the arguments are plain numbers, and the handler is in place. A number that no thread of this process has is an
    // error that changes nothing.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, signal_number()) };
}

/// The processor time that a thread of this process was given since it started; zero if it has ended.
pub(super) fn processor_time(thread: i32) -> Duration {
    // How Linux numbers a thread's clock: CPUCLOCK_SCHED (2), CPUCLOCK_PERTHREAD_MASK (4), and the complement of its number
    // above them (include/linux/posix-timers_types.h).
    let clock = !thread << 3 | 6;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a live local of the right type.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return Duration::ZERO;
    }
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    seconds.ok().zip(nanos.ok()).map_or(Duration::ZERO, |(seconds, nanos)| Duration::new(seconds, nanos))
}

/// KVM_RUN until something concerns the host; a bell rung since [`take_bell`] makes it return at once.
pub(super) fn run(vcpu: &mut VcpuFd) -> Result<Stopped, Trouble> {
    vcpu.set_kvm_immediate_exit(0);
    let flag = &raw mut vcpu.get_kvm_run().immediate_exit;
    BELL.with(|bell| {
        // The pointer first: a signal after this line sets the flag itself, one before it left `rung`.
        bell.flag.set(flag);
        compiler_fence(Ordering::SeqCst);
        if bell.rung.get() {
            // SAFETY: the pointer was taken from a live borrow just above.
            unsafe { flag.write_volatile(1) };
        }
    });
    let stopped = enter(vcpu);
    BELL.with(|bell| bell.flag.set(ptr::null_mut()));
    stopped
}

/// KVM_RUN that completes what the last exit left undone, and enters no guest code.
pub(super) fn complete(vcpu: &mut VcpuFd) -> Result<Stopped, Trouble> {
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
        Err(errno) => return Err(causes::failed("KVM_RUN", errno)),
    };
    Ok(stopped)
}

fn internal_error(vcpu: &mut VcpuFd) -> Stopped {
    // SAFETY: the exit reason says that this arm is in use, and all its fields are plain integers.
    let internal = unsafe { vcpu.get_kvm_run().__bindgen_anon_1.internal };
    let count = (internal.ndata as usize).min(internal.data.len());
    Stopped::Internal { suberror: internal.suberror, data: internal.data.iter().take(count).copied().collect() }
}
