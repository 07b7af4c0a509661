//! Runs a case in every pass and compares the results.

use std::sync::Arc;

use guests::Guest;
use runner::case::{Case, End, NameAt, Source, ViewWant, load, wiring};
use runner::execute::{Seen, Setting, Stop, Trace, execute};
use runner::judge::compare;
use runner::machine::model::ModelMachine;
use runner::machine::{Machine, Trouble};
use runner::terms::{Events, Pass, Vendor};

use super::yaml::Shown;

/// A rule for the cases to name.
const RULES: &str = include_str!("../suite/rules/known.yaml");
/// The passes that are compared with the plain one.
const OTHERS: [Pass; 5] = [Pass::Again, Pass::Blind, Pass::Silent, Pass::Peek, Pass::Migrate];

/// The result of a case on one machine.
#[derive(Debug)]
pub(super) enum Became {
    /// All passes agree with this one.
    Agreed(Box<Trace>),
    /// In all passes a VM entry fails because of what the host wrote.
    Refused,
    /// It has no end that a case can expect, as the plain pass shows.
    Endless(Stop),
    /// They do not agree.
    Parted {
        /// The plain pass, if it came to an end.
        plain: Option<Box<Trace>>,
        /// Which pass differs, and how.
        how: String,
    },
}

/// Loads the text of a case with the ordinary loader.
pub(super) fn read(text: &str) -> Result<Case, String> {
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    // The rules come with other ids that no case tests.
    let rule = RULES.split("  - id: ").take(2).collect::<Vec<_>>().join("  - id: ");
    let texts = vec![file("random/program.yaml", text), file("rules/known.yaml", &rule)];
    let library = load(&Source::Texts(texts)).map_err(|wrong| wrong.to_string())?;
    library.cases.into_iter().next().ok_or_else(|| "no case was read".to_owned())
}

/// The case's guest. No program names a constant that the vendors have differently.
pub(super) fn guest(case: &Case) -> Result<Arc<Guest>, String> {
    let guest = guests::build(&case.program, case.modes[0], &wiring(case, case.paths[0], Vendor::Amd));
    guest.map(Arc::new).map_err(|problems| format!("{problems:?}"))
}

/// Makes the host read state at every snap in the passes that read what a case expects.
pub(super) fn look(case: &mut Case, snaps: &[String]) {
    for expect in [&mut case.amd, &mut case.intel] {
        for name in snaps {
            expect.views.insert(NameAt { name: name.clone(), occurrence: None }, ViewWant::default());
        }
        expect.end_view = Some(ViewWant::default());
    }
}

/// Runs the case on the machine in every pass.
pub(super) fn passes(machine: &mut ModelMachine, case: &Case, guest: &Arc<Guest>) -> Became {
    let setting = Setting { case, guest, path: case.paths[0] };
    let plain = match execute(machine, setting, Pass::Plain) {
        Ok(plain) => plain,
        // A host step asks for it, so it must show in every pass.
        Err(refused @ Trouble::EntryRefused { .. }) => return all_refuse(machine, setting, &refused),
        Err(trouble) => return Became::Parted { plain: None, how: format!("trouble in pass plain: {trouble}") },
    };
    if !matches!(plain.stop, Stop::Done | Stop::Halted { .. } | Stop::Shutdown { .. }) {
        return Became::Endless(plain.stop);
    }
    for pass in OTHERS {
        let parted = match execute(machine, setting, pass) {
            Ok(other) => parts(setting, &plain, &other, pass),
            Err(trouble) => Some(trouble.to_string()),
        };
        if let Some(how) = parted {
            let how = format!("{} in pass {pass}: {how}", machine.name());
            return Became::Parted { plain: Some(Box::new(plain)), how };
        }
    }
    Became::Agreed(Box::new(plain))
}

fn all_refuse(machine: &mut ModelMachine, setting: Setting<'_>, refused: &Trouble) -> Became {
    for pass in OTHERS {
        match execute(machine, setting, pass) {
            Err(trouble) if trouble == *refused => {}
            other => {
                let how = format!("the plain pass ends in trouble ({refused}), pass {pass} in {other:?}");
                return Became::Parted { plain: None, how };
            }
        }
    }
    Became::Refused
}

fn parts(setting: Setting<'_>, plain: &Trace, other: &Trace, pass: Pass) -> Option<String> {
    let Setting { case, guest, .. } = setting;
    if let Some(outcome) = compare(case, guest, plain, other, pass) {
        return Some(outcome.headline().unwrap_or_else(|| format!("{outcome:?}")));
    }
    if plain.left_out != other.left_out {
        return Some(format!("steps left out: want {:?}, got {:?}", plain.left_out, other.left_out));
    }
    let (wanted, got) = (views(plain), views(other));
    let unlike = wanted.iter().find_map(|(name, occurrence, want)| {
        let (.., got) = got.iter().find(|(other, number, _)| (other, number) == (name, occurrence))?;
        (got != want).then(|| format!("view of {name}#{occurrence}: want {want}, got {got}"))
    });
    let ends = plain.end_view.zip(other.end_view).filter(|(want, got)| want != got);
    unlike.or_else(|| ends.map(|(want, got)| format!("view of end: want {want}, got {got}")))
}

/// What the host saw at snaps.
pub(super) fn views(trace: &Trace) -> Vec<(String, u32, Events)> {
    let views = trace.seen.iter().filter_map(|seen| match seen {
        Seen::View { at, occurrence, events } => Some((at.clone(), *occurrence, *events)),
        _ => None,
    });
    views.filter(|(at, ..)| !matches!(at.as_str(), "raise" | "irq" | "arm" | "breakpoint")).collect()
}

/// A plain pass as an expectation; `None` if no case can expect its end.
pub(super) fn shown(vendor: Vendor, plain: &Trace) -> Option<Shown> {
    let end = match plain.stop {
        Stop::Done => End::Done,
        Stop::Halted { .. } => End::Halted,
        Stop::Shutdown { cpu: 0, .. } => End::Shutdown,
        _ => return None,
    };
    let names = plain.seen.iter().filter_map(|seen| match seen {
        Seen::Mark(mark) if mark.cpu == 0 => Some(mark.name.clone()),
        _ => None,
    });
    let trace = names.collect();
    Some(Shown { vendor, trace, end, views: views(plain), left_out: plain.left_out.clone() })
}
