use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::super::capabilities::Host;
use super::super::vm::{Config, Vm};
use super::factory::VmFactory;
use crate::machine::Trouble;

/// A virtual machine that is kept from trial to trial and reset between them.
pub(crate) struct PooledVm {
    pub(crate) vm: Vm,
    /// It may have state that no reset reaches, and must not be used again.
    pub(crate) spoiled: bool,
}

/// The virtual machines that are kept, one for each configuration.
pub(crate) struct VmPool {
    kept: BTreeMap<Config, PooledVm>,
    factory: VmFactory,
}

impl VmPool {
    pub(crate) fn new(host: &Arc<Host>) -> Self {
        Self { kept: BTreeMap::new(), factory: VmFactory::new(host) }
    }

    /// The virtual machine of this configuration, which the caller resets, and the factory for others.
    pub(crate) fn get(&mut self, config: Config) -> Result<(&mut PooledVm, &mut VmFactory), Trouble> {
        let pooled = match self.kept.entry(config) {
            Entry::Vacant(vacant) => vacant.insert(PooledVm { vm: self.factory.fresh(config)?, spoiled: false }),
            Entry::Occupied(kept) => {
                let pooled = kept.into_mut();
                if pooled.spoiled {
                    let old = std::mem::replace(&mut pooled.vm, self.factory.fresh(config)?);
                    self.factory.discard(old);
                    pooled.spoiled = false;
                }
                pooled
            }
        };
        Ok((pooled, &mut self.factory))
    }
}
