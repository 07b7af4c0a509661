use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reports::code;

/// A flag that the first Ctrl-C sets; the second Ctrl-C ends the process at once.
///
/// Errors: the handler cannot be set, or one is set already.
pub fn watch_for_interrupt() -> Result<Arc<AtomicBool>, ctrlc::Error> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(code::INTERRUPTED));
        }
    })?;
    Ok(interrupted)
}
