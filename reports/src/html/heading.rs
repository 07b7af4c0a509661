//! The heading of a page: its title, when its runs started and on which hosts.

use askama::Template;

use crate::distinct::unique;
use crate::{Labelled, RunFacts, date};

/// Most hosts that the heading names; all hosts stand with their facts at the end of the page.
const HOSTS: usize = 3;

/// What the page is about: its title, and below the title when its runs started and on which hosts.
#[derive(Template)]
#[template(path = "heading.html")]
pub(super) struct Heading {
    /// The title that stands in the page.
    pub(super) about: String,
    /// The title of the window, which tells the page from others.
    pub(super) title: String,
    /// Starts of the first and of the last run; the last one only if its text differs.
    first: Option<Start>,
    last: Option<Start>,
    runs: usize,
    hosts: Vec<String>,
    more: usize,
    version: Option<String>,
}

/// A point in time: machine-readable and as text.
struct Start {
    exact: String,
    words: String,
}

impl Start {
    fn of(seconds: u64) -> Option<Start> {
        let exact = date::exact(seconds)?;
        Some(Start { words: date::minutes(&exact), exact })
    }
}

impl Heading {
    pub(super) fn of(runs: &[Labelled<'_>], labels: &[String]) -> Heading {
        let facts: Vec<&RunFacts> = runs.iter().filter_map(|run| run.run.facts.as_ref()).collect();
        let mut started: Vec<u64> =
            facts.iter().map(|facts| facts.started).filter(|at| date::exact(*at).is_some()).collect();
        started.sort_unstable();
        let first = started.first().copied().and_then(Start::of);
        let last = started.last().copied().and_then(Start::of);
        let last = last.filter(|last| first.as_ref().is_some_and(|first| first.words != last.words));
        let mut hosts = unique(facts.iter().map(|facts| host(facts)).filter(|host| !host.is_empty()));
        let mut versions: Vec<&String> = facts.iter().map(|facts| &facts.version).collect();
        versions.dedup();
        let version = versions.first().filter(|version| versions.len() == 1 && !version.is_empty());
        let about = about(labels);
        let when = [&first, &last].into_iter().flatten().map(|start| start.words.as_str()).collect::<Vec<_>>();
        let place = match hosts.as_slice() {
            [only] => only.clone(),
            [] => String::new(),
            several => format!("{} hosts", several.len()),
        };
        let title = [about.clone(), place, when.join(" to ")];
        let title = title.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" · ");
        let more = hosts.len().saturating_sub(HOSTS);
        let version = version.map(|version| (*version).clone());
        hosts.truncate(HOSTS);
        Heading { about, title, first, last, runs: runs.len(), hosts, more, version }
    }
}

/// `rack 12, AMD EPYC, Linux 6.18.44, amd-vnmi`: as much of it as the run records.
fn host(facts: &RunFacts) -> String {
    let fact = |name: &str| facts.host.iter().find(|fact| fact.name == name).map(|fact| fact.value.trim().to_owned());
    // A host's own name is told by whoever ran the suite on many of them: `--fact node=rack-12`.
    let name = ["name", "host", "node"].into_iter().find_map(fact);
    let kernel =
        fact("kernel").map(|kernel| if kernel.starts_with("Linux") { kernel } else { format!("Linux {kernel}") });
    let parts = [name, fact("processor"), kernel, facts.strategy.clone()];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn about(labels: &[String]) -> String {
    let named: Vec<&str> = labels.iter().map(String::as_str).filter(|label| !label.is_empty()).collect();
    match named.as_slice() {
        [] => "NMI conformance".to_owned(),
        [only] => format!("NMI conformance: {only}"),
        several => format!("NMI conformance: {} columns", several.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use crate::{HostFact, SavedRun};

    fn heading(runs: &[SavedRun]) -> Heading {
        let labelled: Vec<Labelled<'_>> = runs.iter().map(|run| Labelled { group: "", name: "", run }).collect();
        Heading::of(&labelled, &["kvm".to_owned()])
    }

    fn started(seconds: u64, kernel: &str) -> SavedRun {
        let mut run = samples::kernel_run(kernel, &[]);
        run.facts.as_mut().expect("a start").started = seconds;
        run
    }

    #[test]
    fn a_run_goes_by_its_host_and_its_time() {
        let mut run = started(1_795_300_000, "6.12.117");
        let one = heading(std::slice::from_ref(&run));
        let host = "GenuineIntel family 6 model 143 stepping 8, microcode 0x2b000603, Linux 6.12.117, intel-vnmi";
        assert_eq!(one.title, format!("NMI conformance: kvm · {host} · 2026-11-21 22:26 UTC"));
        let node = HostFact { name: "node".to_owned(), value: "rack-12".to_owned(), detail: false };
        run.facts.as_mut().expect("a start").host.push(node);
        assert_eq!(heading(&[run]).hosts, [format!("rack-12, {host}")]);
    }

    #[test]
    fn several_runs_go_by_their_range() {
        let runs = [("6.1", 86_400 * 3), ("6.6", 86_400), ("6.12", 86_400 * 2), ("7.0", 0), ("6.1", 86_400 * 3 + 5)];
        let several = heading(&runs.map(|(kernel, at)| started(at, kernel)));
        assert_eq!(several.title, "NMI conformance: kvm · 4 hosts · 1970-01-02 00:00 UTC to 1970-01-04 00:00 UTC");
        assert_eq!((several.hosts.len(), several.more), (3, 1));
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        assert_eq!(heading(&[]).title, "NMI conformance: kvm");
        assert_eq!(heading(&[SavedRun::default()]).title, "NMI conformance: kvm");
        let bare =
            SavedRun { facts: Some(RunFacts { started: u64::MAX, ..RunFacts::default() }), ..SavedRun::default() };
        assert_eq!(heading(&[bare]).title, "NMI conformance: kvm");
    }
}
