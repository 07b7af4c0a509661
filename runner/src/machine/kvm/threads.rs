use std::thread::{self, JoinHandle};

use crate::machine::{Cannot, Trouble};

/// Starts a thread for the machine of this thread, and names it after both: a kernel that warns names the thread, which tells
/// whose trial ran.
pub(super) fn spawn<T: Send + 'static>(
    role: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Trouble> {
    let name = format!("{}:{role}", thread::current().name().unwrap_or("nmi"));
    thread::Builder::new()
        .name(name)
        .spawn(work)
        .map_err(|error| Cannot::StartThread { error: error.to_string() }.into())
}
