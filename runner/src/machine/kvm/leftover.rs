use super::machine::KvmMachine;
use crate::terms::Path;

/// The statistic that counts intercepted IRETs on kvm_amd.
const WINDOWS: &str = "nmi_window_exits";

/// What the last trial leaves behind that no reset can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leftover {
    /// Nothing.
    Nothing,
    /// The first processor may be on its way out of an NMI handler; a washing run takes it there.
    Step,
    /// Anything; the virtual machine must go.
    Anything,
}

impl KvmMachine {
    /// What the last trial leaves behind.
    ///
    /// To find the end of an NMI handler, kvm_amd without NMI virtualization single-steps past IRETs and shadows
    /// (`nmi_singlestep`, `awaiting_iret_completion` in svm.c). No ioctl shows or clears that. It is over when the step
    /// is; a trial that ends first, or whose IRET faults, keeps it.
    pub(super) fn leftover(&mut self) -> Leftover {
        let (path, has_peer) = match &self.trial {
            Some(trial) if trial.spoiled => return Leftover::Anything,
            Some(trial) => (trial.path, trial.has_peer()),
            None => return Leftover::Nothing,
        };
        if !self.host.kvm_amd || path == Path::None {
            return Leftover::Nothing;
        }
        if self.add_statistics().is_err() {
            return Leftover::Anything;
        }
        let stepped = self.trial.as_ref().and_then(|trial| trial.carried.get(WINDOWS)).copied();
        let Ok(unit) = self.unit() else { return Leftover::Nothing };
        if unit.first.is_idle() && stepped == Some(0) {
            return Leftover::Nothing;
        }
        // A second processor that took part may be on its way out of a handler, too.
        if has_peer { Leftover::Anything } else { Leftover::Step }
    }
}
