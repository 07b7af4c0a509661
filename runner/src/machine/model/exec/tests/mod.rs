//! Each family of instructions, with results and defined flags typed from Intel SDM vol. 2 and AMD APM vol. 3.

mod arithmetic;
mod control;
mod data;
mod flags;
mod shift;
mod string;
mod system;
