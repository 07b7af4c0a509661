//! One or several runs as one page that holds all it needs: what failed first, then the whole of it.
//!
//! The page's parts are templates in `reports/templates`, its look and its script are files beside them. What failed
//! stands in the page as it is, so that it can be read without a script and printed. Everything else about cases is
//! many times as much and seldom read: it is kept compressed, and the script unpacks what is asked for.

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
