use reports::{CaseKills, KillMatrix, Mutant, replace};

use super::args::MutantsArgs;
use super::code;
use super::load;
use super::start::{Failure, print};
use crate::case::Library;
use crate::suite::{Kills, kills};

/// `nmi mutants`: fails where a mutant survives, or where a case kills none and does not say why.
pub(super) fn mutants(args: &MutantsArgs) -> Result<u8, Failure> {
    let library = load::library(&args.from)?;
    let matrix = matrix(&library, &kills(&library.cases));
    if let Some(file) = &args.json {
        let text = serde_json::to_string(&matrix).map_err(|error| Failure::Trouble(error.to_string()))?;
        let written = replace(file, |to| to.write_all(text.as_bytes()));
        written.map_err(|error| Failure::Trouble(error.to_string()))?;
    }
    print(&matrix.text(load::look()))?;
    let sound =
        matrix.survivors().next().is_none() && matrix.idle().next().is_none() && matrix.contradicted().next().is_none();
    Ok(if sound { code::FINE } else { code::FAILED })
}

fn matrix(library: &Library, kills: &Kills) -> KillMatrix {
    let mutants = kills.by_mutant.iter().map(|(mutant, killers)| Mutant {
        name: mutant.to_string(),
        statement: mutant.statement().to_owned(),
        killers: killers.iter().cloned().collect(),
    });
    let cases = library.cases.iter().map(|case| CaseKills {
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
