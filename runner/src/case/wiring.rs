use std::collections::BTreeMap;

use guests::{RaiseBy, Wiring};
use x86::msr;

use super::Case;
use crate::terms::{Path, Vendor};

/// How the guest of `case` is wired for a trial over `path` on a processor of `vendor`.
pub fn wiring(case: &Case, path: Path, vendor: Vendor) -> Wiring {
    Wiring {
        raise: match path {
            Path::XApic => RaiseBy::XApic,
            Path::X2Apic => RaiseBy::X2Apic,
            Path::None | Path::Ioctl | Path::Events | Path::Msi | Path::IoApic | Path::Ipi => RaiseBy::Host,
        },
        sender: path == Path::Ipi && !case.program.has_peer(),
        constants: counters(vendor),
    }
}

/// Whether the guest of `case` depends on the vendor: its text mentions a constant that differs between vendors.
pub fn depends_on_vendor(case: &Case) -> bool {
    let mentioned = |name: &str| case.program.sections.iter().any(|section| section.text.contains(name));
    COUNTERS.into_iter().any(mentioned)
}

/// The constants that differ between vendors.
const COUNTERS: [&str; 5] = ["PERFEVTSEL0", "PMC0", "PERF_GLOBAL_CTRL", "PERF_GLOBAL_STATUS", "PERF_GLOBAL_OVF_CTRL"];

/// The MSRs of the first performance counter.
///
/// Sources: AMD APM vol. 2, section 13.2.1 "Performance Counter MSRs" (which has no global control in this form: 0);
/// Intel SDM vol. 3, section "Architectural Performance Monitoring", and vol. 4, table "IA-32 Architectural MSRs".
fn counters(vendor: Vendor) -> BTreeMap<String, u64> {
    let values: [u32; 5] = match vendor {
        Vendor::Amd => [msr::AMD_PERF_EVT_SEL0, msr::AMD_PERF_CTR0, 0, 0, 0],
        Vendor::Intel => {
            [msr::PERFEVTSEL0, msr::PMC0, msr::PERF_GLOBAL_CTRL, msr::PERF_GLOBAL_STATUS, msr::PERF_GLOBAL_OVF_CTRL]
        }
    };
    COUNTERS.into_iter().map(str::to_owned).zip(values.map(u64::from)).collect()
}
