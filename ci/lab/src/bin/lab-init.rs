//! The first process of the lab's guests: loads KVM, runs the suite for each round of the plan, and sends what it says
//! to the lab. It ends by switching the machine off, whatever happens.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use lab::guest::SUITE;
use lab::plan::{Crash, CrashKind, FILE, Plan, Round};
use lab::serial::{FrameKind, Step, send};
use reports::Event;
use rustix::mount::{MountFlags, mount};
use rustix::system::{RebootCommand, delete_module, finit_module, reboot};
use rustix::termios::{OptionalActions, tcdrain, tcgetattr, tcsetattr};

/// Where the suite runs: so deep that a path which begins with `../` leads to nothing that is there.
const HERE: &str = "/run/of/the/suite/in/the/lab";

type Done<T> = Result<T, String>;

fn main() {
    // What is said here is seen on the console: the port may be what failed.
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
    let text = fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    let plan: Plan = serde_json::from_str(&text).map_err(|error| format!("{FILE}: {error}"))?;
    let port = Mutex::new(open_port(&plan.results)?);
    tell(&port, FrameKind::Step, &Step::Boot.to_string());
    if let Err(why) = places(&plan).and_then(|()| rounds(&plan, &port)) {
        tell(&port, FrameKind::Step, &Step::Failed(why).to_string());
    }
    tell(&port, FrameKind::Step, &Step::Done.to_string());
    Ok(())
}

fn mounts() -> Done<()> {
    for (what, at) in [("devtmpfs", "/dev"), ("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/tmp")] {
        let none: Option<&std::ffi::CStr> = None;
        mount(what, at, what, MountFlags::empty(), none).map_err(|error| format!("mount {at}: {error}"))?;
    }
    Ok(())
}

/// Makes the path that the user wrote lead to the user's cases, so that whatever the suite says of them names that.
fn places(plan: &Plan) -> Done<()> {
    fs::create_dir_all(HERE).map_err(|error| format!("{HERE}: {error}"))?;
    let Some((path, place)) = &plan.link else { return Ok(()) };
    let link = Path::new(HERE).join(path);
    let folder = link.parent().map_or(Ok(()), fs::create_dir_all);
    folder.and_then(|()| symlink(place, &link)).map_err(|error| format!("make {path} in the guest: {error}"))
}

/// The port, at its fastest and without any translation of what is written.
fn open_port(name: &str) -> Done<File> {
    let port = File::options().read(true).write(true).open(name).map_err(|error| format!("{name}: {error}"))?;
    let mut settings = tcgetattr(&port).map_err(|error| format!("{name}: {error}"))?;
    settings.make_raw();
    settings.set_speed(115_200).map_err(|error| format!("{name}: {error}"))?;
    tcsetattr(&port, OptionalActions::Now, &settings).map_err(|error| format!("{name}: {error}"))?;
    Ok(port)
}

/// Nobody hears of a port that cannot be written; the lab notices the silence.
fn tell(port: &Mutex<File>, kind: FrameKind, text: &str) {
    if let Ok(mut port) = port.lock() {
        let _ = send(&mut *port, kind, text);
    }
}

fn rounds(plan: &Plan, port: &Mutex<File>) -> Done<()> {
    for module in &plan.modules {
        load(module, "")?;
    }
    // Spares a thread for each virtual machine. Kernels before 6.5 have no such word, and refuse it.
    let _ = fs::write("/sys/module/kvm/parameters/nx_huge_pages", "never");
    for (number, round) in plan.rounds.iter().enumerate() {
        load(&plan.kvm.0, &round.parameters)?;
        for setting in &round.settings {
            fs::write(&setting.file, &setting.value)
                .map_err(|error| format!("write {} to {}: {error}", setting.value, setting.file))?;
        }
        tell(port, FrameKind::Step, &Step::Round(number).to_string());
        let code = if round.programs.is_empty() { suite(round, &plan.crashes, port)? } else { programs(round, port) };
        tell(port, FrameKind::Step, &Step::Ended(code).to_string());
        if number + 1 < plan.rounds.len() {
            let name = std::ffi::CString::new(plan.kvm.1.as_str()).map_err(|error| error.to_string())?;
            delete_module(&name, 0).map_err(|error| format!("unload {}: {error}", plan.kvm.1))?;
        }
    }
    Ok(())
}

fn load(module: &str, parameters: &str) -> Done<()> {
    let file = File::open(module).map_err(|error| format!("{module}: {error}"))?;
    let words = std::ffi::CString::new(parameters).map_err(|error| format!("{parameters}: {error}"))?;
    finit_module(&file, &words, 0).map_err(|error| format!("load {module} {parameters}: {error}"))
}

/// Runs the suite and passes on its events and its words as they come.
fn suite(round: &Round, crashes: &[Crash], port: &Mutex<File>) -> Done<Option<i32>> {
    let mut command = Command::new("/nmi");
    command.current_dir(HERE).env(runner::case::SUITE, SUITE);
    // One by one: a machine that dies must be known to have died of one trial.
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

/// Runs the programs one after the other, and says of each how it ended.
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

/// Dies as planned, once the line has carried all that was said before.
fn die(kind: CrashKind, port: &Mutex<File>) {
    let Ok(held) = port.lock() else { return };
    let _ = tcdrain(&*held);
    if kind == CrashKind::Panic
        && let Err(error) = fs::write("/proc/sysrq-trigger", "c")
    {
        eprintln!("lab-init: cannot panic: {error}");
    }
    // Nobody else can speak while the port is held.
    loop {
        thread::park();
    }
}
