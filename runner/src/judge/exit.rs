//! What a #VMEXIT from L2 left in the VMCB, as a mark recorded it.

use guests::Guest;
use guests::abi::FrameKind;
use reports::{Difference, Field, Value};
use x86::svm::{Event, INTERRUPT_SHADOW, IntCtl, event_type, exit};
use x86::vector::NMI;

use super::fields::{Fields, compare_place, word};
use super::place::place;
use super::vmx_exit::vmx_exit_differs;
use crate::case::{Delivered, ExitWant, exit_word};
use crate::execute::Mark;

/// The VMCB fields that a mark with `exit` records.
pub(super) struct Exit {
    pub(super) code: u64,
    pub(super) delivering: u64,
    /// L2's RIP.
    pub(super) rip: u64,
    pub(super) int_ctl: IntCtl,
    pub(super) shadow: bool,
    pub(super) next_rip: u64,
    pub(super) injecting: u64,
}

impl Exit {
    /// From the slots of the mark's record.
    pub(super) fn of(slots: [u64; 6]) -> Self {
        let [code, delivering, rip, control, next_rip, injecting] = slots;
        let int_ctl = IntCtl::from_bits(control as u32);
        let shadow = control >> 32 & u64::from(INTERRUPT_SHADOW) != 0;
        Self { code, delivering, rip, int_ctl, shadow, next_rip, injecting }
    }

    /// The slots with 0 for what the manual leaves undefined or this suite does not compare: nRIP, which not every exit saves;
    /// the other bits of an event whose V is 0 (AMD APM vol. 2, 15.7.2 "Intercepts During IDT Interrupt Delivery"); EXITINTINFO
    /// of VMEXIT_INVALID.
    pub(super) fn defined(&self) -> [u64; 6] {
        let int_ctl = IntCtl::new()
            .with_v_irq(self.int_ctl.v_irq())
            .with_v_gif(self.int_ctl.v_gif())
            .with_v_nmi(self.int_ctl.v_nmi())
            .with_v_nmi_mask(self.int_ctl.v_nmi_mask());
        let control = u64::from(int_ctl.into_bits()) | u64::from(self.shadow) << 32;
        let delivering = if self.code == exit::INVALID { 0 } else { event(self.delivering) };
        [self.code, delivering, self.rip, control, 0, event(self.injecting)]
    }

    /// The exit in one line, such as `exit vmmcall at l2, v-nmi-mask`: EXITCODE, L2's RIP, events and virtual NMI bits.
    pub(super) fn words(&self, guest: &Guest) -> String {
        let mut words = format!("exit {} at {}", exit_word(self.code), place(guest, self.rip));
        for (doing, event) in [("delivering", self.delivering), ("injecting", self.injecting)] {
            let event = Delivered::of(event);
            if event != Delivered::None {
                words += &format!(", {doing} {}", event.word());
            }
        }
        let control = self.int_ctl;
        for (name, set) in [
            ("shadow", self.shadow),
            ("v-nmi", control.v_nmi()),
            ("v-nmi-mask", control.v_nmi_mask()),
            ("v-irq", control.v_irq()),
        ] {
            if set {
                words += &format!(", {name}");
            }
        }
        words
    }
}

/// An event without the bits that mean nothing: all bits if V is 0, the vector of an NMI, the error code if EV is 0.
fn event(bits: u64) -> u64 {
    let event = Event::from_bits(bits);
    if !event.valid() {
        return 0;
    }
    let vector = if event.kind() == event_type::NMI { NMI } else { event.vector() };
    let error_code = if event.has_error_code() { event.error_code() } else { 0 };
    let known = Event::new().with_vector(vector).with_kind(event.kind()).with_valid(true);
    known.with_has_error_code(event.has_error_code()).with_error_code(error_code).into_bits()
}

/// How the exit that a mark recorded differs from what is wanted, and L2's RIP if that differs; `None` if nothing differs.
pub(super) fn exit_differs(want: &ExitWant, mark: &Mark, guest: &Guest) -> Option<(Vec<Difference>, Option<u64>)> {
    if mark.frame == FrameKind::VmcsExit {
        return vmx_exit_differs(want, mark, guest);
    }
    let exit = Exit::of(mark.stack);
    let mut fields = Fields::default();
    fields.compare(Field::Code, want.code, exit.code, |code| word(exit_word(code)));
    let stood = compare_place(&mut fields, Field::Rip, &want.rip, exit.rip, guest);
    compare_place(&mut fields, Field::NextRip, &want.next_rip, exit.next_rip, guest);
    let event = |event: Delivered| word(event.word());
    fields.compare(Field::Delivering, want.delivering, Delivered::of(exit.delivering), event);
    fields.compare(Field::Injecting, want.injecting, Delivered::of(exit.injecting), event);
    fields.compare(Field::Shadow, want.shadow, exit.shadow, Value::Bit);
    fields.compare(Field::VNmi, want.v_nmi, exit.int_ctl.v_nmi(), Value::Bit);
    fields.compare(Field::VNmiMask, want.v_nmi_mask, exit.int_ctl.v_nmi_mask(), Value::Bit);
    fields.compare(Field::VIrq, want.v_irq, exit.int_ctl.v_irq(), Value::Bit);
    fields.compare(Field::VGif, want.v_gif, exit.int_ctl.v_gif(), Value::Bit);
    fields.finish().map(|differing| (differing, stood))
}

#[cfg(test)]
mod tests {
    use guests::Mode;
    use x86::svm::Intercept;

    use super::super::samples::{guest, mark};
    use super::*;

    /// An exit for #NP at `target` in the delivery of an NMI, in a shadow, with V_NMI_MASK set.
    fn kept() -> Mark {
        let stack = [exit::exception(11), 0x8000_0202, 0x2008, 1 << 32 | 0x1000, 0x200c, 0];
        Mark { frame: FrameKind::Exit, stack, ..mark("left") }
    }

    #[test]
    fn every_field_is_compared_and_those_that_differ_are_listed() {
        let guest = guest(Mode::Long);
        let want = ExitWant {
            code: Some(exit::exception(11)),
            rip: vec!["target".to_owned()],
            next_rip: vec!["target+4".to_owned()],
            delivering: Some(Delivered::Nmi),
            injecting: Some(Delivered::None),
            shadow: Some(true),
            v_nmi: Some(false),
            v_nmi_mask: Some(true),
            v_irq: Some(false),
            v_gif: Some(false),
            ..ExitWant::default()
        };
        assert_eq!(exit_differs(&want, &kept(), &guest), None);
        let other = ExitWant {
            code: Some(Intercept::NMI.exit_code()),
            rip: vec!["nmi".to_owned()],
            next_rip: vec!["nmi".to_owned()],
            delivering: Some(Delivered::None),
            injecting: Some(Delivered::Nmi),
            shadow: Some(false),
            v_nmi: Some(true),
            v_nmi_mask: Some(false),
            v_irq: Some(true),
            v_gif: Some(true),
            ..ExitWant::default()
        };
        let (differing, stood) = exit_differs(&other, &kept(), &guest).expect("all of it differs");
        assert_eq!((differing.len(), stood), (10, Some(0x2008)));
        assert_eq!(exit_differs(&ExitWant::default(), &kept(), &guest), None);
    }

    #[test]
    fn passes_do_not_compare_the_bits_of_an_invalid_event() {
        let of = |delivering: u64| {
            let mut slots = kept().stack;
            slots[1] = delivering;
            Exit::of(slots).defined()
        };
        assert_eq!(of(0x202), of(0));
        assert_eq!(of(0x8000_0202), of(0x8000_0255));
        assert_ne!(of(0x8000_0202), of(0));
    }

    #[test]
    fn an_exit_is_described_in_one_line() {
        assert_eq!(
            Exit::of(kept().stack).words(&guest(Mode::Long)),
            "exit np at target, delivering nmi, shadow, v-nmi-mask"
        );
    }
}
