//! The first process of the lab's guests: loads KVM, runs the suite for each round of the plan, and sends its output
//! to the lab. It always ends by switching the machine off.

use std::error::Error;
use std::ffi::{CStr, CString};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use fs_err::os::unix::fs::symlink;
use fs_err::{self as fs, File};
use lab::plan::{Crash, CrashKind, FILE, Plan, Round};
use lab::serial::{FrameKind, Step, send};
use reports::Event;
use rustix::mount::{MountFlags, mount};
use rustix::system::{RebootCommand, delete_module, finit_module, reboot};
use rustix::termios::{OptionalActions, tcdrain, tcgetattr, tcsetattr};

/// Where the suite runs: so deep that a path which begins with `../` does not lead out of it.
const HERE: &str = "/run/of/the/suite/in/the/lab";

type Done<T> = Result<T, Box<dyn Error>>;

fn main() {
    // Written to the console: the port may be what failed.
    if let Err(why) = work() {
        eprintln!("lab-init: {why}");
    }
    // The port's last bytes leave before the machine does: its file is closed, which waits for them.
    if let Err(error) = reboot(RebootCommand::PowerOff) {
        eprintln!("lab-init: cannot switch off: {error}");
    }
}

fn work() -> Done<()> {
    mounts()?;
    let plan: Plan = serde_json::from_str(&fs::read_to_string(FILE)?).map_err(|error| format!("{FILE}: {error}"))?;
    let port = Mutex::new(open_port(&plan.results)?);
    tell(&port, FrameKind::Step, &Step::Boot.to_string());
    if let Err(why) = places(&plan).and_then(|()| rounds(&plan, &port)) {
        tell(&port, FrameKind::Step, &Step::Failed(why.to_string()).to_string());
    }
    tell(&port, FrameKind::Step, &Step::Done.to_string());
    Ok(())
}

fn mounts() -> Done<()> {
    for (what, at) in [("devtmpfs", "/dev"), ("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/tmp")] {
        let none: Option<&CStr> = None;
        mount(what, at, what, MountFlags::empty(), none).map_err(|error| format!("mount {at}: {error}"))?;
    }
    Ok(())
}

/// Links the path that the user wrote to the user's cases in the guest, so that the suite's messages name that path.
fn places(plan: &Plan) -> Done<()> {
    fs::create_dir_all(HERE)?;
    let Some((path, place)) = &plan.link else { return Ok(()) };
    let link = Path::new(HERE).join(path);
    link.parent().map_or(Ok(()), fs::create_dir_all)?;
    Ok(symlink(place, &link)?)
}

/// The port, at its fastest and without any translation of what is written.
fn open_port(name: &str) -> Done<File> {
    let port = fs::OpenOptions::new().read(true).write(true).open(name)?;
    let mut settings = tcgetattr(&port).map_err(|error| format!("{name}: {error}"))?;
    settings.make_raw();
    settings.set_speed(115_200).map_err(|error| format!("{name}: {error}"))?;
    tcsetattr(&port, OptionalActions::Now, &settings).map_err(|error| format!("{name}: {error}"))?;
    Ok(port)
}

/// Sends a frame. If the port cannot be written, the lab notices that no frame comes.
fn tell(port: &Mutex<File>, kind: FrameKind, text: &str) {
    if let Ok(mut port) = port.lock() {
        let _ = send(&mut *port, kind, text);
    }
}

fn rounds(plan: &Plan, port: &Mutex<File>) -> Done<()> {
    for module in &plan.modules {
        load(module, "")?;
    }
    // Saves a thread for each virtual machine. Kernels before 6.5 do not have this value, and refuse it.
    let _ = fs::write("/sys/module/kvm/parameters/nx_huge_pages", "never");
    for (number, round) in plan.rounds.iter().enumerate() {
        load(&plan.kvm.0, &round.parameters)?;
        for setting in &round.settings {
            fs::write(&setting.file, &setting.value)?;
        }
        tell(port, FrameKind::Step, &Step::Round(number).to_string());
        let code = if round.programs.is_empty() { suite(round, &plan.crashes, port)? } else { programs(round, port) };
        tell(port, FrameKind::Step, &Step::Ended(code).to_string());
        if number + 1 < plan.rounds.len() {
            let name = CString::new(plan.kvm.1.as_str())?;
            delete_module(&name, 0).map_err(|error| format!("unload {}: {error}", plan.kvm.1))?;
        }
    }
    Ok(())
}

fn load(module: &str, parameters: &str) -> Done<()> {
    let (file, words) = (File::open(module)?, CString::new(parameters)?);
    Ok(finit_module(&file, &words, 0).map_err(|error| format!("load {module} {parameters}: {error}"))?)
}

/// Runs the suite and sends its events and messages as they come. Returns its exit code.
fn suite(round: &Round, crashes: &[Crash], port: &Mutex<File>) -> Done<Option<i32>> {
    let mut command = Command::new("/nmi");
    command.current_dir(HERE);
    // One trial at a time: so the lab knows in which trial a machine died.
    command.args(["run", "--machine", "kvm", "--jobs", "1", "--json", "-"]).args(&round.arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("/nmi: {error}"))?;
    let (events, words) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        scope.spawn(|| pass_on(events, FrameKind::Event, crashes, port));
        scope.spawn(|| pass_on(words, FrameKind::Message, &[], port));
    });
    let status = child.wait().map_err(|error| format!("/nmi: {error}"))?;
    Ok(status.code())
}

/// Runs the programs one after the other, and sends how each ended.
fn programs(round: &Round, port: &Mutex<File>) -> Option<i32> {
    for (number, program) in round.programs.iter().enumerate() {
        let (code, words) = match Command::new(program).stdin(Stdio::null()).output() {
            Ok(output) => {
                let signal = output.status.signal().map(|signal| format!("signal {signal} ")).unwrap_or_default();
                (
                    output.status.code(),
                    format!("{signal}{}", String::from_utf8_lossy(&output.stdout)).trim_end().to_owned(),
                )
            }
            Err(error) => (None, format!("{program}: {error}")),
        };
        tell(port, FrameKind::Step, &Step::Program { number, code, words }.to_string());
    }
    Some(0)
}

fn pass_on(from: Option<impl Read>, kind: FrameKind, crashes: &[Crash], port: &Mutex<File>) {
    for line in from.into_iter().flat_map(|from| BufReader::new(from).lines()).map_while(Result::ok) {
        tell(port, kind, &line);
        if !crashes.is_empty()
            && let Ok(Event::TrialStarted { id }) = serde_json::from_str(&line)
            && let Some(crash) = crashes.iter().find(|crash| crash.trial == id.to_string())
        {
            die(crash.kind, port);
        }
    }
}

/// Crashes as planned, once all frames before have been transmitted.
fn die(kind: CrashKind, port: &Mutex<File>) {
    let Ok(held) = port.lock() else { return };
    let _ = tcdrain(&*held);
    if kind == CrashKind::Panic
        && let Err(error) = fs::write("/proc/sysrq-trigger", "c")
    {
        eprintln!("lab-init: cannot panic: {error}");
    }
    // No other thread can send while the port is locked.
    loop {
        thread::park();
    }
}
