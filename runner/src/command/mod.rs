//! What the commands `nmi` and `lab` share: the terminal, standard output, Ctrl-C, formats and saved runs.

mod format;
mod interrupt;
mod output;
mod saved;
mod terminal;

pub use format::Format;
pub use interrupt::watch_for_interrupt;
pub use output::{note, print};
pub use saved::{NoSavedRun, SavedRunError, read_saved};
pub use terminal::{Color, choose_color, color_of_help, error_style, help_width, look};

/// The version with the commit that was built, where the build knew one: `0.2.0 (f167083)`.
pub const VERSION: &str = env!("NMI_VERSION");
