//! What the first process of a guest sends to the lab: one frame a line, over a serial port of its own.
//!
//! A frame is `<kind><crc32, 8 hex digits> <text>\n`. Anything else on the line (a kernel's panic, which goes to every
//! console, or a frame of which the emulator lost a byte) fails the checksum and is noise.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

/// The kind of a frame's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A line of the suite's saved run.
    Event,
    /// A [`Step`].
    Step,
    /// A line the suite or the first process wrote for people.
    Message,
}

impl FrameKind {
    const ALL: [(FrameKind, u8); 3] = [(FrameKind::Event, b'='), (FrameKind::Step, b'!'), (FrameKind::Message, b'#')];

    fn byte(self) -> u8 {
        FrameKind::ALL.iter().find(|(kind, _)| *kind == self).map_or(b'?', |(_, byte)| *byte)
    }

    fn of(byte: u8) -> Option<FrameKind> {
        FrameKind::ALL.iter().find(|(_, known)| *known == byte).map(|(kind, _)| *kind)
    }
}

/// What the first process of the guest does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It has started.
    Boot,
    /// It starts the suite for this round of the plan, from 0.
    Round(usize),
    /// The suite of this round ended, with this exit code if not by a signal.
    Ended(Option<i32>),
    /// A program of this round ended.
    Program {
        /// Its number in the round, from 0.
        number: usize,
        /// Its exit code if it did not end by a signal.
        code: Option<i32>,
        /// What it wrote.
        words: String,
    },
    /// It cannot go on, for this reason.
    Failed(String),
    /// All rounds are done.
    Done,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Boot => f.write_str("boot"),
            Step::Round(number) => write!(f, "round {number}"),
            Step::Ended(Some(code)) => write!(f, "ended {code}"),
            Step::Ended(None) => f.write_str("ended by a signal"),
            Step::Program { number, code, words } => {
                let code = code.map_or("by-a-signal".to_owned(), |code| code.to_string());
                write!(f, "program {number} {code}")?;
                // No space at the end: the receiver removes it.
                if words.is_empty() { Ok(()) } else { write!(f, " {words}") }
            }
            Step::Failed(why) => write!(f, "failed {why}"),
            Step::Done => f.write_str("done"),
        }
    }
}

impl FromStr for Step {
    type Err = ();

    fn from_str(text: &str) -> Result<Step, ()> {
        match text.split_once(' ').unwrap_or((text, "")) {
            ("boot", "") => Ok(Step::Boot),
            ("round", number) => number.parse().map(Step::Round).map_err(|_| ()),
            ("ended", code) => Ok(Step::Ended(code.parse().ok())),
            ("program", rest) => {
                let mut parts = rest.splitn(3, ' ');
                let number = parts.next().and_then(|number| number.parse().ok()).ok_or(())?;
                let code = parts.next().ok_or(())?.parse().ok();
                Ok(Step::Program { number, code, words: parts.next().unwrap_or_default().to_owned() })
            }
            ("failed", why) => Ok(Step::Failed(why.to_owned())),
            ("done", "") => Ok(Step::Done),
            _ => Err(()),
        }
    }
}

/// What came over the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A whole frame.
    Frame(FrameKind, String),
    /// A line that is no frame, or one that was damaged.
    Noise(String),
}

/// Writes one frame in one piece. The text must be one line; line ends in it are written as spaces.
pub fn send(to: &mut impl Write, kind: FrameKind, text: &str) -> io::Result<()> {
    let text = text.replace(['\n', '\r'], " ");
    let mut frame = vec![kind.byte()];
    frame.extend(format!("{:08x} ", sum(kind, text.as_bytes())).bytes());
    frame.extend(text.bytes());
    frame.push(b'\n');
    to.write_all(&frame)?;
    to.flush()
}

/// Assembles bytes to lines, however they are split.
#[derive(Debug, Default)]
pub struct Receiver {
    partial: Vec<u8>,
}

impl Receiver {
    /// Takes the next bytes and returns what they complete.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Received> {
        self.partial.extend(bytes);
        let Some(end) = self.partial.iter().rposition(|byte| *byte == b'\n') else { return Vec::new() };
        let rest = self.partial.split_off(end + 1);
        let whole = std::mem::replace(&mut self.partial, rest);
        let lines = whole.split(|byte| *byte == b'\n').map(|line| line.trim_ascii_end());
        lines.filter(|line| !line.is_empty()).map(read).collect()
    }
}

fn read(line: &[u8]) -> Received {
    frame(line).unwrap_or_else(|| Received::Noise(String::from_utf8_lossy(line).into_owned()))
}

fn frame(line: &[u8]) -> Option<Received> {
    let kind = FrameKind::of(*line.first()?)?;
    let said = u32::from_str_radix(std::str::from_utf8(line.get(1..9)?).ok()?, 16).ok()?;
    let text = line.get(9..)?.strip_prefix(b" ")?;
    (sum(kind, text) == said).then_some(())?;
    Some(Received::Frame(kind, String::from_utf8(text.to_vec()).ok()?))
}

fn sum(kind: FrameKind, text: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[kind.byte()]);
    hasher.update(text);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::{FrameKind, Received, Receiver, Step, send};

    fn sent() -> Vec<u8> {
        let mut bytes = Vec::new();
        send(&mut bytes, FrameKind::Step, "boot").unwrap();
        send(&mut bytes, FrameKind::Event, "{\"event\":\"trial-started\"}").unwrap();
        bytes
    }

    #[test]
    fn frames_come_back_however_they_are_cut() {
        for size in 1..sent().len() {
            let mut receiver = Receiver::default();
            let got: Vec<Received> = sent().chunks(size).flat_map(|chunk| receiver.take(chunk)).collect();
            assert_eq!(
                got,
                [
                    Received::Frame(FrameKind::Step, "boot".to_owned()),
                    Received::Frame(FrameKind::Event, "{\"event\":\"trial-started\"}".to_owned())
                ]
            );
        }
    }

    #[test]
    fn steps_come_back() {
        let failed = Step::Failed("load kvm: no such file".to_owned());
        let program = |code| Step::Program { number: 3, code, words: "want a, got b c".to_owned() };
        let silent = Step::Program { number: 0, code: Some(0), words: String::new() };
        let ended = [Step::Ended(Some(3)), Step::Ended(None), program(Some(1)), program(None), silent];
        for step in [Step::Boot, Step::Round(2), failed, Step::Done].into_iter().chain(ended) {
            assert_eq!(step.to_string().parse(), Ok(step));
        }
        assert_eq!("round x".parse::<Step>(), Err(()));
    }

    #[test]
    fn every_damaged_byte_is_noticed() {
        let good = sent();
        for at in 0..good.len() {
            let mut bytes = good.clone();
            bytes[at] ^= 0x02;
            let frames = Receiver::default().take(&bytes);
            let whole = frames.iter().filter(|it| matches!(it, Received::Frame(..))).count();
            assert!(whole < 2, "byte {at}");
        }
    }

    #[test]
    fn a_kernel_message_between_frames_is_noise() {
        let mut bytes = b"[    1.0] BUG: x\r\n".to_vec();
        bytes.extend(sent());
        let got = Receiver::default().take(&bytes);
        assert_eq!(got.first(), Some(&Received::Noise("[    1.0] BUG: x".to_owned())));
        assert_eq!(got.len(), 3);
    }
}
