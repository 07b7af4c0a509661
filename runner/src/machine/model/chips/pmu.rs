//! One performance counter (Intel SDM vol. 3, "Architectural Performance Monitoring"; AMD APM vol. 2, section 13.2
//! "Performance Monitoring Counters").

use crate::terms::Vendor;

const USER: u64 = 1 << 16;
const SYSTEM: u64 = 1 << 17;
const INTERRUPT: u64 = 1 << 20;
const ENABLE: u64 = 1 << 22;
/// Both vendors' counters have 48 bits.
const COUNTER: u64 = (1 << 48) - 1;

/// Counter 0; every event counts retired instructions.
#[derive(Clone, Debug)]
pub(crate) struct Pmu {
    pub select: u64,
    pub counter: u64,
    /// IA32_PERF_GLOBAL_CTRL.
    pub global: u64,
    /// IA32_PERF_GLOBAL_STATUS.
    pub status: u64,
}

impl Default for Pmu {
    fn default() -> Self {
        Self { select: 0, counter: 0, global: 1, status: 0 }
    }
}

impl Pmu {
    /// Sets the counter.
    pub(crate) fn set_counter(&mut self, value: u64) {
        self.counter = value & COUNTER;
    }

    /// One instruction retires at `cpl`; true if the counter overflows and asks for an interrupt.
    pub(crate) fn retire(&mut self, vendor: Vendor, cpl: u8) -> bool {
        let ring = if cpl == 3 { USER } else { SYSTEM };
        let on = self.select & ENABLE != 0 && self.select & ring != 0;
        if !on || (vendor == Vendor::Intel && self.global & 1 == 0) {
            return false;
        }
        self.counter = (self.counter + 1) & COUNTER;
        if self.counter != 0 {
            return false;
        }
        self.status |= 1;
        self.select & INTERRUPT != 0
    }
}
