use super::machine::KvmMachine;
use crate::terms::{Path, Vendor};

/// The statistic that counts intercepted IRETs on kvm_amd.
const WINDOWS: &str = "nmi_window_exits";

impl KvmMachine {
    /// Whether the last trial leaves something behind that no reset can reach, so that its virtual machine must go.
    ///
    /// To find the end of an NMI handler, kvm_amd without NMI virtualization single-steps past IRETs and shadows
    /// (`nmi_singlestep`, `awaiting_iret_completion` in svm.c). No ioctl shows or clears that. It is over when the step
    /// is; a trial that ends first, or whose IRET faults, keeps it.
    pub(super) fn leaves_something(&mut self) -> bool {
        let (spoiled, path) = match &self.trial {
            Some(trial) => (trial.spoiled, trial.path),
            None => return false,
        };
        if spoiled || self.host.vendor != Vendor::Amd || path == Path::None {
            return spoiled;
        }
        if self.add_statistics().is_err() {
            return true;
        }
        let stepped = self.trial.as_ref().and_then(|trial| trial.carried.get(WINDOWS)).copied();
        let Ok(unit) = self.unit() else { return false };
        let idle = unit.first.raw_events().is_ok_and(|events| {
            events.nmi.masked == 0
                && events.nmi.pending == 0
                && events.nmi.injected == 0
                && events.interrupt.shadow == 0
        });
        !idle || stepped != Some(0)
    }
}
