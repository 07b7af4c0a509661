//! KVM on this host: virtual machines that are made once and reset between trials.
//!
//! Start reading at [`KvmMachine`]. `sys` is the only place with unsafe code.

mod aide;
mod causes;
mod cpu;
mod debug;
mod leftover;
mod machine;
mod migrate;
mod msrs;
mod open;
mod probe;
mod raise;
mod raw_loop;
mod run;
mod save;
mod second;
mod serve;
mod spares;
mod start;
mod stats;
mod sys;
mod task;
mod timing;
mod translations;
mod trial;
mod unit;
mod vm;
mod wash;
mod watch;
mod words;

#[cfg(test)]
mod tests;

/// Name for a thread that the machine of this thread starts: a kernel that warns names the thread, which tells whose trial ran.
fn thread_name(role: &str) -> String {
    format!("{}:{role}", std::thread::current().name().unwrap_or("nmi"))
}

pub use machine::KvmMachine;
pub use raw_loop::RawLoop;
pub use timing::Timing;
