//! `nmi rules`.

use std::path::PathBuf;

use clap::Args;
use reports::{Matrix, Outcome, RuleRef, Trial, code, hanging, printable_lines};

use super::cases;
use super::cases::CasesArg;
use super::failure::Failure;
use crate::case::Library;
use crate::command::{look, print, read_saved};
use crate::host::HostFacts;
use crate::suite::{Filter, MachineSpec, Options, Planned, Slot, caveat, lacking, open_all, plan, references};

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// Saved run of which to show what it says of each rule [default: what would run here]
    #[arg(value_name = "RUN")]
    pub(super) run: Option<PathBuf>,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Print Markdown instead of text
    #[arg(long)]
    pub(super) markdown: bool,
}

/// `nmi rules`: how many trials would test each rule on each machine here, or the outcomes of a saved run by rule; and the sources of
/// the rules.
pub(super) fn rules(args: &RulesArgs) -> Result<u8, Failure> {
    let library = cases::library(&args.from)?;
    let references = references(&library.rules);
    let (matrix, code) = match &args.run {
        Some(file) => {
            let run = read_saved(file)?;
            let machines = run.facts.as_ref().map(|facts| facts.machines.clone()).unwrap_or_default();
            let code = if run.shortfall().is_some() { code::FAILED } else { code::FINE };
            (Matrix::by_rule(&references, &machines, &run.trials), code)
        }
        None => (here(&library, &references), code::FINE),
    };
    if args.markdown {
        print(&matrix.markdown())?;
    } else {
        print(&format!("{}\n{}", matrix.text(look()), sources(&library, &references)))?;
    }
    Ok(code)
}

fn here(library: &Library, references: &[RuleRef]) -> Matrix {
    let slots = open_all(&MachineSpec::default_set(), &HostFacts::read(), Options::default());
    let machines: Vec<String> = slots.iter().map(|slot| slot.name.clone()).collect();
    Matrix::of_plan(references, &machines, &coverage(library, &slots))
}

/// Every trial, as passed if it can run and as skipped otherwise, so that the matrix counts what would run.
fn coverage(library: &Library, slots: &[Slot]) -> Vec<Trial> {
    let as_trial = |planned: &Planned<'_>| Trial {
        id: planned.id.clone(),
        summary: planned.case.summary.clone(),
        rules: planned.case.rules.clone(),
        hash: planned.case.hash.clone(),
        outcome: can_run(planned, &slots[planned.slot]),
        statistics: Default::default(),
        micros: 0,
        repeats: Default::default(),
    };
    plan(&library.cases, slots, &Filter::default()).iter().map(as_trial).collect()
}

fn can_run(planned: &Planned<'_>, slot: &Slot) -> Outcome {
    let requirement = match &slot.machine {
        Err(trouble) => Some(trouble.clone().into()),
        Ok(machine) => lacking(machine.as_ref(), planned.case, planned.mode, planned.path),
    };
    requirement.map_or(Outcome::Pass, |requirement| Outcome::Skipped { requirement })
}

fn sources(library: &Library, references: &[RuleRef]) -> String {
    let width = look().width;
    let mut text = String::new();
    for rule in references {
        text += &format!("{}\n{}", rule.id, hanging("  ", &rule.statement, width));
        text += &library
            .rules
            .get(&rule.id)
            .and_then(|rule| caveat(&rule.status))
            .map(|line| hanging("  ", &line, width))
            .unwrap_or_default();
        for source in &rule.sources {
            text += &hanging("  - ", source, width);
        }
        text.push('\n');
    }
    printable_lines(&text).into_owned()
}
