//! The signal by which one thread makes another leave KVM_RUN, also if it comes just before KVM_RUN.

use std::cell::Cell;
use std::mem;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{Ordering, compiler_fence};

/// What the signal handler and the thread that it interrupts share.
struct Interruption {
    /// `immediate_exit` of the vCPU that this thread runs, or null.
    immediate_exit: Cell<*mut u8>,
    /// A signal came since [`take_interruption`].
    came: Cell<bool>,
}

thread_local! {
    // Constant initializer and no destructor: plain thread-local storage, which a signal handler may touch.
    static INTERRUPTION: Interruption =
        const { Interruption { immediate_exit: Cell::new(ptr::null_mut()), came: Cell::new(false) } };
}

fn signal_number() -> libc::c_int {
    libc::SIGRTMIN() + 5
}

extern "C" fn handle(_: libc::c_int) {
    INTERRUPTION.with(|interruption| {
        interruption.came.set(true);
        let flag = interruption.immediate_exit.get();
        if !flag.is_null() {
            // SAFETY: `interruptible` sets the pointer only while its caller guarantees that it is valid, on this thread, and
            // clears it before it returns.
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
            action.sa_sigaction = handle as extern "C" fn(libc::c_int) as libc::sighandler_t;
            libc::sigaction(signal_number(), &raw const action, ptr::null_mut());
        }
    });
}

/// Whether this thread was interrupted since it last asked.
pub(crate) fn take_interruption() -> bool {
    INTERRUPTION.with(|interruption| interruption.came.replace(false))
}

/// Sends the signal to the thread of this process with this number; does nothing if it has ended.
pub(crate) fn interrupt(thread: i32) {
    install_handler();
    // SAFETY: the arguments are plain numbers, and the handler is in place. A number that no thread of this process has is an
    // error that changes nothing.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, signal_number()) };
}

/// Does `work`; a signal to this thread meanwhile sets the byte at `flag`, which is set at once if one came since
/// [`take_interruption`].
///
/// # Safety
///
/// `flag` can be written until `work` returns.
pub(super) unsafe fn interruptible<T>(flag: *mut u8, work: impl FnOnce() -> T) -> T {
    INTERRUPTION.with(|interruption| {
        // The pointer first: a signal after this line sets the flag itself, one before it left `came`.
        interruption.immediate_exit.set(flag);
        compiler_fence(Ordering::SeqCst);
        if interruption.came.get() {
            // SAFETY: the caller guarantees that it is valid.
            unsafe { flag.write_volatile(1) };
        }
        let done = work();
        interruption.immediate_exit.set(ptr::null_mut());
        done
    })
}
