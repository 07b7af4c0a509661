use reports::{CaseKills, KillMatrix, Mutant, Outputs};

use super::args::MutantsArgs;
use super::code;
use super::load;
use super::outputs::refused;
use super::progress::Ticks;
use super::start::{Failure, print};
use crate::case::{Case, Library};
use crate::machine::mutants::Mutant as Mistake;
use crate::suite::{Kills, kills, mutations};

/// `nmi mutants`: fails where a mutant survives all cases, or where a case kills none and does not say why.
pub(super) fn mutants(args: &MutantsArgs) -> Result<u8, Failure> {
    let library = load::library(&args.from)?;
    let chosen = choose(&library, &args.words)?;
    let is_whole = args.words.is_empty();
    let mut outputs = Outputs::new();
    args.from.cases.iter().for_each(|cases| outputs.reads_cases(cases));
    let json = args.json.as_deref().map(|file| outputs.whole("--json", file)).transpose().map_err(refused)?;
    let ticks = Ticks::new("mutants", mutations());
    let kills = kills(&chosen, &|| ticks.tick());
    drop(ticks);
    let matrix = matrix(&chosen, &kills);
    if let Some(claim) = json {
        let text = serde_json::to_string(&matrix).map_err(|error| Failure::Trouble(error.to_string()))?;
        let written = claim.replace(|to| to.write_all(text.as_bytes()));
        written.map_err(|error| Failure::Trouble(error.to_string()))?;
    }
    print(&if is_whole { matrix.text(load::look()) } else { matrix.text_of_some(load::look()) })?;
    // Some of the cases need not kill every mutant.
    let survivors = is_whole && (matrix.survivors().next().is_some() || !kills.survive_on.is_empty());
    if is_whole {
        print(&one_sided(&kills))?;
    }
    let sound = !survivors && matrix.idle().next().is_none() && matrix.contradicted().next().is_none();
    Ok(if sound { code::FINE } else { code::FAILED })
}

/// The cases that the words name; all without words. Errors: a word that names none.
fn choose(library: &Library, words: &[String]) -> Result<Vec<Case>, Failure> {
    if words.is_empty() {
        return Ok(library.cases.clone());
    }
    let mut named = vec![false; library.cases.len()];
    for word in words {
        if !word.contains(['*', '?', '[', '{']) {
            let found = load::find(library, word)?;
            named.iter_mut().zip(&library.cases).for_each(|(named, case)| *named |= case.id == found.id);
            continue;
        }
        let wrong = |why: String| Failure::Input(format!("error: `{word}` names no case: {why}; `nmi list` shows all"));
        let glob = globset::Glob::new(word).map_err(|error| wrong(error.kind().to_string()))?.compile_matcher();
        let mut fits = false;
        for (named, _) in named.iter_mut().zip(&library.cases).filter(|(_, case)| glob.is_match(&case.id)) {
            (*named, fits) = (true, true);
        }
        if !fits {
            return Err(wrong("the glob fits none".to_owned()));
        }
    }
    let chosen = library.cases.iter().zip(named).filter(|(_, named)| *named);
    Ok(chosen.map(|(case, _)| case.clone()).collect())
}

/// The mutants that are noticed for one vendor alone, a line each.
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
