//! Runs an image and reads what the hypervisor wrote about each #VMEXIT.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::image::Image;
use crate::scenario::vmcb;

/// From the interrupt control to EXITINTINFO; rip; rax; ebx.
const RECORD: usize = 0x30 + 4 + 4 + 4;
const LIMIT: Duration = Duration::from_secs(60);

/// One line an exit, and one more if the machine did not come to its end.
pub(crate) fn run(qemu: &Path, cpu: &str, image: &Image) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (kernel, console) = (folder.path().join("image"), folder.path().join("console"));
    std::fs::write(&kernel, &image.bytes).unwrap();
    let mut command = Command::new(qemu);
    command.args(["-L", "/usr/share/qemu", "-L", "/usr/share/seabios", "-accel", "tcg", "-cpu", cpu, "-m", "64"]);
    command.args(["-nodefaults", "-display", "none", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=1"]);
    command.arg("-debugcon").arg(format!("file:{}", console.display())).arg("-kernel").arg(&kernel);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    let ended = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status.code() == Some(1), // isa-debug-exit
            None if start.elapsed() > LIMIT => {
                child.kill().unwrap();
                break false;
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let words = child.wait_with_output().unwrap().stderr;
    let words = String::from_utf8_lossy(&words)
        .lines()
        .filter(|line| !line.contains("warning"))
        .collect::<Vec<_>>()
        .join(" / ");
    let bytes = std::fs::read(&console).unwrap_or_default();
    let mut lines: Vec<String> = bytes.chunks_exact(RECORD).map(|record| line(record, &image.labels)).collect();
    if !ended {
        lines.push(format!("QEMU did not end as asked: {words}"));
    }
    lines
}

fn line(record: &[u8], labels: &BTreeMap<String, u64>) -> String {
    let word = |at: usize| u32::from_le_bytes(record[at..at + 4].try_into().unwrap());
    let (int_ctl, shadow, delivering) = (word(0), word(8), word(0x28));
    let code = u64::from(word(0x10)) | u64::from(word(0x14)) << 32;
    let what = match code {
        0x4D => "#GP".to_owned(),
        0x81 => "VMMCALL".to_owned(),
        _ => format!("exit {code:X}h"),
    };
    let mut text = format!("{what} at {}", place(word(0x30), labels));
    if word(0x34) != 0 {
        text += &format!(", trail {:x}", word(0x34));
    }
    if word(0x38) != 0 {
        text += &format!(", frame {}", place(word(0x38), labels));
    }
    for (bit, name) in [(vmcb::V_NMI, "V_NMI"), (vmcb::V_NMI_MASK, "V_NMI_MASK")] {
        if int_ctl & bit != 0 {
            text += &format!(", {name}");
        }
    }
    if shadow & 1 != 0 {
        text += ", shadow";
    }
    match (delivering >> 31, delivering >> 8 & 7, delivering & 0xFF) {
        (0, ..) => {}
        (_, 2, 2) => text += ", delivering NMI",
        (_, kind, vector) => text += &format!(", delivering type {kind} vector {vector}"),
    }
    text
}

/// The nearest label, with the distance if it is not the very place.
fn place(address: u32, labels: &BTreeMap<String, u64>) -> String {
    let address = u64::from(address);
    let nearest = labels.iter().filter(|(_, at)| **at <= address).max_by_key(|(name, at)| (**at, *name != "guest"));
    match nearest {
        Some((name, at)) if *at == address => name.clone(),
        Some((name, at)) => format!("{name}+{}", address - at),
        None => format!("{address:X}h"),
    }
}
