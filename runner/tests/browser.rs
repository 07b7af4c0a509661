//! Pages of `nmi report --html` in a real browser: they open without a word on the console, links and filters work.
//!
//! Where no Chromium is installed this is told as ignored, with the reason; with `NMI_REQUIRE_CHROMIUM` set it fails
//! instead, so that a CI that installed one cannot lose it unnoticed.

mod chromium;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use chromium::Chromium;
use libtest_mimic::{Arguments, Failed, Trial};
use reports::{Outcome, RunFacts, SavedRun, Summary, TrialId};

/// Drives a page as its reader would, and writes what came of it into the page.
const READER: &str = include_str!("chromium/reader.js");

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let browser = Chromium::find();
    let required = std::env::var_os("NMI_REQUIRE_CHROMIUM").is_some();
    let kvm = std::fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok();
    let trial = |name: &str, lacks: Option<&str>, test: fn(&Chromium) -> Result<(), Failed>| {
        let (missing, browser) = (browser.is_none().then_some("chromium is not installed").or(lacks), browser.clone());
        let run = move || test(&browser.ok_or("chromium is not installed, and NMI_REQUIRE_CHROMIUM is set")?);
        let trial = Trial::test(name, run);
        match missing {
            Some(why) if !required || lacks.is_some() => {
                trial.with_kind(format!("not run here: {why}")).with_ignored_flag(true)
            }
            _ => trial,
        }
    };
    let trials = vec![
        trial("all_pass", None, all_pass),
        trial("one_fault", None, one_fault),
        trial("whole_kvm_run", (!kvm).then_some("/dev/kvm cannot be opened"), whole_kvm_run),
        trial("ten_thousand_trials", None, ten_thousand_trials),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn all_pass(browser: &Chromium) -> Result<(), Failed> {
    let run = run("all-pass", &["--machine", "model", "blocking/"])?;
    let read = read(browser, &run)?;
    check(read.number("failures") == 0, "nothing failed, so no failure is shown")?;
    read.sound()
}

/// What someone must find who never saw the tool: the instruction and the rule.
fn one_fault(browser: &Chromium) -> Result<(), Failed> {
    let case = "blocking/second-nmi-waits-for-iret";
    let run = run("one-fault", &["--machine", "faulty:deaf", case])?;
    let read = read(browser, &run)?;
    check(read.number("failures") > 0, "the fault is shown")?;
    check(read.dom.contains("code class=\"instruction\""), "the instruction is named")?;
    check(read.dom.contains("rule <a href=\"#cases?rule=block.from-delivery\""), "the rule is named")?;
    check(read.number("parted") > 0, "the timeline marks where they part")?;
    read.sound()
}

fn whole_kvm_run(browser: &Chromium) -> Result<(), Failed> {
    let run = run("kvm", &["--machine", "kvm"])?;
    let read = read(browser, &run)?;
    check(read.page_bytes < 1_500_000, "a whole run is some hundred kilobytes")?;
    check(read.number("elements") < 30_000, "little of it stands in the page")?;
    read.sound()
}

fn ten_thousand_trials(browser: &Chromium) -> Result<(), Failed> {
    let trial = |number: usize| reports::Trial {
        id: TrialId {
            machine: "kvm".to_owned(),
            mode: "long".to_owned(),
            path: "ioctl".to_owned(),
            case: format!("topic-{}/case-{number}", number % 7),
        },
        summary: format!("summary {number}"),
        rules: vec![format!("rule.{}", number % 50)],
        hash: String::new(),
        outcome: if number.is_multiple_of(4) { Outcome::Mismatch(Default::default()) } else { Outcome::Pass },
        statistics: Default::default(),
        micros: 1,
        repeats: Default::default(),
    };
    let trials: Vec<reports::Trial> = (0..10_000).map(trial).collect();
    let summary = Some(Summary::of(&trials, false, 1));
    let facts = Some(RunFacts { trials: trials.len(), machines: vec!["kvm".to_owned()], ..RunFacts::default() });
    let run = SavedRun { facts, trials, summary, ..SavedRun::default() };
    let file = folder()?.join("ten-thousand.jsonl");
    reports::write_run(&run, std::fs::File::create(&file)?)?;
    let read = read(browser, &file)?;
    check(read.number("cases") == 10_000, "every case can be found")?;
    check(read.number("elements") < 30_000, "little of it stands in the page")?;
    check(read.millis < 30_000, "it opens, also on a busy machine")?;
    read.sound()
}

/// What a reader found.
struct Read {
    dom: String,
    found: serde_json::Value,
    page_bytes: usize,
    millis: u128,
}

impl Read {
    fn number(&self, name: &str) -> u64 {
        self.found[name].as_u64().unwrap_or(u64::MAX)
    }

    /// What holds for every page.
    fn sound(&self) -> Result<(), Failed> {
        let found = &self.found;
        check(self.number("cases") > 0, "cases are unpacked")?;
        check(self.number("dead") == 0, &format!("every link leads somewhere: {}", found["dead_links"]))?;
        check(self.number("by_word") == 1, &format!("a whole id finds its case alone: {found}"))?;
        check(self.number("by_nothing") == 0, &format!("what no case has finds none: {found}"))?;
        check(self.number("by_failed") == self.number("failed_rows"), &format!("failures can be picked: {found}"))?;
        check(self.number("uneven") == 0, &format!("the list shows what is counted: {found}"))?;
        check(self.number("opened") == 1, &format!("a click opens a case: {found}"))?;
        check(self.number("closed") == 0, &format!("and closes it: {found}"))?;
        check(self.number("linked") == 1, &format!("a link opens a case: {found}"))?;
        check(self.number("by_rule") > 0, &format!("a link finds the cases of a rule: {found}"))
    }
}

/// Opens the page of a run twice: as it is, which must say nothing on the console, and with a reader in it.
fn read(browser: &Chromium, run: &std::path::Path) -> Result<Read, Failed> {
    let page = run.with_extension("html");
    nmi(&["report".as_ref(), run.as_os_str(), "--html".as_ref(), page.as_os_str()], &[0])?;
    let opened = browser.open(&page)?;
    check(opened.console.is_empty(), &format!("the console is silent: {:?}", opened.console))?;
    check(opened.dom.contains("data-ready="), "the page's own script runs to its end")?;
    let html = std::fs::read_to_string(&page)?;
    let policy =
        html.split_once("<meta http-equiv=\"Content-Security-Policy\"").and_then(|(_, rest)| rest.split_once('>'));
    let policy = policy.map(|(policy, _)| format!("<meta http-equiv=\"Content-Security-Policy\"{policy}>"));
    let policy = policy.ok_or("the page names no policy")?;
    let driven = html.replace(&policy, "").replace("</body>", &format!("<script>{READER}</script></body>"));
    let copy = page.with_extension("read.html");
    std::fs::write(&copy, driven)?;
    let read = browser.open(&copy)?;
    check(read.console.is_empty(), &format!("the console stays silent: {:?}", read.console))?;
    let found = read.dom.split_once("<pre id=\"found\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let (found, _) = found.ok_or("the reader did not come to its end")?;
    let found = serde_json::from_str(&found.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))?;
    Ok(Read { dom: read.dom, found, page_bytes: html.len(), millis: opened.millis })
}

/// Saves a run. Failures are what some pages are about.
fn run(name: &str, arguments: &[&str]) -> Result<PathBuf, Failed> {
    let file = folder()?.join(name).with_extension("jsonl");
    let mut all: Vec<&std::ffi::OsStr> = vec!["run".as_ref(), "--json".as_ref(), file.as_os_str()];
    all.extend(arguments.iter().map(std::ffi::OsStr::new));
    nmi(&all, &[0, 1])?;
    Ok(file)
}

fn folder() -> Result<PathBuf, Failed> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn nmi(arguments: &[&std::ffi::OsStr], codes: &[i32]) -> Result<(), Failed> {
    let output = Command::new(env!("CARGO_BIN_EXE_nmi")).args(arguments).output()?;
    let code = output.status.code();
    let fine = code.is_some_and(|code| codes.contains(&code));
    check(fine, &format!("{arguments:?} ended with {code:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn check(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("not so: {what}").into()) }
}
