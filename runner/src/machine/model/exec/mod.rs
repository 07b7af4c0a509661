//! What instructions do. Start reading at [`step`]: one boundary, then one event or one instruction.

mod arithmetic;
mod control;
mod cpuid;
mod data;
mod dispatch;
mod fetch;
mod io;
mod msr;
mod operand;
mod retire;
mod step;
mod string;
mod system;
#[cfg(test)]
mod tests;

pub(crate) use retire::Done;
pub(crate) use step::Stepped;
