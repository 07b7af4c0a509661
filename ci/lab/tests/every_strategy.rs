//! `ci/hosts/every-strategy` where modules can be reloaded for real: in emulated machines with Debian's kernels.
//!
//! The scenarios are `every_strategy/guest.sh`. `LAB_CACHE` names another cache than the checkout's; kernels and emulators
//! must be in it. `LAB_BINARIES` names a folder with the suite, linked statically, which is built otherwise.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use lab::boot::{Emulators, Logs, recipe};
use lab::guest::{Archive, Binaries};
use lab::kernel::{Finder, Spec, closure};
use lab::target::{Machine, Target};
use lab::{Cache, Failure};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// All tests here are ignored unless asked for: each boots a machine, for half a minute or more.
fn main() -> ExitCode {
    let trial = |name: &'static str, target, kernel, scenarios: &'static [&str], why| {
        let run = move || play(target, kernel, scenarios, why);
        Trial::ignorable_test(name, run).with_ignored_flag(true).with_kind("boots a machine")
    };
    let both: &[&str] = &["both_strategies", "what_it_refuses", "suites_that_fail", "not_loaded", "signals"];
    let no_virtual_nmis = "amd-vnmi .*not run here: kvm_amd does not take vnmi=1: the processor has no virtual NMIs";
    let no_parameter = "amd-vnmi .*not run here: kvm_amd of Linux 6.1.* has no parameter vnmi";
    let trials = vec![
        trial("a_host_with_both_strategies", "amd-vnmi", "newest", both, ""),
        trial(
            "a_processor_without_nmi_virtualization",
            "amd-event-injection",
            "newest",
            &["one_strategy"],
            no_virtual_nmis,
        ),
        trial("a_kernel_without_the_parameter", "amd-vnmi", "6.1", &["one_strategy"], no_parameter),
        trial("a_host_with_both_strategies_of_intel", "intel-vnmi", "newest", &["both_strategies"], ""),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Plays the scenarios on the machine of that target. The summary must have a line that matches `why`, if it is not empty.
fn play(target: &str, kernel: &str, scenarios: &[&str], why: &str) -> Result<Completion, Failed> {
    match results(target, kernel, scenarios, why) {
        Ok(results) => {
            println!("{}", results.join("\n"));
            let wrong = results.iter().any(|line| !line.starts_with("ok ") && line != "end");
            match !wrong && results.last().is_some_and(|line| line == "end") {
                true => Ok(Completion::Completed),
                false => Err("see above".into()),
            }
        }
        Err(NotPlayed::Absent(why)) => Ok(Completion::ignored_with(format!("not run here: {target}@{kernel}: {why}"))),
        Err(NotPlayed::Failed(failure)) => Err(failure.into()),
    }
}

/// Why scenarios were not played.
enum NotPlayed {
    /// Something that they need is not here; what, and how to get it.
    Absent(String),
    Failed(Failure),
}

impl From<Failure> for NotPlayed {
    fn from(failure: Failure) -> NotPlayed {
        if failure.is_absent() { NotPlayed::Absent(failure.to_string()) } else { NotPlayed::Failed(failure) }
    }
}

/// The lines that the guest wrote. Errors: it cannot be booted.
fn results(target: &str, kernel: &str, scenarios: &[&str], why: &str) -> Result<Vec<String>, NotPlayed> {
    let lab = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cache = std::env::var_os("LAB_CACHE").map_or(lab.join("../../target/lab"), PathBuf::from);
    let cache = Cache::open(&cache)?;
    let machine =
        Target::read_all(&lab.join("targets")).map_err(Failure::from)?.into_iter().find(|it| it.name == target);
    let machine = machine.as_ref().and_then(Target::machine).expect("an emulated target");
    let tell = |words: &str| eprintln!("{words}");
    // To fetch what is not in the cache would take longer than this test.
    let offline = || Err(Failure::NotCached("kernel"));
    let kernel = Finder::new(&cache, offline, &|_| ()).find(&kernel.parse::<Spec>().expect("a version"))?;
    is_built(machine, &cache)?;
    let boot = Emulators::new(&cache, None, &tell).boot(machine, &kernel)?;
    let binaries = match std::env::var_os("LAB_BINARIES") {
        Some(folder) => Binaries::in_folder(Path::new(&folder))?,
        None => Binaries::build(&cache, &tell)?,
    };

    let folder = tempfile::tempdir().expect("a folder");
    let mut archive = Archive::new()?;
    ["bin", "lib", "etc"].iter().for_each(|name| archive.folder(name));
    // The shells that the first process and the script under test name.
    for name in ["bin/busybox", "bin/sh"] {
        archive.program(name, &busybox()?)?;
    }
    archive.program("nmi", &binaries.nmi)?;
    archive.program("every-strategy", &lab.join("../hosts/every-strategy"))?;
    archive.program("init", &lab.join("tests/every_strategy/guest.sh"))?;
    archive.modules(&closure(&kernel.modules, machine.module.name())?)?;
    archive.file("module", machine.module.name().replace('-', "_").as_bytes())?;
    archive.file("scenarios", (scenarios.join("\n") + "\n").as_bytes())?;
    archive.file("why", why.as_bytes())?;
    let image = folder.path().join("initramfs");
    archive.store(&image)?;

    let logs = Logs::in_folder(folder.path());
    let mut running = boot.start(&image, &logs)?;
    let start = Instant::now();
    while !running.has_ended() && start.elapsed() < LIMIT {
        thread::sleep(Duration::from_millis(100));
    }
    let text = std::fs::read_to_string(&logs.results).unwrap_or_default();
    let results: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
    if results.iter().any(|line| line.starts_with("not ok ")) || results.last().is_none_or(|line| line != "end") {
        println!("{}", String::from_utf8_lossy(&std::fs::read(&logs.console).unwrap_or_default()));
    }
    Ok(results)
}

/// Far more than it takes on a machine that is not busy with anything else.
const LIMIT: Duration = Duration::from_secs(500);

/// Errors: the emulator would have to be built, which takes minutes.
fn is_built(machine: &Machine, cache: &Cache) -> Result<(), Failure> {
    match recipe(machine.emulator).filter(|recipe| recipe.find(&cache.path("")).is_none()) {
        Some(recipe) => Err(Failure::NotCached(recipe.name)),
        None => Ok(()),
    }
}

/// The guest has no libraries. Errors: there is no busybox, or it needs some.
fn busybox() -> Result<PathBuf, NotPlayed> {
    let absent = || NotPlayed::Absent("there is no static busybox (apt-get install busybox-static)".to_owned());
    let file = ["/bin/busybox", "/usr/bin/busybox"].into_iter().map(PathBuf::from).find(|file| file.exists());
    let file = file.ok_or_else(absent)?;
    let bytes = std::fs::read(&file).map_err(Failure::Io)?;
    let loader = b"/lib64/ld-linux-x86-64.so.2\0";
    let dynamic = bytes.windows(loader.len()).any(|window| window == loader);
    if dynamic { Err(absent()) } else { Ok(file) }
}
