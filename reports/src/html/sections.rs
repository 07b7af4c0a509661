//! The sections of a page about hosts, mutants and costs.

use askama::Template;

use super::markup::Markup;
use crate::{Cost, KillMatrix, Labelled, RunFacts};

/// What each host is.
#[derive(Template)]
#[template(path = "hosts.html")]
struct Hosts<'a> {
    hosts: Vec<Host<'a>>,
}

struct Host<'a> {
    label: String,
    facts: &'a RunFacts,
    /// Whether there are facts that are kept and seldom looked at.
    details: bool,
}

pub(super) fn hosts(runs: &[Labelled<'_>]) -> Markup {
    let host = |run: &Labelled<'_>| {
        let label = format!("{} {}", run.group, run.name).trim().to_owned();
        run.run.facts.clone().map(|facts| (label, facts))
    };
    let all: Vec<(String, RunFacts)> = runs.iter().filter_map(host).collect();
    let hosts = all.iter().map(|(label, facts)| Host {
        label: label.clone(),
        facts,
        details: facts.host.iter().any(|fact| fact.detail),
    });
    let hosts = hosts.collect();
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

/// What virtualizing NMIs costs on each host.
#[derive(Template)]
#[template(path = "costs.html")]
struct Costs {
    lines: Vec<CostLine>,
}

struct CostLine {
    label: String,
    cost: Cost,
    exits: String,
    window_exits: String,
    entries: Option<String>,
}

/// The costs; nothing where no kernel counted.
pub(super) fn costs(runs: &[Labelled<'_>]) -> Markup {
    let line = |run: &Labelled<'_>| {
        let cost = Cost::of(run.run)?;
        Some(CostLine {
            label: format!("{} {}", run.group, run.name).trim().to_owned(),
            cost,
            exits: format!("{:.2}", cost.per_nmi(cost.exits)),
            window_exits: format!("{:.3}", cost.per_nmi(cost.window_exits)),
            entries: cost.entries.map(|(entries, injections)| format!("{entries} of {injections}")),
        })
    };
    let lines: Vec<CostLine> = runs.iter().filter_map(line).collect();
    if lines.is_empty() { Markup::default() } else { Markup::of(&Costs { lines }) }
}
