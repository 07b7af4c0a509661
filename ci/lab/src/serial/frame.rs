//! Frames: the lines that the first process of a guest sends.
//!
//! A frame is `<kind><crc32, 8 hex digits> <text>\n`. Anything else on the line (a kernel's panic, which goes to every
//! console, or a frame of which the emulator lost a byte) fails the checksum and is noise.

use std::borrow::Cow;
use std::io::{self, Write};

use super::Step;

/// One line that the first process sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A line of the suite's saved run.
    Event(String),
    /// What the first process does; its text is JSON.
    Step(Step),
    /// A line the suite or the first process wrote for people.
    Message(String),
}

const EVENT: u8 = b'=';
const STEP: u8 = b'!';
const MESSAGE: u8 = b'#';

/// What came over the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A whole frame.
    Frame(Frame),
    /// A line that is no frame, one that was damaged, or a step of another version.
    Noise(String),
}

/// Writes one frame in one piece. Line ends in the text of an event or a message are written as spaces.
pub fn send(to: &mut impl Write, frame: &Frame) -> io::Result<()> {
    let (kind, text) = match frame {
        Frame::Event(line) => (EVENT, Cow::from(line)),
        Frame::Step(step) => (STEP, serde_json::to_string(step)?.into()),
        Frame::Message(line) => (MESSAGE, line.into()),
    };
    let text = text.replace(['\n', '\r'], " ");
    let mut bytes = vec![kind];
    bytes.extend(format!("{:08x} {text}\n", sum(kind, text.as_bytes())).bytes());
    to.write_all(&bytes)?;
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
    frame(line).map_or_else(|| Received::Noise(String::from_utf8_lossy(line).into_owned()), Received::Frame)
}

fn frame(line: &[u8]) -> Option<Frame> {
    let kind = *line.first()?;
    let said = u32::from_str_radix(std::str::from_utf8(line.get(1..9)?).ok()?, 16).ok()?;
    let text = line.get(9..)?.strip_prefix(b" ")?;
    (sum(kind, text) == said).then_some(())?;
    let text = std::str::from_utf8(text).ok()?;
    match kind {
        EVENT => Some(Frame::Event(text.to_owned())),
        STEP => serde_json::from_str(text).ok().map(Frame::Step),
        MESSAGE => Some(Frame::Message(text.to_owned())),
        _ => None,
    }
}

fn sum(kind: u8, text: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[kind]);
    hasher.update(text);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::{Frame, Received, Receiver, STEP, Step, send, sum};
    use crate::serial::{GuestFailure, ProgramEnd};

    fn frames() -> [Frame; 2] {
        [Frame::Step(Step::Boot), Frame::Event("{\"event\":\"trial-started\"}".to_owned())]
    }

    fn sent(frames: &[Frame]) -> Vec<u8> {
        let mut bytes = Vec::new();
        frames.iter().for_each(|frame| send(&mut bytes, frame).unwrap());
        bytes
    }

    #[test]
    fn frames_come_back_however_they_are_cut() {
        let bytes = sent(&frames());
        for size in 1..bytes.len() {
            let mut receiver = Receiver::default();
            let got: Vec<Received> = bytes.chunks(size).flat_map(|chunk| receiver.take(chunk)).collect();
            assert_eq!(got, frames().map(Received::Frame));
        }
    }

    #[test]
    fn steps_come_back_each_in_one_line() {
        let load = GuestFailure::Load { module: "/kvm.ko".to_owned(), parameters: "a=1".to_owned(), errno: 2 };
        let program = |end, output: &str| Step::Program { number: 3, end, output: output.to_owned() };
        let steps = [
            Step::Boot,
            Step::Round(2),
            Step::Ended(ProgramEnd::Code(3)),
            Step::Ended(ProgramEnd::Signal(9)),
            program(ProgramEnd::Code(1), "want \"a\",\r\ngot b c\n"),
            program(ProgramEnd::Signal(11), "signal 9 came"),
            program(ProgramEnd::NotStarted(2), ""),
            Step::Failed(load),
            Step::Done,
        ];
        let frames = steps.map(Frame::Step);
        assert_eq!(Receiver::default().take(&sent(&frames)), frames.map(Received::Frame));
    }

    #[test]
    fn a_step_that_is_none_is_noise() {
        for text in ["boot", "\"sleep\"", "{\"round\":\"x\"}", "{\"failed\":\"load kvm\"}"] {
            let line = format!("!{:08x} {text}", sum(STEP, text.as_bytes()));
            assert_eq!(Receiver::default().take(format!("{line}\n").as_bytes()), [Received::Noise(line)]);
        }
    }

    #[test]
    fn every_damaged_byte_is_noticed() {
        let good = sent(&frames());
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
        bytes.extend(sent(&frames()));
        let got = Receiver::default().take(&bytes);
        assert_eq!(got.first(), Some(&Received::Noise("[    1.0] BUG: x".to_owned())));
        assert_eq!(got.len(), 3);
    }
}
