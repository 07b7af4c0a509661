//! `nmi explain`.

use clap::Args;
use guests::Guest;
use reports::{Outcome, broken, code, hanging, hex, printable_lines, timeline};

use super::failure::Failure;
use super::one_case::OneCaseArgs;
use super::values::machine_help;
use crate::case::{Case, Library};
use crate::command::{look, print};
use crate::execute::{Setting, execute};
use crate::host::HostFacts;
use crate::judge::history;
use crate::machine::Machine;
use crate::suite::{Explanation, GuestCache, MachineSpec, Options, open, references, run_trial, want};
use crate::terms::{Pass, Vendor};

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    pub(super) one: OneCaseArgs,
    #[arg(long, value_name = "MACHINE",
          help = machine_help("Whose manual to show, by default model:intel, or model:amd for a case of AMD's processors only; a \
                               machine that is not a model runs the case, too"))]
    pub(super) machine: Option<MachineSpec>,
    /// Print JSON for programs: listing, trace, and the model's state after each instruction
    ///
    /// `runner/explain-json.md` describes the fields. Another machine than a model only selects the manual.
    #[arg(long)]
    pub(super) json: bool,
}

/// `nmi explain CASE`.
pub(super) fn explain(args: &ExplainArgs) -> Result<u8, Failure> {
    let library = args.one.library()?;
    let (case, mode, path) = args.one.choose(&library)?;
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
    // The timelines below are printable, and may have colours.
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

/// The model whose manual is shown by default.
fn usual_model(case: &Case) -> MachineSpec {
    MachineSpec::Model(if case.is_amds() { Vendor::Amd } else { Vendor::Intel })
}

/// What the machine showed, in the first pass that departs from the manual, otherwise in the plain pass.
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

/// The listing of the case's code: each source line, then its instructions, with their bytes if there is room.
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
        let bytes = if width < WITH_BYTES { String::new() } else { format!("{:<20} ", clipped(hex(&line.bytes))) };
        text += &lines(&format!("    {:05x}  {bytes}{}", line.address, line.text), width);
    }
    text
}

fn lines(line: &str, width: usize) -> String {
    broken(line, width).iter().map(|line| format!("{line}\n")).collect()
}

/// The least width at which the bytes of instructions are shown.
const WITH_BYTES: usize = 70;

/// Hexadecimal bytes, cut to their column.
fn clipped(mut bytes: String) -> String {
    const SHOWN: usize = 20;
    if bytes.len() > SHOWN {
        bytes.truncate(SHOWN);
        bytes += "..";
    }
    bytes
}
