//! Compares the verdicts of a program and of this suite on this host's KVM.

use reports::Outcome;
use runner::execute::{Setting, execute};
use runner::judge::judge;
use runner::machine::Machine;
use runner::reproduce::Form;
use runner::suite::lacking;

use super::program::{Which, build};

/// The verdict of a program or of the suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Conforms,
    Differs,
    NotRun,
    Trouble(String),
}

/// The suite's verdict on one pass, with its reason.
pub(crate) fn suite(machine: &mut dyn Machine, which: Which<'_>) -> (Said, String) {
    if let Some(why) = lacking(machine, which.case, which.mode, which.path) {
        return (Said::NotRun, why.to_string());
    }
    let guest = which.guest();
    let setting = Setting { case: which.case, guest: &guest, path: which.path };
    match execute(machine, setting, which.pass) {
        // A KVM that cannot go on with a guest departs from the manual, too.
        Err(trouble) => (Said::Differs, trouble.to_string()),
        Ok(trace) => match judge(which.case, which.case.expect(which.vendor), &guest, &trace, which.pass) {
            Outcome::Pass => (Said::Conforms, String::new()),
            other => (Said::Differs, other.headline().unwrap_or_default()),
        },
    }
}

/// A function that runs the program, compiled with these flags, and returns its verdict and its line.
pub(crate) fn program(which: Which<'_>, flags: &[&str]) -> impl Fn() -> (Said, String) + Send + use<> {
    let text = which.text(Form::C).unwrap_or_else(|unable| panic!("{}: {unable}", which.name()));
    let built = build(&text, flags).unwrap_or_else(|told| panic!("{}:\n{told}", which.name()));
    move || {
        let output = built.run();
        let line = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        assert!(line.lines().count() <= 1, "one line: {line}");
        let said = match output.status.code() {
            Some(0) => Said::Conforms,
            Some(1) => Said::Differs,
            Some(77) => Said::NotRun,
            other => Said::Trouble(format!("{other:?}")),
        };
        (said, line)
    }
}

/// The difference of the verdicts, if they differ every time. What some KVMs do depends on the host's timer.
pub(crate) fn differ(
    machine: &mut dyn Machine,
    which: Which<'_>,
    program: impl Fn() -> (Said, String),
) -> Option<String> {
    let mut seen = Vec::new();
    for _ in 0..TRIES {
        let (here, there) = (suite(machine, which), program());
        seen.push((here, there));
        let agreed = seen.iter().any(|(here, _)| seen.iter().any(|(_, there)| here.0 == there.0));
        if agreed {
            return None;
        }
    }
    let last = seen.last()?;
    Some(format!("{}: suite {:?}, program {:?}", which.name(), last.0, last.1))
}

/// How often both run before they count as different.
const TRIES: u32 = 10;
