use super::super::vcpu::{SavedVcpu, breakpoint_control};
use super::super::vm::{SavedPlatform, lock};
use super::state::KvmSession;
use crate::machine::Trouble;

impl KvmSession<'_> {
    /// Moves the guest to a fresh virtual machine, which replaces the old one for later trials, too: their reset does not
    /// depend on what was restored here.
    pub(super) fn move_to_fresh(&mut self) -> Result<(), Trouble> {
        self.pause()?;
        self.vm().first.settle()?;
        self.count();
        let mut fresh = self.parts.factory.fresh(self.config)?;
        let order = self.nested_order;
        self.nested_order = order.other();
        let old = &self.parts.pooled.vm;
        SavedPlatform::save(&old.platform, self.parts.buffer)?.restore(&fresh.platform)?;
        SavedVcpu::save(self.parts.host, &old.first)?.restore(&mut fresh.first, order)?;
        if let (Some(from), Some(to)) = (&old.second, &fresh.second) {
            SavedVcpu::save(self.parts.host, &lock(from))?.restore(&mut lock(to), order)?;
        }
        if !self.breakpoints.is_empty() {
            fresh.first.set_guest_debug(&breakpoint_control(&self.breakpoints))?;
        }
        let old = std::mem::replace(self.vm(), fresh);
        self.moved = true;
        self.parts.factory.discard(old);
        self.count_anew();
        Ok(())
    }
}
