//! What the kernel tells of a thread: whether it waits, and what processor time it was given.

use std::fs;
use std::time::Duration;

use reports::errno;

use super::super::syscalls;
use crate::machine::{Cannot, Trouble};

/// A thread of this process, by its kernel's number, as /proc tells of it (proc(5), "/proc/pid/task/tid/stat").
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task(pub(crate) i32);

impl Task {
    /// Checks that /proc shows this thread. Errors: /proc is not mounted, or shows another PID namespace.
    pub(crate) fn can_be_seen(self) -> Result<(), Trouble> {
        let file = format!("/proc/self/task/{}/stat", self.0);
        fs::metadata(&file).map(drop).map_err(|error| Cannot::SeeThread { file, errno: errno(&error) }.into())
    }

    /// Whether it waits, which a thread that is ready to run on a busy host does not.
    pub(crate) fn is_waiting(self) -> bool {
        let Ok(stat) = fs::read(format!("/proc/self/task/{}/stat", self.0)) else { return false };
        state(&stat) == Some(b'S')
    }

    /// The processor time that it was given since it started; zero if it has ended.
    pub(crate) fn processor_time(self) -> Duration {
        syscalls::processor_time(self.0)
    }
}

/// The state in a line of /proc/*/stat. It is behind the name, which may contain parentheses.
fn state(stat: &[u8]) -> Option<u8> {
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    stat.get(end + 2).copied()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn the_state_stands_behind_the_name() {
        assert_eq!(state(b"71 (nmi) S 1 71"), Some(b'S'));
        assert_eq!(state(b"71 (a) S) R) D 1 71"), Some(b'D'));
        assert_eq!(state(b"71"), None);
        assert_eq!(state(b"71 (nmi)"), None);
    }

    /// More than any thread's number (PID_MAX_LIMIT, include/linux/threads.h).
    const NOBODY: i32 = 4 * 1024 * 1024 + 1;

    #[test]
    fn a_thread_that_waits_is_told_from_one_that_runs() {
        let (tell, told) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            tell.send(syscalls::thread_id()).expect("sent");
            let _ = ended.recv();
        });
        let waiting = Task(told.recv().expect("told"));
        while !waiting.is_waiting() {
            thread::yield_now();
        }
        let before = waiting.processor_time();
        let this = Task(syscalls::thread_id());
        let began = this.processor_time();
        while this.processor_time() <= began + Duration::from_millis(1) {}
        assert!(!this.is_waiting());
        assert!(waiting.is_waiting());
        assert_eq!(waiting.processor_time(), before);
        drop(end);
        thread.join().expect("ended");
        assert!(this.can_be_seen().is_ok() && Task(NOBODY).can_be_seen().is_err());
        assert!(!Task(NOBODY).is_waiting());
        assert_eq!(Task(NOBODY).processor_time(), Duration::ZERO);
    }
}
