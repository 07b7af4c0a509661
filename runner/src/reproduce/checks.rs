//! The expectations of a case, as C statements.

use std::fmt::Display;

use guests::abi::FrameKind;
use guests::{Guest, Hypervisor, Mode, map};
use x86::flags::{IF, NT, RF, TF};
use x86::segment::{LEVEL, REAL_SHIFT};
use x86::svm::{IntCtl, event_type};
use x86::vector;
use x86::vmx::{Interruption, interruption, reason};

use super::error::Unable;
use super::template::quoted;
use crate::case::{
    Blocking, Delivered, ExitWant, Expect, FrameWant, MarkWant, NameAt, Reason, StackSegment, ViewWant, address,
};
use crate::terms::Shadow;

/// The statements for the records of the first processor.
#[derive(Default)]
pub(super) struct Checks {
    /// The statements, for the record number `i`.
    pub(super) text: String,
    /// Whether they call `rsp_at()`.
    pub(super) rsp: bool,
    /// Whether they call `event()`.
    pub(super) event: bool,
}

/// The statements for marks, frames and exits.
pub(super) fn records(expect: &Expect, guest: &Guest) -> Result<Checks, Unable> {
    let mut checks = Checks::default();
    for (at, want) in &expect.marks {
        checks.add(at, mark(want, &at.name));
    }
    for (at, want) in &expect.frames {
        checks.add(at, frame(want, &at.name, guest)?);
    }
    let exit = if guest.hypervisor == Some(Hypervisor::Vmx) { vmx_exit } else { svm_exit };
    for (at, want) in &expect.exits {
        checks.add(at, exit(want, &at.name, guest)?);
    }
    Ok(checks)
}

impl Checks {
    fn add(&mut self, at: &NameAt, Statements { list, rsp, event, .. }: Statements<'_>) {
        self.rsp |= rsp;
        self.event |= event;
        if !list.is_empty() {
            self.text += &format!("\t\tif ({}) {{\n", is(at, "i"));
            self.text.extend(list.iter().map(|statement| format!("\t\t\t{statement}\n")));
            self.text += "\t\t}\n";
        }
    }
}

/// Whether the record with the number in `variable` is the named one.
pub(super) fn is(at: &NameAt, variable: &str) -> String {
    format!("is({variable}, {}, {})", quoted(&at.name), at.occurrence.unwrap_or(0))
}

/// Calls of `want()`, the macro of `c/want.c`, for one place.
struct Statements<'a> {
    /// The name of the place in messages.
    at: &'a str,
    list: Vec<String>,
    /// Whether one calls `rsp_at()`.
    rsp: bool,
    /// Whether one calls `event()`.
    event: bool,
}

impl<'a> Statements<'a> {
    fn at(at: &'a str) -> Self {
        Self { at, list: Vec::new(), rsp: false, event: false }
    }

    /// Compares the expression `got` with what is wanted; `what` is its name in messages.
    fn want(&mut self, what: &str, got: impl Display, wanted: impl Display) {
        self.list.push(format!("want({}, {}, {got}, {wanted});", quoted(self.at), quoted(what)));
    }

    /// Compares one bit of the expression `word`, if it is wanted.
    fn bit(&mut self, what: &str, word: impl Display, bit: u32, wanted: Option<bool>) {
        if let Some(on) = wanted {
            self.want(what, format_args!("{word} >> {bit} & 1"), u8::from(on));
        }
    }

    /// Compares a yes-or-no expression, if it is wanted.
    fn flag(&mut self, what: &str, got: &str, wanted: Option<bool>) {
        if let Some(on) = wanted {
            self.want(what, got, u8::from(on));
        }
    }

    /// Compares the expression `got` with RSP at the latest record of `mark` before record `i`.
    fn rsp(&mut self, what: &str, got: impl Display, mark: &str) {
        self.rsp = true;
        self.want(what, got, format_args!("rsp_at(i, {})", quoted(mark)));
    }

    /// Compares the event in the expression `word` with a value of `event()`.
    fn event(&mut self, what: &str, word: impl Display, wanted: impl Display) {
        self.event = true;
        self.want(what, format_args!("event({word})"), wanted);
    }

    /// Compares an address with those of labels, if there are any.
    fn place(&mut self, what: &str, got: impl Display, labels: &[String], guest: &Guest) -> Result<(), Unable> {
        if labels.is_empty() {
            return Ok(());
        }
        let place = |label: &String| match address(guest, label) {
            Some(at) => Ok(format!("{at:#x} /* {label} */")),
            None => Err(Unable::NoPlace { place: label.clone() }),
        };
        self.want(what, got, labels.iter().map(place).collect::<Result<Vec<_>, _>>()?.join(", "));
        Ok(())
    }
}

fn mark<'a>(want: &MarkWant, at: &'a str) -> Statements<'a> {
    let mut statements = Statements::at(at);
    statements.bit("RFLAGS.IF", "ring[i].rflags", IF.trailing_zeros(), want.interrupt_flag);
    statements.bit("RFLAGS.TF", "ring[i].rflags", TF.trailing_zeros(), want.trap_flag);
    statements.bit("RFLAGS.NT", "ring[i].rflags", NT.trailing_zeros(), want.nested_task);
    if let Some(stack) = map::STACKS.iter().find(|stack| want.stack.as_deref() == Some(stack.name)) {
        let on = format!("ring[i].rsp >= {:#x} && ring[i].rsp <= {:#x}", stack.start, stack.end);
        statements.want(&format!("RSP on the stack {}:", stack.name), on, 1);
    }
    if let Some(other) = &want.rsp {
        statements.rsp(&format!("RSP of {other}"), "ring[i].rsp", other);
    }
    statements
}

fn frame<'a>(want: &FrameWant, at: &'a str, guest: &Guest) -> Result<Statements<'a>, Unable> {
    let base = usize::from(guest.mark_sites(at).any(|site| site.frame == FrameKind::Error));
    let real = guest.mode == Mode::Real;
    let slot = |index: usize| format!("ring[i].stack[{}]", base + index);
    let mut statements = Statements::at(at);
    let rip = if real { format!("(({} & {:#x}) << {REAL_SHIFT}) + {}", slot(1), u16::MAX, slot(0)) } else { slot(0) };
    statements.place("saved RIP", rip, &want.rip, guest)?;
    if let Some(cpl) = want.cpl {
        let got = if real { "0".to_owned() } else { format!("{} & {LEVEL}", slot(1)) };
        statements.want("interrupted CPL", got, cpl);
    }
    statements.bit("saved IF", slot(2), IF.trailing_zeros(), want.interrupt_flag);
    statements.bit("saved TF", slot(2), TF.trailing_zeros(), want.trap_flag);
    statements.bit("saved RF", slot(2), RF.trailing_zeros(), want.resume_flag);
    // RSP and SS are pushed in long mode, and in protected mode by a change of the privilege level.
    let pushes = match guest.mode {
        Mode::Long => "1".to_owned(),
        Mode::Real => "0".to_owned(),
        Mode::Protected => format!("({} & {LEVEL}) == 3", slot(1)),
    };
    if let Some(other) = &want.rsp {
        let above = format!("ring[i].rsp + {}", (base as u64 + 3) * guest.mode.slot());
        let got = match guest.mode {
            Mode::Long => slot(3),
            Mode::Real => above,
            Mode::Protected => format!("{pushes} ? {} : {above}", slot(3)),
        };
        statements.rsp(&format!("saved RSP, that of {other}:"), got, other);
    }
    if let Some(segment) = want.ss {
        let ss = slot(4);
        let (words, same) = match segment {
            StackSegment::Kernel => ("saved SS the kernel's:", format!("{ss} == {:#x}", map::selector::KERNEL_DS)),
            StackSegment::User => ("saved SS the user's:", format!("{ss} == {:#x}", map::selector::USER_DS)),
            StackSegment::Null => ("saved SS null:", format!("!({ss} & ~3ull)")),
            StackSegment::Other => ("saved SS another:", "0".to_owned()),
        };
        statements.want(words, format_args!("{pushes} && {same}"), 1);
    }
    if let Some(code) = want.error {
        statements.want("error code", "ring[i].stack[0]", format_args!("{code:#x}"));
    }
    Ok(statements)
}

fn svm_exit<'a>(want: &ExitWant, at: &'a str, guest: &Guest) -> Result<Statements<'a>, Unable> {
    let mut statements = Statements::at(at);
    if let Some(code) = want.code {
        statements.want("EXITCODE", "ring[i].stack[0]", format_args!("{code:#x}"));
    }
    statements.place("L2's RIP", "ring[i].stack[2]", &want.rip, guest)?;
    statements.place("nRIP", "ring[i].stack[4]", &want.next_rip, guest)?;
    for (what, slot, wanted) in [("EXITINTINFO", 1, want.delivering), ("EVENTINJ", 5, want.injecting)] {
        if let Some(event) = wanted {
            statements.event(what, format_args!("ring[i].stack[{slot}]"), svm_event(event));
        }
    }
    // INTERRUPT_SHADOW is in the high half.
    statements.bit("INTERRUPT_SHADOW", "ring[i].stack[3]", u32::BITS, want.shadow);
    let none = IntCtl::new();
    for (what, control, wanted) in [
        ("V_NMI", none.with_v_nmi(true), want.v_nmi),
        ("V_NMI_MASK", none.with_v_nmi_mask(true), want.v_nmi_mask),
        ("V_IRQ", none.with_v_irq(true), want.v_irq),
        ("VGIF", none.with_v_gif(true), want.v_gif),
    ] {
        statements.bit(what, "ring[i].stack[3]", control.into_bits().trailing_zeros(), wanted);
    }
    Ok(statements)
}

/// The value of `event()`, the function of `c/event.c`, for an event of this type.
fn number(kind: u8, vector: u8) -> String {
    format!("{:#x}", 0x10000 | u32::from(kind) << 8 | u32::from(vector))
}

fn svm_event(event: Delivered) -> String {
    match event {
        Delivered::None => "0".to_owned(),
        Delivered::Nmi => number(event_type::NMI, 0),
        Delivered::Irq => number(event_type::INTR, 0),
        Delivered::Software => number(event_type::SOFTWARE, 0),
        Delivered::Exception(vector) => number(event_type::EXCEPTION, vector),
        Delivered::Reserved => number(event_type::RESERVED, 0),
    }
}

fn vmx_event(event: Delivered) -> String {
    match event {
        Delivered::None => "0".to_owned(),
        Delivered::Nmi => number(interruption::NMI, 0),
        Delivered::Irq => number(interruption::EXTERNAL, 0),
        Delivered::Software => number(interruption::SOFTWARE, 0),
        Delivered::Exception(vector) => number(interruption::EXCEPTION, vector),
        Delivered::Reserved => number(interruption::RESERVED, 0),
    }
}

fn vmx_exit<'a>(want: &ExitWant, at: &'a str, guest: &Guest) -> Result<Statements<'a>, Unable> {
    let own = &want.vmx;
    let low = |slot: usize| format!("(uint32_t)ring[i].stack[{slot}]");
    let high = |slot: usize| format!("ring[i].stack[{slot}] >> 32");
    let mut statements = Statements::at(at);
    statements.want("a VMfail:", high(0), u8::from(own.vmfail.is_some()));
    if let Some(event) = want.injecting {
        statements.event("VM-entry interruption information", low(5), vmx_event(event));
    }
    if let Some(error) = own.vmfail {
        // A VMfail writes nothing else.
        statements.want("VM-instruction error", high(5), error);
        return Ok(statements);
    }
    if let Some(wanted) = own.reason {
        let number = if let Reason::Basic(number) = wanted { number } else { reason::EXCEPTION_OR_NMI };
        statements.want("exit reason", format_args!("{} & {:#x}", low(0), reason::BASIC), number);
        match wanted {
            Reason::Basic(_) => {}
            Reason::Nmi => {
                let nmi = Interruption::new().with_kind(interruption::NMI).with_vector(vector::NMI).into_bits();
                let both = Interruption::new().with_kind(u8::MAX >> 5).with_vector(u8::MAX).into_bits();
                let got = format!("{} & {both:#x}", low(3));
                statements.want("type and vector", got, format_args!("{nmi:#x}"));
            }
            Reason::Exception(vector) => statements.want("vector", format_args!("{} & @VECTOR_MASK@", low(3)), vector),
        }
    }
    if let Some(fails) = own.entry_failure {
        let bit = reason::ENTRY_FAILURE.trailing_zeros();
        statements.want("entry failure", format_args!("{} >> {bit}", low(0)), u8::from(fails));
    }
    statements.place("L2's RIP", "ring[i].stack[1]", &want.rip, guest)?;
    if let Some(event) = want.delivering {
        statements.event("IDT-vectoring information", high(3), vmx_event(event));
    }
    if let Some(blocking) = own.blocking {
        let defined = Blocking::of(u32::MAX).bits();
        let got = format!("{} & {defined:#x}", low(2));
        statements.want("interruptibility state", got, format_args!("{:#x}", blocking.bits()));
    }
    let unblocking = Interruption::new().with_unblocking(true).into_bits();
    statements.bit("bit 12", low(3), unblocking.trailing_zeros(), own.bit_12);
    if let Some(state) = own.activity {
        statements.want("activity state", high(2), state);
    }
    Ok(statements)
}

/// The statements for a look at the processor, at `name`.
pub(super) fn view(want: &ViewWant, name: &str) -> Vec<String> {
    let mut statements = Statements::at(name);
    statements.flag("nmi.masked", "!!events.nmi.masked", want.masked);
    if let Some(count) = want.pending {
        statements.want("nmi.pending", "events.nmi.pending", count);
    }
    statements.flag("nmi.injected", "!!events.nmi.injected", want.injected);
    if let Some(shadow) = want.shadow {
        let (words, mask) = match shadow {
            Shadow::None | Shadow::Either => {
                ("interrupt.shadow", "(KVM_X86_SHADOW_INT_STI | KVM_X86_SHADOW_INT_MOV_SS)")
            }
            Shadow::Sti => ("interrupt.shadow of STI", "KVM_X86_SHADOW_INT_STI"),
            Shadow::MovSs => ("interrupt.shadow of MOV SS", "KVM_X86_SHADOW_INT_MOV_SS"),
        };
        let got = format!("!!(events.interrupt.shadow & {mask})");
        statements.flag(words, &got, Some(shadow != Shadow::None));
    }
    statements.flag("smi.smm", "!!events.smi.smm", want.smm);
    statements.flag("halted", "activity.mp_state == KVM_MP_STATE_HALTED", want.halted);
    statements.list
}
