//! The sections of a page about hosts, mutants and costs.

use askama::Template;

use super::markup::Markup;
use crate::{Cost, KillMatrix, Labelled, RunFacts};

/// The facts of each host.
#[derive(Template)]
#[template(path = "hosts.html")]
struct Hosts<'a> {
    hosts: Vec<Host<'a>>,
}

struct Host<'a> {
    label: String,
    facts: &'a RunFacts,
    /// Whether there are facts that are details.
    details: bool,
}

pub(super) fn hosts(runs: &[Labelled<'_>]) -> Markup {
    let hosts: Vec<Host<'_>> = runs.iter().filter_map(host).collect();
    if hosts.is_empty() { Markup::default() } else { Markup::of(&Hosts { hosts }) }
}

fn host<'a>(run: &Labelled<'a>) -> Option<Host<'a>> {
    let facts = run.run.facts.as_ref()?;
    Some(Host { label: label(run), facts, details: facts.host.iter().any(|fact| fact.detail) })
}

fn label(run: &Labelled<'_>) -> String {
    format!("{} {}", run.group, run.name).trim().to_owned()
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

/// The costs; empty if no kernel has counters.
pub(super) fn costs(runs: &[Labelled<'_>]) -> Markup {
    let line = |run: &Labelled<'_>| {
        let cost = Cost::of(run.run)?;
        Some(CostLine {
            label: label(run),
            cost,
            exits: format!("{:.2}", cost.per_nmi(cost.exits)),
            window_exits: format!("{:.3}", cost.per_nmi(cost.window_exits)),
            entries: cost.entries.map(|(entries, injections)| format!("{entries} of {injections}")),
        })
    };
    let lines: Vec<CostLine> = runs.iter().filter_map(line).collect();
    if lines.is_empty() { Markup::default() } else { Markup::of(&Costs { lines }) }
}
