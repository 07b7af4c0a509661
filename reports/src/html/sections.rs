use askama::Template;

use super::markup::Markup;
use crate::{KillMatrix, Labelled, RunFacts};

/// What each host is.
#[derive(Template)]
#[template(path = "hosts.html")]
struct Hosts<'a> {
    hosts: Vec<Host<'a>>,
}

struct Host<'a> {
    label: String,
    facts: &'a RunFacts,
}

pub(super) fn hosts(runs: &[Labelled<'_>]) -> Markup {
    let host = |run: &Labelled<'_>| {
        let label = format!("{} {}", run.group, run.name).trim().to_owned();
        run.run.facts.clone().map(|facts| (label, facts))
    };
    let all: Vec<(String, RunFacts)> = runs.iter().filter_map(host).collect();
    let hosts = all.iter().map(|(label, facts)| Host { label: label.clone(), facts }).collect();
    if all.is_empty() { Markup::default() } else { Markup::of(&Hosts { hosts }) }
}

/// Which planted mistakes of the model the cases notice.
#[derive(Template)]
#[template(path = "mutants.html")]
struct Mutants<'a> {
    matrix: &'a KillMatrix,
    killed: usize,
}

pub(super) fn mutants(matrix: &KillMatrix) -> Markup {
    Markup::of(&Mutants { matrix, killed: matrix.mutants.len() - matrix.survivors().count() })
}
