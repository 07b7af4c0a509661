use std::thread::{self, JoinHandle};

use reports::errno;

use crate::machine::{Cannot, Trouble};

/// Starts a thread for the machine of this thread. Its name is this thread's name and the role: the kernel's reports of faults
/// name the thread, which shows whose trial ran.
pub(super) fn spawn<T: Send + 'static>(
    role: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Trouble> {
    let name = format!("{}:{role}", thread::current().name().unwrap_or("nmi"));
    thread::Builder::new().name(name).spawn(work).map_err(|error| Cannot::StartThread { errno: errno(&error) }.into())
}
