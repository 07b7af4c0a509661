//! `nmi explain`.

use clap::Args;
use guests::{Guest, Mode};
use reports::{Outcome, broken, code, hanging, printable_lines, timeline};

use super::cases;
use super::cases::CasesArg;
use super::failure::Failure;
use super::values::{machine_help, modes, paths};
use crate::case::{Case, Library};
use crate::command::{look, print};
use crate::execute::{Setting, execute};
use crate::host::HostFacts;
use crate::judge::history;
use crate::machine::Machine;
use crate::suite::{Explanation, GuestCache, MachineSpec, Options, open, references, run_trial, want};
use crate::terms::{Pass, Path, Vendor};

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Id of the case, such as `blocking/second-nmi-waits-for-iret`
    pub(super) case: String,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Mode to show [default: the last one the case names]
    #[arg(long, value_parser = modes())]
    pub(super) mode: Option<Mode>,
    /// Path to show [default: the first one the case names]
    #[arg(long, value_parser = paths())]
    pub(super) path: Option<Path>,
    #[arg(long, value_name = "MACHINE",
          help = machine_help("Whose manual to show, model:intel if not said, or model:amd for a case of AMD's processors alone; a \
                               machine that is no model runs the case, too"))]
    pub(super) machine: Option<MachineSpec>,
    /// Print JSON for programs: listing, trace, and the model's state after each instruction
    ///
    /// What its fields mean is said in `runner/explain-json.md`. A machine that is no model only says whose manual it is.
    #[arg(long)]
    pub(super) json: bool,
}

/// `nmi explain CASE`.
pub(super) fn explain(args: &ExplainArgs) -> Result<u8, Failure> {
    let wanted = cases::id(&args.case);
    let library = cases::library_for(&args.from, Some(&|case| case == wanted))?;
    let case = cases::find(&library, &args.case)?;
    let mode = choose("mode", args.mode, &case.modes, case.modes.last())?;
    let path = choose("path", args.path, &case.paths, case.paths.first())?;
    let machine = args.machine.unwrap_or_else(|| usual_model(case));
    let mut slot = open(machine, &HostFacts::read(), Options::default());
    let vendor = slot.vendor;
    let guest = GuestCache::default().get(case, mode, path, vendor)?;
    if args.json {
        let explanation = Explanation::of(case, &guest, path, vendor)?;
        let json = serde_json::to_string_pretty(&explanation)?;
        print(&format!("{json}\n"))?;
        return Ok(code::FINE);
    }
    let width = look().width;
    let mut text = format!("{}\n{}\n", case.id, hanging("  ", &case.summary, width));
    text += &rules(&library, case, width);
    text += &format!("Listing ({mode} mode, path {path})\n{}\n", code_of(case, &guest, width));
    // The timelines below are printable already, and may have colours.
    let mut text = printable_lines(&text).into_owned();
    text += &format!("Wanted ({vendor}'s manual, {mode} mode, path {path})\n");
    text += &match want(case, &guest, path, vendor) {
        Ok(history) => timeline(&history, look()),
        Err(trouble) => format!("  not shown: {trouble}\n"),
    };
    if !matches!(machine, MachineSpec::Model(_)) {
        text += &format!("\nSeen on {}\n", slot.name);
        text += &match &mut slot.machine {
            Err(trouble) => format!("  not run here: {trouble}\n"),
            Ok(machine) => seen(machine.as_mut(), Setting { case, guest: &guest, path }),
        };
    }
    print(&text)?;
    Ok(code::FINE)
}

/// The model whose manual is shown if nobody asks for another.
fn usual_model(case: &Case) -> MachineSpec {
    MachineSpec::Model(if case.is_amds() { Vendor::Amd } else { Vendor::Intel })
}

/// What the machine showed: in the pass in which it parts from the manual, or else in the plain one.
fn seen(machine: &mut dyn Machine, setting: Setting<'_>) -> String {
    let outcome = run_trial(machine, setting).outcome;
    let headline = outcome.headline().map(|headline| hanging("  ", &headline, look().width)).unwrap_or_default();
    let shown = match (&outcome, outcome.divergence()) {
        (_, Some(divergence)) => divergence.history.clone(),
        (Outcome::Pass, None) => {
            execute(machine, setting, Pass::Plain).ok().map(|trace| history(setting.guest, &trace))
        }
        _ => None,
    };
    headline + &shown.map(|history| timeline(&history, look())).unwrap_or_default()
}

pub(super) fn choose<T: Copy + PartialEq + std::fmt::Display>(
    what: &'static str,
    asked: Option<T>,
    known: &[T],
    default: Option<&T>,
) -> Result<T, Failure> {
    match asked {
        Some(asked) if !known.contains(&asked) => None,
        Some(asked) => Some(asked),
        None => default.copied(),
    }
    .ok_or_else(|| Failure::NotRunWith { what, known: known.iter().map(ToString::to_string).collect() })
}

fn rules(library: &Library, case: &Case, width: usize) -> String {
    let mut text = String::from("Rules\n");
    for rule in references(&library.rules).iter().filter(|rule| case.rules.contains(&rule.id)) {
        text += &format!("  {}\n{}", rule.id, hanging("    ", &rule.statement, width));
        for source in &rule.sources {
            text += &hanging("    - ", source, width);
        }
    }
    text + "\n"
}

/// The case's own code, each source line before the instructions it became; their bytes where there is room.
fn code_of(case: &Case, guest: &Guest, width: usize) -> String {
    let mut text = String::new();
    let mut shown = None;
    for line in &guest.listing {
        let Some(section) = line.section else { continue };
        if shown != Some((section, line.line)) {
            let source = case.program.line(section, line.line);
            text += &lines(&format!("  {:<8} {source}", format!("{}:", section.word())), width);
            shown = Some((section, line.line));
        }
        let bytes = line.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let bytes = if width < WITH_BYTES { String::new() } else { format!("{:<20} ", clipped(bytes)) };
        text += &lines(&format!("    {:05x}  {bytes}{}", line.address, line.text), width);
    }
    text
}

fn lines(line: &str, width: usize) -> String {
    broken(line, width).iter().map(|line| format!("{line}\n")).collect()
}

/// Columns from which on the bytes of instructions are shown.
const WITH_BYTES: usize = 70;

/// As many bytes as fit their column.
fn clipped(mut bytes: String) -> String {
    const SHOWN: usize = 20;
    if bytes.len() > SHOWN {
        bytes.truncate(SHOWN);
        bytes += "..";
    }
    bytes
}
