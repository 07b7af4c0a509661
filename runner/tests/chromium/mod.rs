use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

/// How long a page may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(180);

/// The browser of this machine.
#[derive(Clone)]
pub(crate) struct Chromium {
    program: PathBuf,
}

/// A page after it was opened.
pub(crate) struct Opened {
    /// What it became.
    pub(crate) dom: String,
    /// What it said on the console.
    pub(crate) console: Vec<String>,
    /// How long it took, the browser's own start with it.
    pub(crate) millis: u128,
}

impl Chromium {
    /// The first there is, by the names that distributions give it.
    pub(crate) fn find() -> Option<Chromium> {
        let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let mut programs = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        programs.find(|program| program.is_file()).map(|program| Chromium { program })
    }

    /// Opens a file, lets its scripts come to rest and tells what became of it.
    pub(crate) fn open(&self, page: &Path) -> Result<Opened, Failed> {
        let [profile, dom, log] = ["profile", "dom", "log"].map(|name| page.with_extension(name));
        let start = Instant::now();
        let mut child = Command::new(&self.program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--enable-logging=stderr", "--v=0", "--virtual-time-budget=60000", "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("file://{}", page.display()))
            .stdin(Stdio::null())
            .stdout(File::create(&dom)?)
            .stderr(File::create(&log)?)
            .spawn()?;
        while child.try_wait()?.is_none() {
            if start.elapsed() > PATIENCE {
                child.kill()?;
                child.wait()?;
                return Err(format!("{} did not open within {} s", page.display(), PATIENCE.as_secs()).into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let millis = start.elapsed().as_millis();
        let log = String::from_utf8_lossy(&fs::read(log)?).into_owned();
        let console = log.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
        Ok(Opened { dom: fs::read_to_string(dom)?, console, millis })
    }
}
