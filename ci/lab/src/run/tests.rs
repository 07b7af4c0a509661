//! Machines that die in the middle of a trial, with a shell script in place of an emulator.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use reports::{Event, Kind, RunFacts, Trial, TrialId};

use super::incomplete::Incomplete;
use super::{Collected, Job, Journal, Lab};
use crate::boot::{Boot, Emulators, Ending, Limits, Logs};
use crate::guest::{Binaries, Cases};
use crate::kernel::Kernel;
use crate::serial::{Frame, ProgramEnd, Step, send};
use crate::target::Target;
use crate::{Cache, Verdict};

/// What a boot says on its line and its console, and whether the machine says nothing more after it; else it ends.
type Said = (Vec<u8>, &'static str, bool);

const LIMITS: Limits =
    Limits { boot: Duration::from_secs(5), silence: Duration::from_millis(300), guest: Duration::from_secs(1) };

/// A machine that says in each boot what is next.
fn scripted(boots: Vec<Said>) -> Boot<Path> {
    let command = move |_: &Path, logs: &Logs| {
        let folder = logs.console.parent().unwrap();
        let count = std::fs::read_to_string(folder.join("count")).map_or(0, |text| text.len());
        std::fs::write(folder.join("count"), "x".repeat(count + 1)).unwrap();
        let (frames, console, hangs) = boots.get(count).expect("no further boot");
        std::fs::write(folder.join("frames"), frames).unwrap();
        std::fs::write(&logs.console, console).unwrap();
        let mut command = Command::new("sh");
        let wait = if *hangs { "; sleep 9" } else { "" };
        command.args(["-c", &format!("cat frames >> results{wait}")]).current_dir(folder);
        Ok(command)
    };
    Boot { about: "a script".to_owned(), emulator: "script", command: Box::new(command) }
}

const CASE: &str = "delivery/taken-at-the-next-boundary";

/// The first trials of a case.
fn trials(verdict: &Verdict) -> Vec<TrialId> {
    let filters = [CASE.to_owned()];
    let mut trials: Vec<TrialId> = Vec::new();
    while let Some(next) = verdict.next(&filters, (1, 1), trials.last()) {
        trials.push(next);
    }
    trials
}

/// The frames of a boot: of each trial its start, and if it ended its end.
fn frames(trials: &[(&TrialId, bool)], done: bool) -> Vec<u8> {
    let event = |event: Event| Frame::Event(serde_json::to_string(&event).unwrap());
    let facts = RunFacts { trials: 9, machines: vec!["kvm".to_owned()], ..RunFacts::default() };
    let mut frames = vec![Frame::Step(Step::Round(0)), event(Event::RunStarted(facts))];
    for (id, ended) in trials {
        frames.push(event(Event::TrialStarted { id: (*id).clone() }));
        if *ended {
            let trial = Trial::bare((*id).clone(), reports::Outcome::Pass);
            frames.push(event(Event::TrialFinished(Box::new(trial))));
        }
    }
    if done {
        frames.push(event(Event::RunFinished(reports::Summary::default())));
        frames.extend([Step::Ended(ProgramEnd::Code(0)), Step::Done].map(Frame::Step));
    }
    let mut bytes = Vec::new();
    frames.iter().for_each(|frame| send(&mut bytes, frame).unwrap());
    bytes
}

/// A trial, how it ended, and its headline.
type Told = (TrialId, Kind, String);

/// The outcomes of a run over these boots, and why it did not come to its end.
fn run(boots: Vec<Said>) -> (Vec<Told>, Option<Incomplete>) {
    let (outcomes, missing, _) = run_with(boots, None);
    (outcomes, missing)
}

/// As [`run`], with cases of one's own; also the initramfs of the last boot.
fn run_with(boots: Vec<Said>, cases: Option<&Cases>) -> (Vec<Told>, Option<Incomplete>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path()).unwrap();
    let program = folder.path().join("program");
    std::fs::write(&program, "").unwrap();
    let (filters, tell) = ([CASE.to_owned()], |_: &str| {});
    let lab = Lab {
        cache: &cache,
        binaries: &Binaries { init: program.clone(), nmi: program },
        verdict: &Verdict::new(None).unwrap(),
        emulators: &Emulators::new(&cache, None, &tell),
        cases,
        filters: &filters,
        crashes: &[],
        stop: &AtomicBool::new(false),
    };
    let target = Target { name: "script".to_owned(), about: String::new(), place: crate::target::Place::Host };
    let kernel = Kernel { label: "6.1".to_owned(), image: PathBuf::new(), modules: PathBuf::new(), key: String::new() };
    let job = Job { targets: vec![&target], kernel: None, shard: (1, 1) };
    let collected = Collected::of([Journal::new(folder.path().join("journal"))]);
    let shares = [collected.share(1)];
    lab.boots(&job, &kernel, (&scripted(boots), LIMITS, &[]), &shares, vec![0], &|_| {}).unwrap();
    let run = collected.joined(0).unwrap();
    let told = |trial: Trial| (trial.id, trial.outcome.kind(), trial.outcome.headline().unwrap_or_default());
    let initramfs = std::fs::read(cache.path("boots/script/6.1-1of1/initramfs")).unwrap();
    (run.trials.into_iter().map(told).collect(), collected.missing(), initramfs)
}

const PANIC: &str = "[   12.3] Kernel panic - not syncing: sysrq triggered crash\n";

#[test]
fn a_panic_and_a_hang_cost_the_trials_they_are_in() {
    let all = trials(&Verdict::new(None).unwrap());
    let [a, b, c, d, e, ..] = all.as_slice() else { panic!("too few trials: {all:?}") };
    let (outcomes, missing) = run(vec![
        (frames(&[(a, true), (b, false)], false), PANIC, false),
        (frames(&[(c, true), (d, false)], false), "[    9.1] all is well\n", true),
        (frames(&[(e, true)], true), "", false),
    ]);
    let pass = |id: &TrialId| (id.clone(), Kind::Pass, String::new());
    let died = |id: &TrialId, how: &str| (id.clone(), Kind::HostDied, format!("host-died: {how}"));
    let wanted =
        [pass(a), died(b, "Kernel panic - not syncing: sysrq triggered crash"), pass(c), died(d, "hung"), pass(e)];
    assert_eq!(outcomes.as_slice(), &wanted[..]);
    assert!(missing.is_none(), "{missing:?}");
}

#[test]
fn a_panic_before_the_start_of_its_trial_was_heard_costs_that_trial() {
    let all = trials(&Verdict::new(None).unwrap());
    let [a, b, c, ..] = all.as_slice() else { panic!("too few trials: {all:?}") };
    let lost = || (frames(&[], false), PANIC, false);
    let (outcomes, missing) =
        run(vec![(frames(&[(a, true)], false), PANIC, false), lost(), lost(), (frames(&[(c, true)], true), "", false)]);
    let kinds: Vec<(&TrialId, Kind)> = outcomes.iter().map(|(id, kind, _)| (id, *kind)).collect();
    assert_eq!(kinds, [(a, Kind::Pass), (b, Kind::HostDied), (c, Kind::Pass)]);
    assert!(missing.is_none(), "{missing:?}");
}

#[test]
fn a_machine_that_dies_whatever_its_trial_is_given_up() {
    let lost = || (frames(&[], false), PANIC, false);
    let (outcomes, missing) = run(vec![lost(), lost(), lost(), lost()]);
    assert_eq!(outcomes.len(), 1, "one trial is blamed and no more");
    assert!(matches!(missing, Some(Incomplete::Boots { ending: Ending::Died, .. })), "{missing:?}");
}

#[test]
fn cases_of_ones_own_are_in_the_guest_and_named_to_the_suite() {
    let all = trials(&Verdict::new(None).unwrap());
    let boots = || vec![(frames(&[(&all[0], true)], true), "", false)];
    let holds = |image: &[u8], words: &str| image.windows(words.len()).any(|window| window == words.as_bytes());
    let own = tempfile::tempdir().unwrap();
    std::fs::write(own.path().join("mine.yaml"), "summary: what only this file says\n").unwrap();
    let cases = Cases::read(own.path()).unwrap();
    let (_, _, image) = run_with(boots(), Some(&cases));
    assert!(holds(&image, "own/mine.yaml\0") && holds(&image, "what only this file says"));
    let path = own.path().display();
    assert!(holds(&image, &format!(r#""--cases","{path}""#)), "the suite is told the user's path");
    assert!(holds(&image, &format!(r#""link":["{path}","/own"]"#)), "which leads to them there");
    let (_, _, image) = run_with(boots(), None);
    assert!(!holds(&image, "--cases"));
}
