use std::sync::Arc;

use guests::{Guest, Line};
use reports::{Moment, Side, timeline};

use super::args::ExplainArgs;
use super::code;
use super::load;
use super::start::{Failure, print};
use crate::case::{Case, Library};
use crate::drive::{Setting, Trace, drive};
use crate::host::HostFacts;
use crate::judge::{moment, stop_words};
use crate::suite::{GuestCache, Options, lacking, open, references};
use crate::terms::Pass;

/// `nmi explain CASE`.
pub(super) fn explain(args: &ExplainArgs) -> Result<u8, Failure> {
    let library = load::library(&args.from)?;
    let case = load::find(&library, &args.case)?;
    let mode = choose("mode", args.mode, &case.modes, case.modes.last())?;
    let path = choose("path", args.path, &case.paths, case.paths.first())?;
    let mut slot = open(args.machine, &HostFacts::read(), Options::default());
    let guest = GuestCache::default().get(case, mode, path, slot.vendor);
    let guest = guest.map_err(|trouble| Failure::Trouble(trouble.to_string()))?;
    let mut text = format!("{}\n  {}\n\n", case.id, case.summary);
    text += &rules(&library, case);
    text += &format!("Listing ({mode} mode, path {path})\n{}\n", listing(case, &guest));
    text += &format!("Timeline on {}\n", slot.name);
    text += &match &mut slot.machine {
        Err(trouble) => format!("  not run here: {trouble}\n"),
        Ok(machine) => match lacking(machine.as_ref(), case, mode, path) {
            Some(requirement) => format!("  not run here: {requirement}\n"),
            None => shown(drive(machine.as_mut(), Setting { case, guest: &guest, path }, Pass::Plain), &guest),
        },
    };
    print(&text)?;
    Ok(code::FINE)
}

fn choose<T: Copy + PartialEq + std::fmt::Display>(
    what: &str,
    asked: Option<T>,
    known: &[T],
    default: Option<&T>,
) -> Result<T, Failure> {
    match asked {
        Some(asked) if known.contains(&asked) => Ok(asked),
        None if default.is_some() => default.copied().ok_or_else(|| Failure::Input(String::new())),
        _ => {
            let known: Vec<String> = known.iter().map(ToString::to_string).collect();
            Err(Failure::Input(format!(
                "error: the case does not run with this {what}; it runs with {}",
                known.join(", ")
            )))
        }
    }
}

fn rules(library: &Library, case: &Case) -> String {
    let mut text = String::from("Rules\n");
    for rule in references(&library.rules).iter().filter(|rule| case.rules.contains(&rule.id)) {
        text += &format!("  {}\n    {}\n", rule.id, rule.statement);
        for source in &rule.sources {
            text += &format!("    - {source}\n");
        }
    }
    text + "\n"
}

/// The case's own code, each source line before the instructions it became.
fn listing(case: &Case, guest: &Guest) -> String {
    let mut text = String::new();
    let mut shown = None;
    for line in &guest.listing {
        let Some(section) = line.section else { continue };
        let place = (section, line.line);
        if shown != Some(place) {
            shown = Some(place);
            let source = case.program.section(section).and_then(|section| section.text.lines().nth(line.line));
            text += &format!("  {:<8} {}\n", format!("{}:", section.word()), source.unwrap_or_default().trim_end());
        }
        text += &format!("    {:05x}  {:<20} {}\n", line.address, hex(line), line.text);
    }
    text
}

fn hex(line: &Line) -> String {
    const SHOWN: usize = 10;
    let bytes: String = line.bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    if line.bytes.len() > SHOWN { format!("{bytes}..") } else { bytes }
}

fn shown(trace: Result<Trace, crate::machine::Trouble>, guest: &Arc<Guest>) -> String {
    match trace {
        Err(trouble) => format!("  trouble: {trouble}\n"),
        Ok(trace) => {
            let mut moments: Vec<Moment> =
                trace.seen.iter().enumerate().map(|(index, seen)| moment(guest, index, seen)).collect();
            let end = stop_words(guest, &trace.stop);
            moments.push(Moment { side: Side::Both, index: Some(moments.len()), event: end, ..Moment::default() });
            timeline(&moments, load::look())
        }
    }
}
