//! The first process of the lab's guests: loads KVM, runs the suite for each round of the plan, and sends its output
//! to the lab. It always ends by switching the machine off.

use std::ffi::{CStr, CString};
// Not fs_err: its errors have no number.
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use lab::plan::{Crash, CrashKind, FILE, Plan, Round};
use lab::serial::{Frame, GuestFailure, ProgramEnd, Step, send};
use reports::{Event, errno};
use rustix::mount::{MountFlags, mount};
use rustix::system::{RebootCommand, delete_module, finit_module, reboot};
use rustix::termios::{OptionalActions, tcdrain, tcgetattr, tcsetattr};

/// Where the suite runs: so deep that a path which begins with `../` does not lead out of it.
const HERE: &str = "/run/of/the/suite/in/the/lab";

type Done<T> = Result<T, GuestFailure>;

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
    let plan = read_plan()?;
    let port = Mutex::new(open_port(&plan.results)?);
    tell(&port, &Frame::Step(Step::Boot));
    if let Err(why) = places(&plan).and_then(|()| rounds(&plan, &port)) {
        tell(&port, &Frame::Step(Step::Failed(why)));
    }
    tell(&port, &Frame::Step(Step::Done));
    Ok(())
}

/// Makes a failure of what was tried and of the system's error.
fn failed<T: ToOwned + ?Sized, E: Into<io::Error>>(
    of: impl FnOnce(T::Owned, i32) -> GuestFailure,
    what: &T,
) -> impl FnOnce(E) -> GuestFailure {
    move |error| of(what.to_owned(), errno(&error.into()))
}

fn mounts() -> Done<()> {
    for (what, at) in [("devtmpfs", "/dev"), ("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/tmp")] {
        let none: Option<&CStr> = None;
        mount(what, at, what, MountFlags::empty(), none).map_err(failed(GuestFailure::Mount, at))?;
    }
    Ok(())
}

fn read_plan() -> Done<Plan> {
    let text = fs::read(FILE).map_err(failed(GuestFailure::Open, FILE))?;
    serde_json::from_slice(&text).map_err(|error| GuestFailure::WrongPlan(error.line(), error.column()))
}

/// Links the path that the user wrote to the user's cases in the guest, so that the suite's messages name that path.
fn places(plan: &Plan) -> Done<()> {
    fs::create_dir_all(HERE).map_err(failed(GuestFailure::Create, HERE))?;
    let Some((path, place)) = &plan.link else { return Ok(()) };
    let link = Path::new(HERE).join(path);
    let made = link.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| symlink(place, &link));
    made.map_err(failed(GuestFailure::Create, path.as_str()))
}

/// The port, at its fastest and without any translation of what is written.
fn open_port(name: &str) -> Done<File> {
    let port = File::options().read(true).write(true).open(name);
    let port = port.map_err(failed(GuestFailure::Open, name))?;
    let set_up = || {
        let mut settings = tcgetattr(&port)?;
        settings.make_raw();
        settings.set_speed(115_200)?;
        tcsetattr(&port, OptionalActions::Now, &settings)
    };
    set_up().map_err(failed(GuestFailure::SetUpPort, name))?;
    Ok(port)
}

/// Sends a frame. If the port cannot be written, the lab notices that no frame comes.
fn tell(port: &Mutex<File>, frame: &Frame) {
    if let Ok(mut port) = port.lock() {
        let _ = send(&mut *port, frame);
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
            fs::write(&setting.file, &setting.value).map_err(failed(GuestFailure::Set, setting))?;
        }
        tell(port, &Frame::Step(Step::Round(number)));
        let end = if round.programs.is_empty() { suite(round, &plan.crashes, port)? } else { programs(round, port) };
        tell(port, &Frame::Step(Step::Ended(end)));
        if number + 1 < plan.rounds.len() {
            unload(&plan.kvm.1)?;
        }
    }
    Ok(())
}

fn load(module: &str, parameters: &str) -> Done<()> {
    let file = File::open(module).map_err(failed(GuestFailure::Open, module))?;
    let load = |module, errno| GuestFailure::Load { module, parameters: parameters.to_owned(), errno };
    let loaded = || -> io::Result<()> { Ok(finit_module(&file, &CString::new(parameters)?, 0)?) };
    loaded().map_err(failed(load, module))
}

fn unload(name: &str) -> Done<()> {
    let unloaded = || -> io::Result<()> { Ok(delete_module(&CString::new(name)?, 0)?) };
    unloaded().map_err(failed(GuestFailure::Unload, name))
}

/// Runs the suite and sends its events and messages as they come. Returns how it ended.
fn suite(round: &Round, crashes: &[Crash], port: &Mutex<File>) -> Done<ProgramEnd> {
    let failed = |error| GuestFailure::Suite(errno(&error));
    let mut command = Command::new("/nmi");
    command.current_dir(HERE);
    // One trial at a time: so the lab knows in which trial a machine died.
    command.args(["run", "--machine", "kvm", "--jobs", "1", "--json", "-"]).args(&round.arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let (events, words) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        scope.spawn(|| pass_on(events, Frame::Event, crashes, port));
        scope.spawn(|| pass_on(words, Frame::Message, &[], port));
    });
    child.wait().map(ProgramEnd::from).map_err(failed)
}

/// Runs the programs one after the other, and sends how each ended.
fn programs(round: &Round, port: &Mutex<File>) -> ProgramEnd {
    for (number, program) in round.programs.iter().enumerate() {
        let (end, output) = match Command::new(program).stdin(Stdio::null()).output() {
            Ok(output) => (output.status.into(), String::from_utf8_lossy(&output.stdout).into_owned()),
            Err(error) => (ProgramEnd::NotStarted(errno(&error)), String::new()),
        };
        tell(port, &Frame::Step(Step::Program { number, end, output }));
    }
    ProgramEnd::Code(0)
}

fn pass_on(from: Option<impl Read>, frame: fn(String) -> Frame, crashes: &[Crash], port: &Mutex<File>) {
    for line in from.into_iter().flat_map(|from| BufReader::new(from).lines()).map_while(Result::ok) {
        let planned = planned(&line, crashes);
        tell(port, &frame(line));
        if let Some(crash) = planned {
            die(crash.kind, port);
        }
    }
}

/// The crash that is planned where this line of the suite's saved run comes.
fn planned<'a>(line: &str, crashes: &'a [Crash]) -> Option<&'a Crash> {
    if crashes.is_empty() {
        return None;
    }
    let Ok(Event::TrialStarted { id }) = serde_json::from_str(line) else { return None };
    crashes.iter().find(|crash| crash.trial == id.to_string())
}

/// Crashes as planned, once all frames before have been transmitted.
fn die(kind: CrashKind, port: &Mutex<File>) {
    let Ok(held) = port.lock() else { return };
    let _ = tcdrain(&*held);
    if kind == CrashKind::Panic
        && let Err(error) = fs::write("/proc/sysrq-trigger", "c")
    {
        eprintln!("lab-init: cannot panic: write /proc/sysrq-trigger: {error}");
    }
    // No other thread can send while the port is locked.
    loop {
        thread::park();
    }
}
