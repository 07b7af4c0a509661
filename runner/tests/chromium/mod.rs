//! A Chromium that is started once and controlled over its debugging pipe, which needs no port and no other program.

mod axe;
pub(crate) mod pages;
mod pipe;
pub(crate) mod readable;
mod tab;

use std::path::{Path, PathBuf};

use libtest_mimic::Failed;
use pipe::Pipe;
use serde_json::json;
pub(crate) use tab::{Tab, View};

/// The browser of this machine, running.
pub(crate) struct Chromium {
    pipe: Pipe,
}

/// The installed Chromium, by the names that distributions give it.
pub(crate) fn find() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|program| program.is_file())
}

impl Chromium {
    /// Starts the browser without a window, with its profile and log in `folder`.
    pub(crate) fn start(program: &Path, folder: &Path) -> Result<Chromium, Failed> {
        Ok(Chromium { pipe: Pipe::start(program, folder)? })
    }

    /// Opens a file with this screen, and waits until the page's script has finished.
    pub(crate) fn open(&mut self, page: &Path, view: View) -> Result<Tab<'_>, Failed> {
        let target = self.pipe.call("", "Target.createTarget", json!({ "url": "about:blank" }))?;
        let target = target["targetId"].as_str().unwrap_or_default().to_owned();
        let attach = json!({ "targetId": target, "flatten": true });
        let session = self.pipe.call("", "Target.attachToTarget", attach)?;
        let session = session["sessionId"].as_str().unwrap_or_default().to_owned();
        let mut tab = Tab::new(&mut self.pipe, target, session);
        tab.load(page, view)?;
        Ok(tab)
    }
}

pub(crate) fn check(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("not so: {what}").into()) }
}
