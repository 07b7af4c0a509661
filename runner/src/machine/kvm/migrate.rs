use super::machine::{KvmMachine, nothing_loaded};
use super::save::{SavedCpu, SavedVm};
use super::unit::lock;
use crate::machine::Trouble;

impl KvmMachine {
    /// The old virtual machine is dropped, and the fresh one takes its place for later trials, whose reset starts from
    /// what the processors held when they were new, not from what was restored here.
    pub(super) fn move_to_fresh(&mut self) -> Result<(), Trouble> {
        self.pause()?;
        self.unit()?.first.settle()?;
        self.add_statistics()?;
        let (config, breakpoints) = {
            let trial = self.trial()?;
            (trial.config, trial.breakpoints.clone())
        };
        let mut fresh = self.spares.fresh(config)?;
        let old = self.pool.get(&config).ok_or_else(nothing_loaded)?;
        SavedVm::save(&old.vm, &mut self.buffer)?.restore(&fresh.vm)?;
        SavedCpu::save(&self.host, &old.first)?.restore(&mut fresh.first)?;
        if let (Some(from), Some(to)) = (&old.second, &fresh.second) {
            SavedCpu::save(&self.host, &lock(from))?.restore(&mut lock(to))?;
        }
        if !breakpoints.is_empty() {
            fresh.first.set_guest_debug(&Self::debug_control(&breakpoints))?;
        }
        let before = fresh.first.stats.as_ref().map(|stats| stats.snapshot()).unwrap_or_default();
        self.trial()?.before = before;
        if let Some(old) = self.pool.insert(config, fresh) {
            self.spares.give_up(old);
        }
        Ok(())
    }
}
