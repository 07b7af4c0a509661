use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cpu::{Cpu, FreshCpu};
use super::open::Host;
use super::vm::{Config, Vm};
use crate::machine::Trouble;

/// A virtual machine with its processors, kept from trial to trial.
pub(super) struct Unit {
    /// The first processor: its vCPU is run by the thread that owns the machine.
    pub(super) first: Cpu,
    /// The second one, which the aide's thread runs.
    pub(super) second: Option<Arc<Mutex<Cpu>>>,
    pub(super) vm: Arc<Vm>,
}

impl Unit {
    pub(super) fn create(host: &Host, config: Config, known: &[Arc<FreshCpu>]) -> Result<Self, Trouble> {
        let (vm, cpus) = Vm::create(host, config, known)?;
        let mut cpus = cpus.into_iter();
        let first = cpus.next().ok_or_else(|| Trouble::new("creating processors", "a machine needs at least one"))?;
        Ok(Self { first, second: cpus.next().map(|cpu| Arc::new(Mutex::new(cpu))), vm: Arc::new(vm) })
    }

    /// What its processors held when they were new.
    pub(super) fn known(&self) -> Vec<Arc<FreshCpu>> {
        let second = self.second.as_ref().map(|cpu| Arc::clone(&lock(cpu).fresh));
        std::iter::once(Arc::clone(&self.first.fresh)).chain(second).collect()
    }
}

/// Locks a processor; that a thread died with it does not matter, since all state is in the kernel.
pub(super) fn lock(cpu: &Mutex<Cpu>) -> MutexGuard<'_, Cpu> {
    cpu.lock().unwrap_or_else(PoisonError::into_inner)
}
