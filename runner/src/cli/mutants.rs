//! `nmi mutants`.

use std::path::PathBuf;

use clap::Args;
use reports::{CaseKills, KillMatrix, Mutant, Outputs, code};

use super::cases;
use super::cases::CasesArg;
use super::failure::Failure;
use super::progress::Counter;
use crate::case::{Case, Library};
use crate::command::{look, print};
use crate::machine::mutants::Mutant as Mistake;
use crate::suite::{Kills, Which, kills};

#[derive(Debug, Args)]
pub(super) struct MutantsArgs {
    /// Cases by id or glob, such as `blocking/*`: shows which mutants these kill, and which case kills what [default: all cases, and
    /// whether a mutant survives them]
    #[arg(value_name = "CASE")]
    pub(super) words: Vec<String>,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Write the result for all cases as JSON, for `nmi report --mutants`
    #[arg(long, value_name = "FILE", conflicts_with = "words")]
    pub(super) json: Option<PathBuf>,
    /// Run each case on the mutants that do as the manuals say in it, too: the result is the same and takes longer, so that a
    /// comparison of both checks this command
    #[arg(long)]
    pub(super) exhaustive: bool,
}

/// `nmi mutants`: fails where a mutant survives all cases, or where a case kills none and does not say why.
pub(super) fn mutants(args: &MutantsArgs) -> Result<u8, Failure> {
    let library = cases::library(&args.from)?;
    let chosen = choose(&library, &args.words)?;
    let is_whole = args.words.is_empty();
    let mut outputs = Outputs::new();
    args.from.cases.iter().for_each(|cases| outputs.reads_cases(cases));
    let json = args.json.as_deref().map(|file| outputs.whole("--json", file)).transpose()?;
    let counter = Counter::new("cases", chosen.len());
    let which = if args.exhaustive { Which::Every } else { Which::Departing };
    let kills = kills(&chosen, which, &|| counter.step());
    drop(counter);
    let matrix = matrix(&chosen, &kills);
    if let Some(claim) = json {
        let text = serde_json::to_string(&matrix)?;
        claim.replace(|to| to.write_all(text.as_bytes())).map_err(Failure::File)?;
    }
    print(&if is_whole { matrix.text(look()) } else { matrix.text_of_some(look()) })?;
    // A part of the cases need not kill every mutant.
    let survivors = is_whole && (matrix.survivors().next().is_some() || !kills.survive_on.is_empty());
    if is_whole {
        print(&one_sided(&kills))?;
    }
    let sound = !survivors && matrix.idle().next().is_none() && matrix.contradicted().next().is_none();
    Ok(if sound { code::FINE } else { code::FAILED })
}

/// The cases that the words name; all if there are none. Errors: a word that names no case.
fn choose(library: &Library, words: &[String]) -> Result<Vec<Case>, Failure> {
    if words.is_empty() {
        return Ok(library.cases.clone());
    }
    let mut named = vec![false; library.cases.len()];
    for word in words {
        if !word.contains(['*', '?', '[', '{']) {
            let found = cases::find(library, word)?;
            named.iter_mut().zip(&library.cases).for_each(|(named, case)| *named |= case.id == found.id);
            continue;
        }
        let glob = globset::Glob::new(word).map_err(Failure::BadGlob)?.compile_matcher();
        let mut fits = false;
        for (named, _) in named.iter_mut().zip(&library.cases).filter(|(_, case)| glob.is_match(&case.id)) {
            (*named, fits) = (true, true);
        }
        if !fits {
            return Err(Failure::GlobFitsNone(word.clone()));
        }
    }
    let chosen = library.cases.iter().zip(named).filter(|(_, named)| *named);
    Ok(chosen.map(|(case, _)| case.clone()).collect())
}

/// A line for each mutant that survives on one vendor's model alone.
fn one_sided(kills: &Kills) -> String {
    let line = |(mutant, vendor): &(Mistake, _)| {
        format!("mutant {mutant} survives on model:{vendor}: {}\n", mutant.statement())
    };
    kills.survive_on.iter().map(line).collect()
}

fn matrix(cases: &[Case], kills: &Kills) -> KillMatrix {
    let mutants = kills.by_mutant.iter().map(|(mutant, killers)| Mutant {
        name: mutant.to_string(),
        statement: mutant.statement().to_owned(),
        killers: killers.iter().cloned().collect(),
    });
    let cases = cases.iter().map(|case| CaseKills {
        case: case.id.clone(),
        kills: kills
            .by_mutant
            .iter()
            .filter(|(_, killers)| killers.contains(&case.id))
            .map(|(mutant, _)| mutant.to_string())
            .collect(),
        survives: case.survives.clone(),
    });
    KillMatrix { mutants: mutants.collect(), cases: cases.collect() }
}
