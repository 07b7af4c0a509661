//! The report of a hunt, as text.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use humantime::format_duration;
use reports::{Kind, Look, failure, hanging, printable_lines};

use super::plan::Plan;
use super::tally::{MOST_DEATHS, Sighting, Tally};

/// The most symptoms that are listed in a section.
const LINES: usize = 40;
/// The most failures that are shown in full.
const WHOLE: usize = 5;

/// The name of a trial and one of its symptoms.
type Seen<'a> = (&'a str, &'a Sighting);

/// The report of a hunt: how much it ran, what failed and how often, and what never failed.
pub fn report(plan: &Plan, tally: &Tally, look: Look) -> String {
    let mut seen: Vec<Seen<'_>> = tally.sightings().collect();
    // What fails most often comes first.
    seen.sort_by_key(|&(trial, sighting)| (u64::MAX - sighting.count(), trial, &sighting.symptom));
    let of = |chosen: fn(&Sighting) -> bool| seen.iter().copied().filter(|seen| chosen(seen.1)).collect::<Vec<_>>();
    let failures = of(Sighting::is_failure);
    let mut text = head(plan, tally);
    text += &section("Failures", &failures, tally, look.width);
    text += &section("Trouble", &of(|sighting| sighting.kind == Kind::Error), tally, look.width);
    text += &known(&of(|sighting| sighting.kind == Kind::Known));
    text += &rest(plan, tally, look.width);
    // The text so far comes from a journal, and has no colours.
    let mut text = printable_lines(&text).into_owned();
    for example in failures.iter().filter_map(|seen| seen.1.examples.first()).take(WHOLE) {
        text += &format!("\n{}", failure(example, &plan.facts.rules, look));
        for erratum in plan.facts.errata.iter().filter(|erratum| erratum.could_explain(example)) {
            let line = format!("erratum {}: {}", erratum.id, erratum.title);
            text += &hanging("  could be: ", &line, look.width);
        }
    }
    text + &format!("\n{}\n", counted_in_trials(failures.into_iter(), "failure"))
}

fn head(plan: &Plan, tally: &Tally) -> String {
    let (calm, loaded) = tally.runs();
    let time = |millis: u64| format_duration(Duration::from_secs(millis / 1000)).to_string();
    let (hunted, of) = (time(tally.elapsed), time(plan.millis));
    let whole = counted(tally.round.saturating_sub(1), "whole round");
    let next = if tally.done.is_empty() { String::new() } else { format!(" and {} of the next", tally.done.len()) };
    let load = plan.load;
    let mut text = format!("Hunted {hunted} of {of} on {}, seed {}\n", plan.machines.join(", "), plan.seed);
    text += &format!("  {whole}{next}: {} calm, {loaded} under load\n", counted(calm, "trial"));
    text += &format!(
        "  load: {} burning, {}, delays up to {} us\n",
        counted(load.burn as u64, "thread"),
        counted(load.guests as u64, "busy guest"),
        load.jitter
    );
    if let Some((trial, _)) = &tally.running {
        text += &format!("  cut off in {trial}; `--resume` goes on behind it\n");
    }
    text
}

/// How often each symptom showed, such as `3 of 412`, and whether only under load or only without.
fn section(title: &str, list: &[Seen<'_>], tally: &Tally, width: usize) -> String {
    if list.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{title}\n");
    for (trial, sighting) in list.iter().take(LINES) {
        let Some(record) = tally.trials.get(*trial) else { continue };
        let rate = format!("{} of {}", sighting.count(), record.runs());
        text += &format!("  {rate:>14}  {trial}\n");
        text += &hanging(&" ".repeat(18), &sighting.symptom.to_string(), width);
        text += &match (record.calm, record.loaded, sighting.calm, sighting.loaded) {
            (1.., 1.., 0, _) => format!("{:18}only under load: calm 0 of {}\n", "", record.calm),
            (1.., 1.., _, 0) => format!("{:18}only calm: under load 0 of {}\n", "", record.loaded),
            _ => String::new(),
        };
    }
    let more = list.len().saturating_sub(LINES);
    if more > 0 { text + &format!("  and {more} more, in the journal\n") } else { text }
}

fn known(list: &[Seen<'_>]) -> String {
    match list {
        [] => String::new(),
        list => format!("\nKnown deviations\n  {}\n", counted_in_trials(list.iter().copied(), "time")),
    }
}

/// What never failed, and what did not run.
fn rest(plan: &Plan, tally: &Tally, width: usize) -> String {
    let ran = tally.trials.values().filter(|record| record.runs() > 0).count();
    let is_bad = |kind: Kind| kind.is_failure() || kind == Kind::Error;
    let bad = tally.trials.values().filter(|record| record.seen.iter().any(|seen| is_bad(seen.kind))).count();
    let mut text =
        format!("\nNever failed\n  {} of {} that ran; {} planned\n", ran.saturating_sub(bad), ran, plan.facts.trials);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for record in tally.trials.values() {
        let deadly = (record.deaths() >= MOST_DEATHS).then(|| format!("ended the hunt {MOST_DEATHS} times"));
        for reason in record.skipped.iter().map(ToString::to_string).chain(deadly) {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    if !reasons.is_empty() {
        text += "\nLeft out\n";
        let line = |(reason, count): (&String, &usize)| hanging(&format!("  {count:>6}  "), reason, width);
        text += &reasons.iter().map(line).collect::<String>();
    }
    text
}

/// How often symptoms showed, and in how many trials: `3 failures in 2 trials`.
pub(super) fn counted_in_trials<'a>(seen: impl Iterator<Item = Seen<'a>>, noun: &str) -> String {
    let (mut count, mut trials) = (0_u64, BTreeSet::new());
    for (trial, sighting) in seen {
        count = count.saturating_add(sighting.count());
        trials.insert(trial);
    }
    format!("{} in {}", counted(count, noun), reports::counted(trials.len(), "trial"))
}

pub(super) fn counted(count: u64, noun: &str) -> String {
    reports::counted(usize::try_from(count).unwrap_or(usize::MAX), noun)
}

#[cfg(test)]
mod tests {
    use reports::{Finding, HostEnd, Moment, Symptom};

    use super::*;
    use crate::hunt::{Line, LoadPlan};

    #[test]
    fn rates_and_what_load_has_to_do_with_them() {
        let mut tally = Tally::new(String::new());
        let sequence = |kind, want: &str, got| {
            Some(Symptom { kind, pass: None, finding: Finding::sequence(Moment::mark(want), got) })
        };
        let of = |kind, finding| Some(Symptom { kind, pass: None, finding });
        let mut run = |trial: &str, loaded: bool, kind: Kind, symptom: Option<Symptom>| {
            let lacked = (kind == Kind::Skipped).then(|| reports::KvmLack::Pmu.into());
            let at = tally.elapsed + 10_000;
            tally.take(&Line::Started { trial: trial.to_owned(), loaded, at, jitter: None, number: None });
            tally.take(&Line::Ended { kind, symptom: symptom.map(Box::new), lacked, at, example: None });
        };
        for round in 0..40_u32 {
            let loaded = round % 4 != 0;
            run("kvm::long::msi::a/sound", loaded, Kind::Pass, None);
            let rare =
                (loaded && round % 13 == 2).then(|| sequence(Kind::Mismatch, "nmi", Moment::mark("after"))).flatten();
            run("kvm::long::ioctl::a/rare", loaded, if rare.is_some() { Kind::Mismatch } else { Kind::Pass }, rare);
            run("kvm::long::ioctl::a/broken", loaded, Kind::Hang, sequence(Kind::Hang, "nmi", Moment::Done));
            run(
                "kvm::real::ioctl::a/known",
                loaded,
                Kind::Known,
                sequence(Kind::Mismatch, "irq", Moment::mark("after")),
            );
        }
        for _ in 0..2 {
            run(
                "kvm::long::ipi::a/deadly",
                true,
                Kind::HostDied,
                of(Kind::HostDied, Finding::HostDied(HostEnd::Reset)),
            );
        }
        run(
            "kvm::long::ioctl::a/slow",
            true,
            Kind::Error,
            of(Kind::Error, Finding::Trouble(reports::Cannot::CreateVm.into())),
        );
        run("kvm::long::ioctl::a/pmu", false, Kind::Skipped, None);
        tally.round = 41;
        tally.running = Some(("kvm::long::ioctl::a/rare".to_owned(), true));
        let plan = Plan {
            seed: 42,
            millis: 28_800_000,
            machines: vec!["kvm".to_owned()],
            load: LoadPlan { burn: 2, guests: 1, jitter: 500 },
            facts: reports::RunFacts { trials: 7, ..reports::RunFacts::default() },
            ..Plan::default()
        };
        insta::assert_snapshot!("hunt", report(&plan, &tally, Look::PLAIN));
    }
}
