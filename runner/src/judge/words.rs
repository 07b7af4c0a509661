use guests::abi::FrameKind;
use guests::{Guest, vector};

use super::place::place;
use crate::execute::{Mark, Stop};

/// Several differing fields as two phrases: `IF 0, TF 0` and `IF 1, TF 1`.
pub(super) fn shared_words(fields: &[(&'static str, String, String)]) -> Option<(String, String)> {
    if fields.is_empty() {
        return None;
    }
    let want: Vec<String> = fields.iter().map(|(name, want, _)| format!("{name} {want}")).collect();
    let got: Vec<String> = fields.iter().map(|(name, _, got)| format!("{name} {got}")).collect();
    Some((want.join(", "), got.join(", ")))
}

/// How a run stopped, in words without addresses.
pub fn stop_words(guest: &Guest, stop: &Stop) -> String {
    let on = |cpu: u8| if cpu == 0 { String::new() } else { format!(" on processor {cpu}") };
    match stop {
        Stop::Done => "done".to_owned(),
        Stop::Halted { .. } => "halted".to_owned(),
        Stop::WakeLost { cpu, .. } => {
            format!("halted{}, woken by nothing but the host's interruption: the wake-up was lost", on(*cpu))
        }
        Stop::Hang { cpu, registers } => format!("hang{} at {}", on(*cpu), place(guest, registers.rip)),
        Stop::Endless { exits, registers } => {
            format!("{exits} exits without end, the last at {}", place(guest, registers.rip))
        }
        Stop::Shutdown { cpu, .. } => format!("shutdown{}", on(*cpu)),
        Stop::Fault { cpu, vector, error, rip, .. } => {
            let code = error.map(|code| format!("({code:X}h)")).unwrap_or_default();
            format!("{}{code}{} at {}", vector::title(*vector), on(*cpu), place(guest, *rip))
        }
        Stop::Overflow { reserved } => format!("{reserved} records, more than the ring holds"),
    }
}

/// A mark as a line of a timeline.
pub(super) fn mark_line(guest: &Guest, mark: &Mark) -> String {
    let kind = if mark.snap { "snap" } else { "mark" };
    let processor = if mark.cpu == 0 { String::new() } else { format!("processor {}: ", mark.cpu) };
    let from = match mark.frame {
        FrameKind::None => String::new(),
        FrameKind::Interrupt => format!("  from {}", place(guest, mark.stack[0])),
        FrameKind::Error => {
            format!("  error code {:X}h, from {}", mark.stack[0], place(guest, mark.stack[1]))
        }
    };
    format!("{processor}{kind} {}{from}", mark.name)
}
