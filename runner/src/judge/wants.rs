//! Compares single observations with what a case wants of them: views, marks and interrupt frames.

use guests::abi::FrameKind;
use guests::{Guest, map};
use reports::{Difference, Field, Value};
use x86::flags::RFlags;
use x86::segment::{Selector, real_base};

use super::exit::Exit;
use super::fields::{Fields, compare_place, number, word};
use super::place::is_code;
use super::vmx_exit::VmxExit;
use crate::case::{FrameWant, MarkWant, StackSegment, ViewWant};
use crate::execute::Mark;
use crate::terms::Events;

/// How a view differs from what is wanted.
pub(super) fn view_differs(want: &ViewWant, got: &Events) -> Option<Vec<Difference>> {
    let mut fields = Fields::default();
    fields.compare(Field::Masked, want.masked, got.masked, Value::Bit);
    fields.compare(Field::Pending, want.pending, got.pending, number);
    fields.compare(Field::Injected, want.injected, got.injected, Value::Bit);
    if let Some(shadow) = want.shadow.filter(|shadow| !shadow.allows(got.shadow)) {
        fields.push(Field::Shadow, word(shadow), word(got.shadow));
    }
    fields.compare(Field::Smm, want.smm, got.smm, Value::Bit);
    fields.compare(Field::Halted, want.halted, got.halted, Value::Bit);
    fields.finish()
}

/// How the processor's state at a mark differs from what is wanted; `before` are the earlier marks of the processor.
pub(super) fn mark_differs(want: &MarkWant, mark: &Mark, before: &[&Mark]) -> Option<Vec<Difference>> {
    let flags = RFlags::from_bits(mark.rflags);
    let mut fields = Fields::default();
    fields.compare(Field::If, want.interrupt_flag, flags.interrupt(), Value::Bit);
    fields.compare(Field::Tf, want.trap_flag, flags.trap(), Value::Bit);
    fields.compare(Field::Nt, want.nested_task, flags.nested_task(), Value::Bit);
    if let Some(stack) = &want.stack {
        let got = stack_name(mark.rsp);
        if got != stack {
            fields.push(Field::Stack, word(stack), word(got));
        }
    }
    if let Some(other) = &want.rsp {
        compare_rsp(&mut fields, other, mark.rsp, before);
    }
    fields.finish()
}

fn compare_rsp(fields: &mut Fields, other: &str, got: u64, before: &[&Mark]) {
    let want = Value::RspOf(other.to_owned());
    let Some(reference) = before.iter().rev().find(|mark| mark.name == other) else {
        fields.push(Field::Rsp, want, Value::NoRspOf(other.to_owned()));
        return;
    };
    if reference.rsp != got {
        let by = got.wrapping_sub(reference.rsp).cast_signed();
        fields.push(Field::Rsp, want, Value::RspNear { of: other.to_owned(), by });
    }
}

fn stack_name(rsp: u64) -> &'static str {
    map::STACKS.iter().find(|stack| stack.holds(rsp)).map_or("none", |stack| stack.name)
}

/// An interrupt frame as the processor pushed it.
struct Frame {
    error: u64,
    rip: u64,
    cs: u64,
    rflags: RFlags,
    rsp: u64,
    ss: Option<u64>,
}

impl Frame {
    fn of(mark: &Mark, guest: &Guest) -> Self {
        let slot = guest.mode.slot();
        let (error, base) = match mark.frame {
            FrameKind::Error => (mark.stack[0], 1),
            FrameKind::Interrupt | FrameKind::Exit | FrameKind::VmcsExit | FrameKind::None => (0, 0),
        };
        let at = |index: usize| mark.stack.get(base + index).copied().unwrap_or(0);
        // Only long mode, or a change of privilege level, pushes RSP and SS (Intel SDM vol. 3, "Exception- or
        // Interrupt-Handler Procedures"; AMD APM vol. 2, section 8.9 "Long-Mode Interrupt Control Transfers").
        let real = guest.mode == guests::Mode::Real;
        let pushes_stack = guest.mode == guests::Mode::Long || (!real && rpl(at(1)) == 3);
        let above = mark.rsp.wrapping_add((base as u64 + 3) * slot);
        let (rsp, ss) = if pushes_stack { (at(3), Some(at(4))) } else { (above, None) };
        let code_base = if real { real_base(at(1) as u16) } else { 0 };
        Frame { error, rip: code_base.wrapping_add(at(0)), cs: at(1), rflags: RFlags::from_bits(at(2)), rsp, ss }
    }
}

/// The address of the interrupted instruction, from the frame or the exit that a mark recorded; `None` if it recorded neither,
/// or if there is no instruction of the guest at the address.
pub(super) fn interrupted(guest: &Guest, mark: &Mark) -> Option<u64> {
    let rip = match mark.frame {
        FrameKind::None => None,
        FrameKind::Interrupt | FrameKind::Error => Some(Frame::of(mark, guest).rip),
        FrameKind::Exit => Some(Exit::of(mark.stack).rip),
        FrameKind::VmcsExit => Some(VmxExit::of(mark.stack).rip),
    };
    rip.filter(|rip| is_code(guest, *rip))
}

/// How the frame that a mark recorded differs from what is wanted, and its RIP if that differs; `None` if nothing differs.
pub(super) fn frame_differs(
    want: &FrameWant,
    mark: &Mark,
    before: &[&Mark],
    guest: &Guest,
) -> Option<(Vec<Difference>, Option<u64>)> {
    let frame = Frame::of(mark, guest);
    let mut fields = Fields::default();
    let stood = compare_place(&mut fields, Field::Rip, &want.rip, frame.rip, guest);
    let cpl = if guest.mode == guests::Mode::Real { 0 } else { rpl(frame.cs) };
    fields.compare(Field::Cpl, want.cpl, cpl, number);
    fields.compare(Field::If, want.interrupt_flag, frame.rflags.interrupt(), Value::Bit);
    fields.compare(Field::Tf, want.trap_flag, frame.rflags.trap(), Value::Bit);
    fields.compare(Field::Rf, want.resume_flag, frame.rflags.resume(), Value::Bit);
    if let Some(other) = &want.rsp {
        compare_rsp(&mut fields, other, frame.rsp, before);
    }
    fields.compare(Field::Ss, want.ss, stack_segment(frame.ss), |segment| word(segment_word(segment)));
    fields.compare(Field::Error, want.error.map(u64::from), frame.error, Value::Number);
    fields.finish().map(|differing| (differing, stood))
}

/// The RPL of a selector as an interrupt pushed it.
fn rpl(pushed: u64) -> u8 {
    Selector::from_bits(pushed as u16).rpl()
}

fn stack_segment(ss: Option<u64>) -> StackSegment {
    use map::selector::{KERNEL_DS, USER_DS};
    match ss {
        Some(ss) if ss == u64::from(KERNEL_DS) => StackSegment::Kernel,
        Some(ss) if ss == u64::from(USER_DS) => StackSegment::User,
        Some(ss) if u16::try_from(ss).is_ok_and(|ss| Selector::from_bits(ss).is_null()) => StackSegment::Null,
        Some(_) | None => StackSegment::Other,
    }
}

fn segment_word(segment: StackSegment) -> &'static str {
    match segment {
        StackSegment::Kernel => "kernel",
        StackSegment::User => "user",
        StackSegment::Null => "null",
        StackSegment::Other => "another",
    }
}
