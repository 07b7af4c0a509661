//! Virtual machines kept for the next trial: creating one takes longer than a trial.

mod factory;
mod pool;
mod remains;

pub(super) use factory::VmFactory;
pub(super) use pool::{PooledVm, VmPool};
pub(super) use remains::{Remains, finish_single_step, unblock_guest};
