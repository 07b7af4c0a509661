//! One performance counter (Intel SDM vol. 3, "Architectural Performance Monitoring"; AMD APM vol. 2, section 13.2
//! "Performance Monitoring Counters").

use x86::pmu::{COUNTER, EventSelect, FIRST};
use x86::segment::USER;

use crate::terms::Vendor;

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
        Self { select: 0, counter: 0, global: FIRST, status: 0 }
    }
}

impl Pmu {
    /// Sets the counter.
    pub(crate) fn set_counter(&mut self, value: u64) {
        self.counter = value & COUNTER;
    }

    /// One instruction retires at `cpl`; true if the counter overflows and asks for an interrupt.
    pub(crate) fn retire(&mut self, vendor: Vendor, cpl: u8) -> bool {
        let select = EventSelect::from_bits(self.select);
        let on = select.enabled() && if cpl == USER { select.user() } else { select.system() };
        if !on || (vendor == Vendor::Intel && self.global & FIRST == 0) {
            return false;
        }
        self.counter = (self.counter + 1) & COUNTER;
        if self.counter != 0 {
            return false;
        }
        self.status |= FIRST;
        select.interrupt()
    }
}
