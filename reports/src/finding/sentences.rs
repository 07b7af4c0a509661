//! Turns findings into text, except for those whose text stands beside their types. No program reads the text back, so it may be
//! changed freely.

use std::fmt;

use super::refused::{refused, unopened};
use super::{At, Difference, Field, Finding, HostEnd, Moment, Place, Record, Symptom, Trouble, Value};
use crate::Kind;

impl Finding {
    /// Both sides: what was wanted and what came. Either may be empty.
    pub fn sides(&self) -> (String, String) {
        match self {
            Finding::Sequence { want, got } => (want.to_string(), got.to_string()),
            Finding::View { at, differing } => fields(&format!("view of {at}: "), differing),
            Finding::Frame { at, differing } => fields(&format!("frame at {at}: "), differing),
            Finding::Exit { at, differing } => fields(&format!("exit at {at}: "), differing),
            Finding::Mark { at, differing } => fields(&format!("{at} with "), differing),
            Finding::NoWay { trace } => {
                (format!("the trace [{}]", trace.join(", ")), "no way that the manuals allow".to_owned())
            }
            Finding::KernelWarning { report } => (String::new(), report.clone()),
            Finding::HostDied(death) => (String::new(), death.to_string()),
            Finding::Trouble(trouble) => (String::new(), trouble.what()),
            Finding::Absent { id } => (id.clone(), String::new()),
        }
    }
}

/// `frame at nmi: IF 0, TF 0` and `frame at nmi: IF 1, TF 1`.
fn fields(start: &str, differing: &[Difference]) -> (String, String) {
    let side = |value: fn(&Difference) -> &Value| {
        let words = differing.iter().map(|one| format!("{} {}", one.field.title(), one.field.word(value(one))));
        start.to_owned() + &words.collect::<Vec<_>>().join(", ")
    };
    (side(|one| &one.want), side(|one| &one.got))
}

impl fmt::Display for Symptom {
    /// `mismatch in pass peek: want nmi, got after`, `error: KVM_RUN`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = self.pass.map(|pass| format!(" in pass {pass}")).unwrap_or_default();
        let (want, got) = self.finding.sides();
        let name = self.kind.name();
        match self.kind {
            Kind::Fixed => write!(f, "fixed: the known deviation did not show ({want})"),
            Kind::Unstable => write!(f, "{name}: {want} or {got}"),
            Kind::Hang | Kind::Shutdown => write!(f, "{name}{within}: want {want}"),
            Kind::KernelWarning | Kind::HostDied | Kind::Error => write!(f, "{name}: {got}"),
            _ => write!(f, "{name}{within}: want {want}, got {got}"),
        }
    }
}

/// Displays as `` on processor 1``; empty for the first processor.
struct On(u8);

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, " on processor {}", self.0) }
    }
}

impl fmt::Display for Moment {
    /// Without addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moment::Mark { name, cpu } => write!(f, "{name}{}", On(*cpu)),
            Moment::Record(record) => record.fmt(f),
            Moment::Done => f.write_str("done"),
            Moment::Halted => f.write_str("halted"),
            Moment::WakeLost { cpu } => {
                write!(f, "halted{}, woken by nothing but the host's interruption: the wake-up was lost", On(*cpu))
            }
            Moment::Hang { cpu, at } => write!(f, "hang{} at {at}", On(*cpu)),
            Moment::Endless { exits, at } => write!(f, "{exits} exits without end, the last at {at}"),
            Moment::Shutdown { cpu } => write!(f, "shutdown{}", On(*cpu)),
            Moment::Fault { cpu, exception, error, at } => {
                let code = error.map(|code| format!("({code:X}h)")).unwrap_or_default();
                write!(f, "{exception}{code}{} at {at}", On(*cpu))
            }
            Moment::Overflow { records } => write!(f, "{records} records, more than the ring holds"),
            Moment::Nothing { cpu } => write!(f, "nothing more{}", On(*cpu)),
            Moment::Step(moment) => write!(f, "host step {moment}"),
            Moment::NoStep => f.write_str("none"),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record { name, cpu, snap, rsp, rflags, error, from, stack } = self;
        write!(f, "{name} with RSP {rsp:X}h, RFLAGS {rflags:X}h")?;
        let Some(from) = from else { return Ok(()) };
        let kind = if *snap { "snap" } else { "mark" };
        let processor = if *cpu == 0 { String::new() } else { format!("processor {cpu}: ") };
        let code = error.map(|code| format!("error code {code:X}h, ")).unwrap_or_default();
        let slots: Vec<String> = stack.iter().map(|slot| format!("{slot:X}h")).collect();
        write!(f, ", {processor}{kind} {name}  {code}from {from}, stack {}", slots.join(" "))
    }
}

impl fmt::Display for Place {
    /// `2 instructions after nmi`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(label) = &self.label else { return f.write_str("outside the guest's code") };
        let inside = if self.inside { ", inside an instruction" } else { "" };
        match self.after {
            0 => write!(f, "{label}{inside}"),
            1 => write!(f, "1 instruction after {label}{inside}"),
            n => write!(f, "{n} instructions after {label}{inside}"),
        }
    }
}

impl Place {
    /// Short form: `nmi +2`.
    pub(crate) fn short(&self) -> String {
        match (&self.label, self.after) {
            (Some(label), after @ 1..) => {
                format!("{label} +{after}{}", if self.inside { ", inside an instruction" } else { "" })
            }
            _ => self.to_string(),
        }
    }
}

impl Field {
    /// Its name in text.
    pub fn title(self) -> &'static str {
        match self {
            Field::Rip => "RIP",
            Field::Cpl => "CPL",
            Field::If => "IF",
            Field::Tf => "TF",
            Field::Rf => "RF",
            Field::Nt => "NT",
            Field::Rsp => "RSP",
            Field::Ss => "SS",
            Field::Error => "error code",
            Field::NextRip => "next RIP",
            Field::VNmi => "V_NMI",
            Field::VNmiMask => "V_NMI_MASK",
            Field::VIrq => "V_IRQ",
            Field::VGif => "V_GIF",
            Field::Bit12 => "bit 12",
            Field::Vmfail => "VMfail",
            Field::EntryFailure => "entry failure",
            same => same.name(),
        }
    }

    fn word(self, value: &Value) -> String {
        match value {
            Value::Number(code) if self == Field::Error => format!("{code:X}h"),
            value => value.to_string(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bit(bit) => u8::from(*bit).fmt(f),
            Value::Number(number) => number.fmt(f),
            Value::Word(word) => f.write_str(word),
            Value::Labels(labels) => f.write_str(&labels.join(" or ")),
            Value::Place(place) => place.fmt(f),
            Value::RspOf(mark) => write!(f, "that of {mark}"),
            Value::RspNear { of, by } => write!(f, "that of {of} {by:+}"),
            Value::NoRspOf(mark) => write!(f, "no {mark} before it"),
        }
    }
}

impl fmt::Display for HostEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HostEnd::Hung => "hung",
            HostEnd::Panicked(words) => words,
            HostEnd::Reset => "the host was reset",
        })
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errno = self.errno().map(|code| format!(" failed with errno {code}")).unwrap_or_default();
        write!(f, "{}{errno}: {}", self.what(), self.likely())
    }
}

impl Trouble {
    /// What failed, without its cause.
    pub fn what(&self) -> String {
        match self {
            Trouble::NoDevice { device, .. } => format!("opening {device}"),
            Trouble::Refused { call, .. } => call.clone(),
            Trouble::InternalError { at, suberror, data } => format!(
                "KVM_EXIT_INTERNAL_ERROR on processor {}, suberror {suberror} ({}), data {data:x?}, {at}",
                at.cpu,
                suberror_words(*suberror)
            ),
            Trouble::FailEntry { at, reason } => {
                format!("KVM_EXIT_FAIL_ENTRY on processor {}, hardware reason {reason:#x}, {at}", at.cpu)
            }
            Trouble::Memory { at, write, address, .. } => {
                let access = if *write { "write" } else { "read" };
                format!("{access} of guest-physical address {address:#x} on processor {}, {at}", at.cpu)
            }
            Trouble::Out { at, port, value } => {
                format!("OUT of {value:#x} to port {port:X}h on processor {}, {at}", at.cpu)
            }
            Trouble::In { at, port } => format!("IN from port {port:X}h on processor {}, {at}", at.cpu),
            Trouble::SenderPort { port } => format!("the sender used port {port:X}h"),
            Trouble::EntryRefused { with } => format!("the VM entry with {with}"),
            Trouble::Cannot(cannot) => cannot.to_string(),
            Trouble::Unmodelled(unmodelled) => unmodelled.to_string(),
            Trouble::Harness(harness) => harness.to_string(),
            Trouble::HuntEnded => "the hunt ended in it; the host lived on".to_owned(),
        }
    }

    /// What failed, with the error number.
    pub fn title(&self) -> String {
        let errno = self.errno().map(|errno| format!(" (errno {errno})")).unwrap_or_default();
        self.what() + &errno
    }

    /// The likely cause and what to do next, a lowercase fragment.
    pub fn likely(&self) -> String {
        match self {
            Trouble::NoDevice { errno, owner, .. } => return unopened(*errno, owner.as_ref()),
            Trouble::Refused { call, errno } => refused(call, *errno),
            Trouble::Cannot(cannot) => return cannot.likely(),
            Trouble::Harness(harness) => return harness.likely(),
            Trouble::Unmodelled(unmodelled) => unmodelled.likely(),
            Trouble::Memory { end, .. } => return format!("nothing is there; guest memory ends at {end:#x}"),
            Trouble::InternalError { .. } => "this KVM cannot run that instruction there; see the kernel log",
            Trouble::FailEntry { .. } => {
                "the processor refused the guest's state; with kvm_intel, load it with dump_invalid_vmcs=1 and see the kernel log"
            }
            Trouble::Out { .. } => "the ports of the guest's ABI are 0E0h to 0E6h",
            Trouble::In { .. } => "no device is there",
            Trouble::SenderPort { .. } => "it may only use 0E5h; this is a bug of the guest's ABI",
            Trouble::EntryRefused { .. } => {
                "a host step wrote events that kvm_intel answers with KVM_EXIT_FAIL_ENTRY; \
                 write others, or let the case run on AMD alone (`requires: [amd]`)"
            }
            Trouble::HuntEnded => "somebody killed it, or the kernel did; see the kernel log",
        }
        .to_owned()
    }
}

/// KVM_EXIT_INTERNAL_ERROR's suberror in words (KVM API document, "KVM_EXIT_INTERNAL_ERROR").
fn suberror_words(code: u32) -> &'static str {
    match code {
        1 => "the instruction emulator gave up",
        2 => "exceptions came at the same time",
        3 => "an exit came while an event was being delivered",
        4 => "the processor gave an exit KVM does not know",
        _ => "a suberror this runner does not know",
    }
}

impl fmt::Display for At {
    /// `RIP 0x2004: iretd (CF)`, as far as it is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(rip) = self.rip else { return f.write_str("RIP unknown") };
        if self.bytes.is_empty() {
            return write!(f, "RIP {rip:#x}, outside guest memory");
        }
        let hex: Vec<String> = self.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        write!(f, "RIP {rip:#x}: {} ({})", self.instruction, hex.join(" "))
    }
}
