//! What a VM exit from L2, or a VMfail, left in the VMCS, as a mark recorded it.

use guests::Guest;
use reports::{Difference, Field, Value};
use x86::vector::NMI;
use x86::vmx::{Interruption, interruption, reason};

use super::fields::{Fields, compare_place, number, word};
use super::place::place;
use crate::case::{Blocking, Delivered, ExitWant, Reason, activity_word};
use crate::execute::Mark;

/// The VMCS fields that a mark with `exit` records on Intel's processors.
pub(super) struct VmxExit {
    /// The exit reason.
    reason: u32,
    /// The VM-instruction error, if the VM entry was a VMfail: then the other fields still hold their earlier values.
    vmfail: Option<u32>,
    /// L2's RIP.
    pub(super) rip: u64,
    interruptibility: u32,
    activity: u32,
    interruption: u32,
    vectoring: u32,
    injecting: u32,
}

impl VmxExit {
    /// From the slots of the mark's record.
    pub(super) fn of(slots: [u64; 6]) -> Self {
        let [first, rip, state, events, _, entry] = slots;
        let high = |slot: u64| (slot >> 32) as u32;
        Self {
            reason: first as u32,
            vmfail: (high(first) != 0).then_some(high(entry)),
            rip,
            interruptibility: state as u32,
            activity: high(state),
            interruption: events as u32,
            vectoring: high(events),
            injecting: entry as u32,
        }
    }

    /// The slots with 0 for what the manual leaves undefined or this suite does not compare: all but the error of a VMfail; the
    /// qualification; the interruption information of an exit that is for no event; the other bits of an event that is not
    /// valid; bit 12.
    pub(super) fn defined(&self) -> [u64; 6] {
        if let Some(error) = self.vmfail {
            return [1 << 32, 0, 0, 0, 0, u64::from(self.injecting) | u64::from(error) << 32];
        }
        let for_event = matches!(self.reason as u16, reason::EXCEPTION_OR_NMI | reason::EXTERNAL_INTERRUPT);
        let interruption = if for_event { event(self.interruption) } else { 0 };
        [
            self.reason.into(),
            self.rip,
            u64::from(Blocking::of(self.interruptibility).bits()) | u64::from(self.activity) << 32,
            u64::from(interruption) | u64::from(event(self.vectoring)) << 32,
            0,
            event(self.injecting).into(),
        ]
    }

    /// The exit in one line, such as `exit vmcall at l2, blocking nmi`: reason, L2's RIP, events, blocking, activity.
    pub(super) fn words(&self, guest: &Guest) -> String {
        if let Some(error) = self.vmfail {
            return format!("VMfail {error}");
        }
        let failure = if self.fails() { "entry failure, " } else { "" };
        let reason = Reason::of(self.reason, self.interruption).word();
        let mut words = format!("{failure}exit {reason} at {}", place(guest, self.rip));
        for (doing, bits) in [("delivering", self.vectoring), ("injecting", self.injecting)] {
            let event = Delivered::of_interruption(bits);
            if event != Delivered::None {
                words += &format!(", {doing} {}", event.word());
            }
        }
        let blocking = Blocking::of(self.interruptibility);
        if blocking.bits() != 0 {
            words += &format!(", blocking {}", blocking.word());
        }
        if self.activity != 0 {
            words += &format!(", activity {}", activity_word(self.activity));
        }
        words
    }

    fn fails(&self) -> bool {
        self.reason & reason::ENTRY_FAILURE != 0
    }
}

/// An event without the bits that mean nothing: all bits if it is not valid, the vector of an NMI, bit 12 and the reserved
/// ones.
fn event(bits: u32) -> u32 {
    let event = Interruption::from_bits(bits);
    if !event.valid() {
        return 0;
    }
    let vector = if event.kind() == interruption::NMI { NMI } else { event.vector() };
    event.with_vector(vector).with_unblocking(false).with_reserved(0).into_bits()
}

/// How the exit that a mark recorded differs from what is wanted, and L2's RIP if that differs; `None` if nothing differs.
pub(super) fn vmx_exit_differs(want: &ExitWant, mark: &Mark, guest: &Guest) -> Option<(Vec<Difference>, Option<u64>)> {
    let exit = VmxExit::of(mark.stack);
    let own = &want.vmx;
    let mut fields = Fields::default();
    if own.vmfail != exit.vmfail {
        let value = |error: Option<u32>| error.map_or_else(|| word("none"), number);
        fields.push(Field::Vmfail, value(own.vmfail), value(exit.vmfail));
    }
    let event = |event: Delivered| word(event.word());
    fields.compare(Field::Injecting, want.injecting, Delivered::of_interruption(exit.injecting), event);
    if exit.vmfail.is_some() {
        return fields.finish().map(|differing| (differing, None));
    }
    fields.compare(Field::Reason, own.reason, Reason::of(exit.reason, exit.interruption), |reason| word(reason.word()));
    fields.compare(Field::EntryFailure, own.entry_failure, exit.fails(), Value::Bit);
    let stood = compare_place(&mut fields, Field::Rip, &want.rip, exit.rip, guest);
    fields.compare(Field::Delivering, want.delivering, Delivered::of_interruption(exit.vectoring), event);
    let blocking = |blocking: Blocking| word(blocking.word());
    fields.compare(Field::Blocking, own.blocking, Blocking::of(exit.interruptibility), blocking);
    let unblocking = Interruption::from_bits(exit.interruption).unblocking();
    fields.compare(Field::Bit12, own.bit_12, unblocking, Value::Bit);
    fields.compare(Field::Activity, own.activity, exit.activity, |state| word(activity_word(state)));
    fields.finish().map(|differing| (differing, stood))
}

#[cfg(test)]
mod tests {
    use guests::Mode;
    use guests::abi::FrameKind;

    use super::super::samples::{guest, mark};
    use super::*;
    use crate::case::VmxExitWant;

    /// An exit for #GP at `target` in the delivery of an NMI, with NMIs blocked, from the activity state HLT.
    const SLOTS: [u64; 6] = [0, 0x2008, 1 << 32 | 8, 0x8000_0202 << 32 | 0x8000_1b0d, 0, 0];

    fn kept(stack: [u64; 6]) -> Mark {
        Mark { frame: FrameKind::VmcsExit, stack, ..mark("left") }
    }

    fn want(vmx: VmxExitWant) -> ExitWant {
        ExitWant { vmx, ..ExitWant::default() }
    }

    #[test]
    fn every_field_is_compared_and_those_that_differ_are_listed() {
        let guest = guest(Mode::Long);
        let right = ExitWant {
            rip: vec!["target".to_owned()],
            delivering: Some(Delivered::Nmi),
            injecting: Some(Delivered::None),
            vmx: VmxExitWant {
                reason: Some(Reason::Exception(13)),
                blocking: Some(Blocking::of(8)),
                bit_12: Some(true),
                activity: Some(1),
                vmfail: None,
                entry_failure: Some(false),
            },
            ..ExitWant::default()
        };
        assert_eq!(vmx_exit_differs(&right, &kept(SLOTS), &guest), None);
        let wrong = ExitWant {
            rip: vec!["nmi".to_owned()],
            delivering: Some(Delivered::None),
            injecting: Some(Delivered::Nmi),
            vmx: VmxExitWant {
                reason: Some(Reason::Nmi),
                blocking: Some(Blocking::of(0)),
                bit_12: Some(false),
                activity: Some(0),
                vmfail: Some(7),
                entry_failure: Some(true),
            },
            ..ExitWant::default()
        };
        let (differing, stood) = vmx_exit_differs(&wrong, &kept(SLOTS), &guest).expect("all of it differs");
        assert_eq!((differing.len(), stood), (9, Some(0x2008)));
    }

    #[test]
    fn a_vmfail_is_never_taken_for_the_exit_before_it() {
        let guest = guest(Mode::Long);
        let failed = kept([1 << 32, 0x2008, 0, 0, 0, 7 << 32 | 0x8000_0202]);
        let gp = want(VmxExitWant { reason: Some(Reason::Exception(0)), ..VmxExitWant::default() });
        let (differing, _) = vmx_exit_differs(&gp, &failed, &guest).expect("it differs");
        assert_eq!((differing.len(), differing[0].field), (1, Field::Vmfail));
        let seven = want(VmxExitWant { vmfail: Some(7), ..VmxExitWant::default() });
        assert_eq!(vmx_exit_differs(&seven, &failed, &guest), None);
        let kept_event = ExitWant { injecting: Some(Delivered::None), ..seven };
        assert!(vmx_exit_differs(&kept_event, &failed, &guest).is_some());
        assert_eq!(VmxExit::of(failed.stack).words(&guest), "VMfail 7");
    }

    #[test]
    fn passes_do_not_compare_undefined_bits() {
        let of = |slots: [u64; 6]| VmxExit::of(slots).defined();
        assert_eq!(of([18, 0x2008, 0, 0x202 << 32 | 0x8000_0202, 5, 0x202]), of([18, 0x2008, 0, 0, 0, 0]));
        assert_ne!(of([18, 0x2008, 8, 0, 0, 0]), of([18, 0x2008, 0, 0, 0, 0]));
        assert_eq!(of([1 << 32, 1, 2, 3, 4, 7 << 32]), of([1 << 32, 0, 0, 0, 0, 7 << 32]));
    }

    #[test]
    fn an_exit_is_described_in_one_line() {
        let words = "exit gp at target, delivering nmi, blocking nmi, activity hlt";
        assert_eq!(VmxExit::of(SLOTS).words(&guest(Mode::Long)), words);
        let failure = [0x8000_0021, 0x2000, 0, 0, 0, 0];
        assert_eq!(VmxExit::of(failure).words(&guest(Mode::Long)), "entry failure, exit invalid-guest-state at main");
    }
}
