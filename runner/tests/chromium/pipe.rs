//! The connection to Chromium over its debugging pipe.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::{Value, json};

/// The longest time for one answer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A browser and its debugging pipe: JSON messages that end with a zero byte, read from descriptor 3, written to 4.
pub(super) struct Pipe {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    last: u64,
    /// Events from the browser.
    pub(super) events: Vec<Value>,
}

impl Pipe {
    pub(super) fn start(program: &Path, folder: &Path) -> Result<Pipe, Failed> {
        // A profile that a killed browser left would be refused as locked.
        let profile = folder.join("profile");
        if profile.exists() {
            fs::remove_dir_all(&profile)?;
        }
        // The shell gives the browser its own input and output as descriptors 3 and 4.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh"])
            .arg(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"])
            .args(["--remote-debugging-pipe", "--no-first-run"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("chromium.log"))?)
            .spawn()?;
        let to = child.stdin.take().ok_or("the browser has no input")?;
        let mut answers = BufReader::new(child.stdout.take().ok_or("the browser has no output")?);
        let (send, from) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while answers.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                let Ok(value) = serde_json::from_slice(message.strip_suffix(&[0]).unwrap_or(&message)) else { return };
                if send.send(value).is_err() {
                    return;
                }
                message.clear();
            }
        });
        Ok(Pipe { child, to, from, last: 0, events: Vec::new() })
    }

    /// Calls a method of the browser, or with a session, of a page.
    pub(super) fn call(&mut self, session: &str, method: &str, parameters: Value) -> Result<Value, Failed> {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if !session.is_empty() {
            message["sessionId"] = session.into();
        }
        self.to.write_all(message.to_string().as_bytes())?;
        self.to.write_all(&[0])?;
        loop {
            let answer = self.from.recv_timeout(PATIENCE).map_err(|error| format!("{method}: {error}"))?;
            match answer.get("id").and_then(Value::as_u64) {
                Some(id) if id == self.last && answer.get("error").is_some() => {
                    return Err(format!("{method}: {}", answer["error"]).into());
                }
                Some(id) if id == self.last => return Ok(answer["result"].clone()),
                Some(_) => {}
                None => self.events.push(answer),
            }
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // It closes its own processes; whether it still answers does not matter any more.
        drop(self.call("", "Browser.close", json!({})));
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
