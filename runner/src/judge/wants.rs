use guests::abi::FrameKind;
use guests::{Guest, map};
use x86::flags::RFlags;

use super::place::{is_code, place};
use super::words::shared_words;
use crate::case::{FrameWant, MarkWant, StackSegment, ViewWant, address};
use crate::execute::Mark;
use crate::terms::Events;

/// A frame that is not as wanted.
pub(super) struct FrameDifference {
    pub(super) want: String,
    pub(super) got: String,
    /// Where the guest stood, if that is what differs.
    pub(super) address: Option<u64>,
}

/// One wanted field: its name, what is wanted and what was got, as words.
type Field = (&'static str, String, String);

/// Collects the fields that differ.
#[derive(Default)]
struct Fields(Vec<Field>);

impl Fields {
    fn compare<T: PartialEq + Copy>(
        &mut self,
        name: &'static str,
        want: Option<T>,
        got: T,
        word: impl Fn(T) -> String,
    ) {
        if let Some(want) = want.filter(|want| *want != got) {
            self.0.push((name, word(want), word(got)));
        }
    }

    fn finish(self) -> Option<(String, String)> {
        shared_words(&self.0)
    }
}

fn bit(on: bool) -> String {
    u8::from(on).to_string()
}

/// How a view differs from what is wanted, as words: want, got.
pub(super) fn view_differs(want: &ViewWant, got: &Events) -> Option<(String, String)> {
    let mut fields = Fields::default();
    fields.compare("masked", want.masked, got.masked, bit);
    fields.compare("pending", want.pending, got.pending, |count| count.to_string());
    fields.compare("injected", want.injected, got.injected, bit);
    if let Some(shadow) = want.shadow.filter(|shadow| !shadow.allows(got.shadow)) {
        fields.0.push(("shadow", shadow.to_string(), got.shadow.to_string()));
    }
    fields.compare("smm", want.smm, got.smm, bit);
    fields.compare("halted", want.halted, got.halted, bit);
    fields.finish()
}

/// How the processor's state at a mark differs from what is wanted; `before` are the earlier marks of the processor.
pub(super) fn mark_differs(want: &MarkWant, mark: &Mark, before: &[&Mark]) -> Option<(String, String)> {
    let flags = RFlags::from_bits(mark.rflags);
    let mut fields = Fields::default();
    fields.compare("IF", want.interrupt_flag, flags.interrupt(), bit);
    fields.compare("TF", want.trap_flag, flags.trap(), bit);
    fields.compare("NT", want.nested_task, flags.nested_task(), bit);
    if let Some(stack) = &want.stack {
        let got = stack_name(mark.rsp);
        if got != stack {
            fields.0.push(("stack", stack.clone(), got.to_owned()));
        }
    }
    if let Some(other) = &want.rsp {
        compare_rsp(&mut fields, other, mark.rsp, before);
    }
    fields.finish()
}

fn compare_rsp(fields: &mut Fields, other: &str, got: u64, before: &[&Mark]) {
    let Some(reference) = before.iter().rev().find(|mark| mark.name == other) else {
        fields.0.push(("RSP", format!("that of {other}"), format!("no {other} before it")));
        return;
    };
    if reference.rsp != got {
        let distance = got.wrapping_sub(reference.rsp).cast_signed();
        fields.0.push(("RSP", format!("that of {other}"), format!("that of {other} {distance:+}")));
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
            FrameKind::Interrupt | FrameKind::None => (0, 0),
        };
        let at = |index: usize| mark.stack.get(base + index).copied().unwrap_or(0);
        // Only long mode, or a change of privilege level, pushes RSP and SS (Intel SDM vol. 3, "Exception- or
        // Interrupt-Handler Procedures"; AMD APM vol. 2, section 8.9 "Long-Mode Interrupt Control Transfers").
        let real = guest.mode == guests::Mode::Real;
        let pushes_stack = guest.mode == guests::Mode::Long || (!real && at(1) & 3 == 3);
        let above = mark.rsp.wrapping_add((base as u64 + 3) * slot);
        let (rsp, ss) = if pushes_stack { (at(3), Some(at(4))) } else { (above, None) };
        let code_base = if real { (at(1) & 0xffff) << 4 } else { 0 };
        Frame { error, rip: code_base.wrapping_add(at(0)), cs: at(1), rflags: RFlags::from_bits(at(2)), rsp, ss }
    }
}

/// The address of the instruction that was interrupted, as the frame that a mark kept has it. None if it kept no frame, or one
/// that points to no instruction of the guest.
pub(super) fn interrupted(guest: &Guest, mark: &Mark) -> Option<u64> {
    (mark.frame != FrameKind::None).then(|| Frame::of(mark, guest).rip).filter(|rip| is_code(guest, *rip))
}

/// How the frame a mark kept differs from what is wanted.
pub(super) fn frame_differs(want: &FrameWant, mark: &Mark, before: &[&Mark], guest: &Guest) -> Option<FrameDifference> {
    let frame = Frame::of(mark, guest);
    let mut fields = Fields::default();
    let mut stood = None;
    if !want.rip.is_empty() && !want.rip.iter().any(|label| address(guest, label) == Some(frame.rip)) {
        fields.0.push(("RIP", want.rip.join(" or "), place(guest, frame.rip)));
        stood = Some(frame.rip);
    }
    let cpl = if guest.mode == guests::Mode::Real { 0 } else { (frame.cs & 3) as u8 };
    fields.compare("CPL", want.cpl, cpl, |cpl| cpl.to_string());
    fields.compare("IF", want.interrupt_flag, frame.rflags.interrupt(), bit);
    fields.compare("TF", want.trap_flag, frame.rflags.trap(), bit);
    fields.compare("RF", want.resume_flag, frame.rflags.resume(), bit);
    if let Some(other) = &want.rsp {
        compare_rsp(&mut fields, other, frame.rsp, before);
    }
    fields.compare("SS", want.ss, stack_segment(frame.ss), |segment| segment_word(segment).to_owned());
    fields.compare("error code", want.error.map(u64::from), frame.error, |code| format!("{code:X}h"));
    fields.finish().map(|(want, got)| FrameDifference { want, got, address: stood })
}

fn stack_segment(ss: Option<u64>) -> StackSegment {
    use map::selector::{KERNEL_DS, USER_DS};
    match ss {
        Some(ss) if ss == u64::from(KERNEL_DS) => StackSegment::Kernel,
        Some(ss) if ss == u64::from(USER_DS) => StackSegment::User,
        Some(ss) if ss & !3 == 0 => StackSegment::Null,
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
