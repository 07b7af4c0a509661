use std::time::Duration;

/// The number by which the kernel knows this thread.
pub(crate) fn thread_id() -> i32 {
    thread_local! {
        // SAFETY: the call takes nothing and cannot fail.
        static ID: i32 = unsafe { libc::gettid() };
    }
    ID.with(|id| *id)
}

/// The processor time that a thread of this process was given since it started; zero if it has ended.
pub(crate) fn processor_time(thread: i32) -> Duration {
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
