//! One page in Chromium, as a reader with a given screen sees it.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::pipe::Pipe;

/// The longest time that a page may take to load, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a reader sees a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    pub(crate) width: u32,
    pub(crate) dark: bool,
}

impl View {
    pub(crate) const LIGHT: View = View { name: "light", width: 1280, dark: false };
    pub(crate) const DARK: View = View { name: "dark", width: 1280, dark: true };
    pub(crate) const PHONE: View = View { name: "phone", width: 390, dark: false };
    /// A sheet of A4 without its margins, in CSS pixels.
    pub(crate) const PAPER: View = View { name: "paper", width: 680, dark: false };
    pub(crate) const ALL: [View; 3] = [View::LIGHT, View::DARK, View::PHONE];
}

/// A page that is open.
pub(crate) struct Tab<'a> {
    pipe: &'a mut Pipe,
    target: String,
    session: String,
}

impl<'a> Tab<'a> {
    pub(super) fn new(pipe: &'a mut Pipe, target: String, session: String) -> Tab<'a> {
        pipe.events.clear();
        Tab { pipe, target, session }
    }

    pub(super) fn load(&mut self, page: &Path, view: View) -> Result<(), Failed> {
        for domain in ["Page", "Runtime", "Log"] {
            self.call(&format!("{domain}.enable"), json!({}))?;
        }
        let phone = view.width < 600;
        let size = json!({ "width": view.width, "height": 900, "deviceScaleFactor": 1, "mobile": phone });
        self.call("Emulation.setDeviceMetricsOverride", size)?;
        let scheme = if view.dark { "dark" } else { "light" };
        let media = if view.name == View::PAPER.name { "print" } else { "screen" };
        let features = json!({ "media": media, "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", features)?;
        self.call("Page.navigate", json!({ "url": format!("file://{}", page.display()) }))?;
        let start = Instant::now();
        // Between two documents evaluation fails, which is ignored.
        while self.evaluate("'ready' in document.documentElement.dataset").unwrap_or_default() != json!(true) {
            let said = self.console();
            if !said.is_empty() || start.elapsed() > PATIENCE {
                return Err(format!("the script of {} did not come to its end: {said:?}", page.display()).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// The value of an expression, or what its promise comes to.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Result<Value, Failed> {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", parameters)?;
        match answer.get("exceptionDetails") {
            Some(thrown) => Err(format!("the page threw: {thrown}").into()),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// Messages on the console, including those of the browser about the page.
    pub(crate) fn console(&self) -> Vec<String> {
        let said = ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"];
        let own = self.pipe.events.iter().filter(|event| event["sessionId"] == self.session.as_str());
        own.filter(|event| said.iter().any(|name| event["method"] == *name)).map(Value::to_string).collect()
    }

    /// A picture of the page from its top down to this height, as PNG.
    pub(crate) fn picture(&mut self, width: u32, height: u32, scale: f32) -> Result<Vec<u8>, Failed> {
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": scale });
        let parameters = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
        self.bytes("Page.captureScreenshot", parameters)
    }

    fn bytes(&mut self, method: &str, parameters: Value) -> Result<Vec<u8>, Failed> {
        let answer = self.call(method, parameters)?;
        Ok(STANDARD.decode(answer["data"].as_str().unwrap_or_default())?)
    }

    fn call(&mut self, method: &str, parameters: Value) -> Result<Value, Failed> {
        self.pipe.call(&self.session, method, parameters)
    }
}

impl Drop for Tab<'_> {
    fn drop(&mut self) {
        // A tab that does not close only costs memory.
        drop(self.pipe.call("", "Target.closeTarget", json!({ "targetId": self.target })));
    }
}
