//! One or several runs as one self-contained HTML page: failures first, then everything else.
//!
//! The page's parts are templates in `reports/templates`, with its style sheet and its script beside them. Failures stand in the
//! page as plain HTML, so that they can be read without the script and printed. The rest about cases is many times as large and
//! seldom read: it is stored compressed, and the script unpacks what is opened.

mod align;
mod case;
mod entry;
mod failure;
mod heading;
mod known;
mod markup;
mod matrix;
mod page;
mod sections;
mod store;
#[cfg(test)]
mod tests;
mod timeline;
mod wanted;

pub use page::Page;
pub use wanted::Wanted;
