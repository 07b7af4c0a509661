//! A session: the state of a loaded guest, its start, and what it leaves in the virtual machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use guests::Guest;
use reports::Cost;

use super::super::capabilities::Host;
use super::super::nmi_source::NmiSource;
use super::super::second_vcpu::SecondThread;
use super::super::vcpu::{NestedOrder, Touched, Vcpu};
use super::super::vm::{Config, Vm, lock};
use super::super::vm_pool::{PooledVm, Remains, VmFactory, finish_single_step, unblock_guest};
use super::super::watch::{Timing, Watch};
use crate::machine::Trouble;
use crate::terms::Path;

/// What a session uses of its machine.
pub(crate) struct Parts<'m> {
    pub(crate) host: &'m Host,
    pub(crate) watch: &'m Watch,
    pub(crate) timing: Timing,
    pub(crate) second: &'m mut SecondThread,
    pub(crate) pooled: &'m mut PooledVm,
    pub(crate) factory: &'m mut VmFactory,
    /// Buffer for guest memory in a migration.
    pub(crate) buffer: &'m mut Vec<u8>,
}

/// What the second thread is to do while the first processor runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecondTask {
    Nothing,
    /// Run the case's own second processor.
    RunPeer,
    /// Raise an NMI once the first processor sleeps.
    RaiseOnHalt,
}

/// A loaded guest. When it is dropped, the virtual machine is free for the next guest.
pub(crate) struct KvmSession<'m> {
    pub(super) parts: Parts<'m>,
    pub(super) guest: Arc<Guest>,
    pub(super) config: Config,
    pub(super) source: NmiSource,
    pub(super) second_task: SecondTask,
    /// An NMI is to be raised by this thread once the processor has halted.
    pub(super) raise_on_halt: bool,
    pub(super) breakpoints: Vec<u64>,
    /// The sender stands at its first exit.
    pub(super) sender_ready: bool,
    /// The guest ended as its program says, and did not run away.
    pub(super) ended: bool,
    /// It was migrated to another virtual machine.
    pub(super) moved: bool,
    /// When the next migration restores nested state: the two orders alternate.
    pub(super) nested_order: NestedOrder,
    /// The statistics when they were last read, and the counts until then, including those of earlier virtual machines.
    pub(super) looked: Vec<u8>,
    pub(super) counted: BTreeMap<String, u64>,
}

impl<'m> KvmSession<'m> {
    /// Resets the virtual machine to the guest's start.
    pub(crate) fn start(
        parts: Parts<'m>,
        guest: &Arc<Guest>,
        path: Path,
        config: Config,
        touched: Touched,
    ) -> Result<Self, Trouble> {
        let source = NmiSource::of(path);
        let reset = parts.pooled.vm.reset(guest, touched, source.pin());
        parts.pooled.spoiled = reset.is_err();
        reset?;
        let looked = snapshot(&parts.pooled.vm);
        let mut session = Self {
            parts,
            guest: Arc::clone(guest),
            config,
            source,
            second_task: SecondTask::Nothing,
            raise_on_halt: false,
            breakpoints: Vec::new(),
            sender_ready: false,
            ended: false,
            moved: false,
            nested_order: NestedOrder::BehindSpecialRegisters,
            looked,
            counted: BTreeMap::new(),
        };
        if session.has_peer() {
            session.second_task = SecondTask::RunPeer;
        }
        Ok(session)
    }

    pub(crate) fn vm(&mut self) -> &mut Vm {
        &mut self.parts.pooled.vm
    }

    /// Whether the case itself uses the second processor.
    pub(super) fn has_peer(&self) -> bool {
        self.config.processors > 1 && !self.guest.sender
    }

    /// Marks the virtual machine as not to be used again if this failed.
    pub(super) fn spoils<T>(&mut self, result: Result<T, Trouble>) -> Result<T, Trouble> {
        self.parts.pooled.spoiled |= result.is_err();
        result
    }

    /// The first processor, once the host can read and change its state. A failure spoils the virtual machine.
    pub(super) fn settled(&mut self) -> Result<&mut Vcpu, Trouble> {
        let settled = self.vm().first.settle();
        self.spoils(settled)?;
        Ok(&mut self.vm().first)
    }

    /// Adds what the first processor counted since the last time.
    pub(super) fn count(&mut self) {
        let Some(statistics) = &self.parts.pooled.vm.first.statistics else { return };
        let now = statistics.snapshot();
        statistics.add_difference(&self.looked, &now, &mut self.counted);
        self.looked = now;
    }

    /// Starts counting on the current virtual machine.
    pub(super) fn count_anew(&mut self) {
        self.looked = snapshot(&self.parts.pooled.vm);
    }

    /// What the guest leaves in KVM in its present state.
    pub(crate) fn remains(&mut self) -> Remains {
        if self.parts.pooled.spoiled {
            return Remains::Anything;
        }
        if self.vm().first.hypervisor {
            return self.remains_of_hypervisor();
        }
        if !self.parts.host.kvm_amd || self.source.is_none() {
            return Remains::Nothing;
        }
        self.count();
        if self.vm().first.is_idle() && self.counted.get(Cost::WINDOW_EXITS) == Some(&0) {
            return Remains::Nothing;
        }
        // A second processor may be in a handler, too.
        if self.has_peer() { Remains::Anything } else { Remains::SingleStep }
    }

    /// What a guest hypervisor leaves in KVM. That is known only if it ended as its program says, outside of its guest and of
    /// NMI handlers, on the virtual machine on which it started.
    fn remains_of_hypervisor(&mut self) -> Remains {
        // Nothing resets VMX operation.
        if !self.parts.host.kvm_amd || !self.ended || self.moved {
            return Remains::Anything;
        }
        self.count();
        let first = &self.parts.pooled.vm.first;
        let outside = first.is_idle() && !first.runs_a_guest() && self.counted.get(Cost::WINDOW_EXITS) == Some(&0);
        match self.counted.get(Cost::INJECTIONS) {
            Some(0) if outside => Remains::Nothing,
            Some(_) if outside => Remains::BlockedGuest,
            _ => Remains::Anything,
        }
    }
}

impl Drop for KvmSession<'_> {
    fn drop(&mut self) {
        let stopped = self.parts.second.stop();
        let remains = if matches!(stopped, Some(Err(_))) { Remains::Anything } else { self.remains() };
        let Parts { pooled: PooledVm { vm, spoiled }, watch, .. } = &mut self.parts;
        *spoiled = match remains {
            Remains::Nothing => false,
            Remains::SingleStep => !finish_single_step(vm, watch),
            Remains::BlockedGuest => !unblock_guest(vm, &self.guest),
            Remains::Anything => true,
        };
        if !self.ended {
            vm.first.distrust();
            vm.second.iter().for_each(|second| lock(second).distrust());
        }
    }
}

fn snapshot(vm: &Vm) -> Vec<u8> {
    vm.first.statistics.as_ref().map(|statistics| statistics.snapshot()).unwrap_or_default()
}
