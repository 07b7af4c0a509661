//! An NMI arrives and is held until it can be taken.

/// `pending.one-is-held`, `pmi.held-while-blocked`
///
/// An NMI that arrives while NMIs are blocked is held, and delivered once when they are unblocked.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.2.3.2 "Counter Overflow"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.8 "NMI Handling While in SMM"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
pub fn blocked_nmis_are_held() -> bool {
    true
}

/// `path.blocking-per-processor`
///
/// An NMI that another processor sends counts like any other for the processor that receives it.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
pub fn sent_nmi_counts() -> bool {
    true
}
