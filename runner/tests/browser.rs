//! Pages of `nmi report --html` in a real browser: no messages on the console, links and filters work, and the pages are readable on
//! small and dark screens, on paper and with a screen reader (axe).
//!
//! Without an installed Chromium the tests are ignored, with the reason; with `NMI_REQUIRE_CHROMIUM` set they fail instead, so that a
//! CI with Chromium cannot lose it unnoticed. npm fetches axe-core into the target folder when it is first needed; if that fails, its
//! tests are ignored.

mod chromium;

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use chromium::pages::{CASE, folder, page, run, save};
use chromium::{Chromium, View, check, readable};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use reports::{Divergence, Finding, Moment, Outcome, RunFacts, SavedRun, Summary, TrialId};

/// Operates a page as a reader would, and returns what it found.
const READER: &str = include_str!("chromium/reader.js");

type Test = fn(&mut Chromium) -> Result<Completion, Failed>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let program = chromium::find();
    let required = std::env::var_os("NMI_REQUIRE_CHROMIUM").is_some();
    let kvm = std::fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok();
    // All tests share one browser, which the first test starts.
    let browser: Arc<Mutex<Option<Chromium>>> = Arc::default();
    let trial = |name: &str, lacks: Option<&str>, test: Test| {
        let missing = program.is_none().then_some("chromium is not installed").or(lacks);
        let (program, browser) = (program.clone(), browser.clone());
        let run = move || {
            let program = program.ok_or("chromium is not installed, and NMI_REQUIRE_CHROMIUM is set")?;
            let mut browser = browser.lock().unwrap_or_else(PoisonError::into_inner);
            if browser.is_none() {
                *browser = Some(Chromium::start(&program, &folder()?)?);
            }
            browser.as_mut().map_or(Err("no browser".into()), test)
        };
        let trial = Trial::ignorable_test(name, run);
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
        trial("fits_every_screen_and_paper", None, readable::fits),
        trial("rules_stand_above_the_listing_on_a_phone", None, readable::rule_first),
        trial("axe_finds_nothing", None, readable::axe_finds_nothing),
        trial("axe_finds_planted_faults", None, readable::axe_finds_planted_faults),
        trial("layout_faults_are_found", None, readable::layout_faults_are_found),
        // Not a test: draws what README shows. `cargo test -p runner --test browser -- --ignored readme_picture`
        trial("readme_picture", None, readable::readme_picture).with_ignored_flag(true),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn all_pass(browser: &mut Chromium) -> Result<Completion, Failed> {
    let saved = run("all-pass", &["--machine", "model", "blocking/"])?;
    let read = read(browser, "all-pass", &saved)?;
    check(read.number("failures") == 0, "nothing failed, so no failure is shown")?;
    read.sound()
}

/// A failure shows the instruction and the rule.
fn one_fault(browser: &mut Chromium) -> Result<Completion, Failed> {
    let saved = run("one-fault", &["--machine", "faulty:deaf", CASE])?;
    let read = read(browser, "one-fault", &saved)?;
    check(read.number("failures") > 0, "the fault is shown")?;
    check(read.number("instructions") > 0, "the instruction is named")?;
    check(read.number("rules_named") > 0, "the rule is named")?;
    check(read.number("parted") > 0, "the timeline marks where they part")?;
    read.sound()
}

fn whole_kvm_run(browser: &mut Chromium) -> Result<Completion, Failed> {
    let saved = run("kvm", &["--machine", "kvm"])?;
    let read = read(browser, "kvm", &saved)?;
    check(read.page_bytes < 1_500_000, "a whole run is some hundred kilobytes")?;
    check(read.number("elements") < 30_000, "little of it stands in the page")?;
    read.sound()
}

fn ten_thousand_trials(browser: &mut Chromium) -> Result<Completion, Failed> {
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
        outcome: if number.is_multiple_of(4) {
            Outcome::Mismatch(Divergence::of(Finding::sequence(Moment::Done, Moment::Halted)))
        } else {
            Outcome::Pass
        },
        statistics: Default::default(),
        micros: 1,
        repeats: Default::default(),
    };
    let trials: Vec<reports::Trial> = (0..10_000).map(trial).collect();
    let summary = Some(Summary::of(&trials, false, 1));
    let facts = Some(RunFacts { trials: trials.len(), machines: vec!["kvm".to_owned()], ..RunFacts::default() });
    let run = SavedRun { facts, trials, summary, ..SavedRun::default() };
    let read = read(browser, "ten-thousand", &save("ten-thousand", &run)?)?;
    check(read.number("cases") == 10_000, "every case can be found")?;
    check(read.number("elements") < 30_000, "little of it stands in the page")?;
    read.sound()
}

/// The result of [`READER`].
struct Read {
    found: serde_json::Value,
    page_bytes: usize,
}

impl Read {
    fn number(&self, name: &str) -> u64 {
        self.found[name].as_u64().unwrap_or(u64::MAX)
    }

    /// Checks what holds for every page.
    fn sound(&self) -> Result<Completion, Failed> {
        let found = &self.found;
        check(self.number("cases") > 0, "cases are unpacked")?;
        check(self.number("dead") == 0, &format!("every link leads somewhere: {}", found["dead_links"]))?;
        check(self.number("by_word") == 1, &format!("a whole id finds its case alone: {found}"))?;
        check(self.number("by_nothing") == 0, &format!("what no case has finds none: {found}"))?;
        check(self.number("by_failed") == self.number("failed_rows"), &format!("failures can be picked: {found}"))?;
        check(self.number("uneven") == 0, &format!("the list shows what is counted: {found}"))?;
        check(self.number("opened") == 1, &format!("a click opens a case: {found}"))?;
        check(self.number("told_open") == 1, &format!("and says so to a screen reader: {found}"))?;
        check(self.number("closed") == 0, &format!("and closes it: {found}"))?;
        check(self.number("linked") == 1, &format!("a link opens a case: {found}"))?;
        check(self.number("focused") == 1, &format!("and the keyboard goes on from there: {found}"))?;
        check(self.number("by_rule") > 0, &format!("a link finds the cases of a rule: {found}"))?;
        Ok(Completion::Completed)
    }
}

/// Opens the page of a run and reads it. Messages on the console are an error.
fn read(browser: &mut Chromium, name: &str, run: &Path) -> Result<Read, Failed> {
    let page = page(name, &[run], &[])?;
    let mut tab = browser.open(&page, View::LIGHT)?;
    let found = tab.evaluate(READER)?;
    let said = tab.console();
    check(said.is_empty(), &format!("the console is silent: {said:?}"))?;
    Ok(Read { found, page_bytes: std::fs::read(&page)?.len() })
}
