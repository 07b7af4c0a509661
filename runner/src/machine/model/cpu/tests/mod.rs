//! Segments, pages, gates, returns and breakpoints, with values typed from Intel SDM vol. 3 and AMD APM vol. 2.

mod debug;
mod gate;
mod iret;
mod paging;
mod segment;
