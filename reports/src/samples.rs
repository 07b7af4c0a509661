//! Made-up events, one of every kind, for tests.

use crate::{
    Capability, Divergence, Event, Excerpt, Finding, History, HostEnd, HostFact, KvmLack, ListingLine, Moment, Outcome,
    Pass, Place, RuleRef, RunFacts, SavedRun, StaleEntry, Step, Summary, Trial, TrialId, Trouble, What,
};

pub(crate) const HELD: &str = "unblocking/second-is-held-until-iret";

/// Compares with `reports/snapshots/<name>.snap`.
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

pub(crate) fn facts() -> RunFacts {
    let fact = |name: &str, value: &str| HostFact {
        name: name.to_owned(),
        value: value.to_owned(),
        detail: name.contains('.'),
    };
    let rule = |id: &str, statement: &str, sources: &[&str]| RuleRef {
        id: id.to_owned(),
        statement: statement.to_owned(),
        sources: words(sources),
    };
    RunFacts {
        version: "0.1.0".to_owned(),
        started: 1_795_300_000,
        trials: 12,
        scope: None,
        machines: words(&["kvm", "model:amd"]),
        host: vec![
            fact("kernel", "6.12.117"),
            fact("processor", "GenuineIntel family 6 model 143 stepping 8, microcode 0x2b000603"),
            fact("module", "kvm_intel, vnmi=1"),
        ],
        strategy: Some("intel-vnmi".to_owned()),
        rules: vec![
            rule(
                "block.until-iret",
                "Once an NMI is delivered, further ones wait until the processor executes an IRET, whatever that IRET \
                 returns to.",
                &[
                    "Intel SDM 325384 volume 3A, 7.7.1 \"Handling Multiple NMIs\"",
                    "AMD APM 24593 volume 2, 8.1.4 \"Maskable and Nonmaskable Interrupts\"",
                ],
            ),
            rule(
                "pending.one-is-held",
                "One NMI that arrives while they are blocked is held and delivered when they no longer are.",
                &["Intel SDM 325384 volume 3A, 7.7.1 \"Handling Multiple NMIs\""],
            ),
            rule(
                "shadow.sti",
                "An NMI may be held back for the instruction after STI.",
                &["KVM API 4.31 \"KVM_GET_VCPU_EVENTS\""],
            ),
            rule("never.tested", "No trial of this run tests it.", &[]),
        ],
        errata: Vec::new(),
    }
}

pub(crate) fn divergence() -> Divergence {
    let line = |address, text: &str, source: &str| ListingLine {
        address,
        bytes: String::new(),
        text: text.to_owned(),
        source: source.to_owned(),
    };
    Divergence {
        pass: Some(Pass::Plain),
        at: 3,
        finding: Finding::sequence(Moment::mark("nmi"), Moment::mark("after")),
        excerpt: Some(Excerpt {
            at: 0x1028,
            lines: vec![
                line(0x101e, "dec byte ptr [2000h]", "nmi: dec  byte [again]"),
                line(0x1024, "jne short 0000000000001028h", "nmi: jnz  leave"),
                line(0x1028, "iretq", "nmi: iret"),
                line(0x100c, "push 3", "main: mark after"),
            ],
        }),
        details: words(&[
            "rax 0000000000000000  rcx 0000000000000000  rdx 0000000000000000  rbx 0000000000000000",
            "rip 0000000000001028  rflags 00000002  cr2 0000000000000000  cs 0008  ss 0010",
        ]),
        rules: words(&["block.until-iret"]),
        rerun: format!("nmi run --exact kvm::long::ioctl::{HELD}"),
        place: format!("cases/{HELD}.yaml:31"),
        history: Some(History { parts: Some(8), ..history() }),
    }
}

/// The same where this came instead of the NMI.
pub(crate) fn got(got: Moment) -> Divergence {
    Divergence { finding: Finding::sequence(Moment::mark("nmi"), got), ..divergence() }
}

/// A run in which a held NMI is lost.
pub(crate) fn history() -> History {
    let step = |what, address, (label, after): (&str, u32), event: &str| Step {
        what,
        address: Some(address),
        at: Some(Place::after(label, after)),
        event: event.to_owned(),
        ..Step::default()
    };
    let known = |step, pending, blocked, depth| Step {
        pending: Some(pending),
        blocked: Some(blocked),
        depth: Some(depth),
        ..step
    };
    let look = Step { at: None, ..step(What::Look, 0x1020, ("", 0), "look at held") };
    let interrupted = "interrupted 3 instructions after main".to_owned();
    History {
        steps: vec![
            known(step(What::Mark, 0x1002, ("main", 1), "mark start"), 0, false, 0),
            known(step(What::Raise, 0x1009, ("main", 3), "raise 1 by ioctl"), 1, false, 0),
            known(step(What::Delivery, 0x100b, ("main", 4), "NMI delivered"), 0, true, 1),
            Step { detail: interrupted, ..known(step(What::Mark, 0x1015, ("nmi", 0), "mark nmi"), 0, true, 1) },
            Step { what: What::Gap, event: "12 more, left out".to_owned(), ..Step::default() },
            step(What::Mark, 0x101b, ("nmi", 3), "snap held"),
            Step { address: None, pending: Some(1), blocked: Some(true), ..look },
            Step { cpu: 1, ..step(What::Instruction, 0x1040, ("peer", 0), "pause") },
            step(What::Mark, 0x100c, ("main", 5), "mark after"),
        ],
        end: "done".to_owned(),
        parts: None,
    }
}

/// One of every kind, in the order of `Kind::ALL`.
pub(crate) fn outcomes() -> Vec<Outcome> {
    let symptom = Outcome::Mismatch(divergence()).symptom().expect("it failed");
    let expected = "{ mismatch: { want: nmi, got: after } }".to_owned();
    let reason = "kvm_pvm delivers a held NMI at the next exit instead of at the IRET".to_owned();
    vec![
        Outcome::Pass,
        Outcome::Known { symptom, id: Some("pvm.late".to_owned()), reason: reason.clone(), history: None },
        Outcome::Skipped { requirement: KvmLack::Capability(Capability::X86Smm).into() },
        Outcome::Mismatch(divergence()),
        Outcome::Fixed { expected, id: "pvm.late".to_owned(), reason },
        Outcome::Unstable(Divergence { pass: Some(Pass::Again), ..divergence() }),
        Outcome::Hang(Divergence {
            pass: Some(Pass::Silent),
            excerpt: None,
            ..got(Moment::Hang { cpu: 0, at: Place::after("nmi", 2) })
        }),
        Outcome::GuestFault(Divergence {
            details: words(&["vector 13, error code 0, rip leave+5"]),
            ..got(Moment::Fault { cpu: 0, exception: "#GP".to_owned(), error: Some(0), at: Place::after("leave", 5) })
        }),
        Outcome::Shutdown(Divergence { details: Vec::new(), ..got(Moment::Shutdown { cpu: 0 }) }),
        Outcome::KernelWarning(Divergence {
            finding: Finding::KernelWarning {
                report: "WARNING: arch/x86/kvm/x86.c:10123 kvm_arch_vcpu_ioctl_run".to_owned(),
            },
            details: words(&[
                "the trial itself: mismatch: want nmi, got after",
                "WARNING: CPU: 0 PID: 71 at arch/x86/kvm/x86.c:10123 kvm_arch_vcpu_ioctl_run+0x5d2/0x640 [kvm]",
                "Call Trace:",
                " kvm_vcpu_ioctl+0x2a8/0x6d0 [kvm]",
                "---[ end trace 0000000000000000 ]---",
            ]),
            ..divergence()
        }),
        Outcome::HostDied(Divergence {
            details: words(&["[   12.345678] Kernel panic - not syncing: Fatal exception in interrupt"]),
            rerun: divergence().rerun,
            ..Divergence::of(Finding::HostDied(HostEnd::Panicked(
                "Kernel panic - not syncing: Fatal exception in interrupt".to_owned(),
            )))
        }),
        Outcome::Error(Trouble::Refused { call: "KVM_SIGNAL_MSI".to_owned(), errno: 22 }),
    ]
}

/// An entry that showed in no trial.
pub(crate) fn stale(id: &str, reason: &str) -> StaleEntry {
    StaleEntry { id: id.to_owned(), reason: reason.to_owned() }
}

pub(crate) fn id(text: &str) -> TrialId {
    let mut parts = text.splitn(4, "::").map(str::to_owned);
    let mut part = || parts.next().unwrap_or_default();
    TrialId { machine: part(), mode: part(), path: part(), case: part() }
}

pub(crate) fn trial(name: &str, outcome: Outcome) -> Trial {
    Trial {
        id: id(name),
        summary: "an NMI raised in the NMI handler waits for the handler's IRET and is delivered at that boundary"
            .to_owned(),
        rules: words(&["block.until-iret", "pending.one-is-held"]),
        hash: "5f1d".to_owned(),
        outcome,
        statistics: [("exits", 7), ("nmi_entries", 2), ("nmi_injections", 2), ("nmi_window_exits", 1)]
            .map(|(name, count)| (name.to_owned(), count))
            .into(),
        micros: 1500,
        repeats: Default::default(),
    }
}

/// Passes, a group of failures, known deviations, skips and trouble on two machines.
pub(crate) fn mixed_run() -> Vec<Event> {
    let [pass, known, skipped, mismatch, fixed, _, _, fault, _, _, _, error]: [Outcome; 12] =
        outcomes().try_into().expect("one of every kind");
    let shadow =
        Trial { rules: words(&["shadow.sti"]), ..trial("kvm::long::ioctl::shadow/sti-holds-one-back", pass.clone()) };
    let trials = vec![
        shadow,
        trial(&format!("kvm::long::ioctl::{HELD}"), mismatch.clone()),
        trial(&format!("kvm::long::events::{HELD}"), mismatch.clone()),
        trial(&format!("kvm::protected::ioctl::{HELD}"), mismatch),
        trial("kvm::real::xapic::unblocking/faulting-iret", fault),
        trial("kvm::long::ioctl::unblocking/iret-in-exception-handler", fixed),
        trial("kvm::long::msi::pending/two-become-one", error.clone()),
        trial("kvm::long::ioapic::pending/two-become-one", error),
        trial("kvm::long::ioctl::pending/late", known),
        trial("kvm::real::ioctl::smm/nmi-waits-for-rsm", skipped),
        trial(&format!("model:amd::long::ioctl::{HELD}"), pass.clone()),
        trial("model:amd::long::ioctl::pending/late", pass),
    ];
    run_of(trials)
}

/// A whole run of these trials.
pub(crate) fn run_of(trials: Vec<Trial>) -> Vec<Event> {
    let summary = Summary::of(&trials, false, 1234);
    let mut events = vec![Event::RunStarted(RunFacts { trials: trials.len(), ..facts() })];
    for trial in trials {
        events.push(Event::TrialStarted { id: trial.id.clone() });
        events.push(Event::TrialFinished(Box::new(trial)));
    }
    events.push(Event::RunFinished(summary));
    events
}

/// What is left of a run after these events.
pub(crate) fn saved(events: &[Event]) -> SavedRun {
    let mut run = SavedRun::default();
    events.iter().for_each(|event| run.take(event));
    run
}

/// A run of `mode::path::case` on KVM of this kernel, each with its outcome.
pub(crate) fn kernel_run(kernel: &str, trials: &[(&str, Outcome)]) -> SavedRun {
    let trials = trials.iter().map(|(name, outcome)| {
        let shadow = name.contains("shadow");
        let rules = words(if shadow { &["shadow.sti"] } else { &["block.until-iret", "pending.one-is-held"] });
        Trial { rules, ..trial(&format!("kvm::{name}"), outcome.clone()) }
    });
    let mut run = saved(&run_of(trials.collect()));
    if let Some(facts) = &mut run.facts {
        facts.machines = words(&["kvm"]);
        facts.host.iter_mut().filter(|fact| fact.name == "kernel").for_each(|fact| fact.value = kernel.to_owned());
    }
    run
}

/// Five kernels on three targets: a case that broke, one that was mended, one that is known, skips, trouble, a run that
/// was cut off, and a case that was changed.
pub(crate) fn lab() -> Vec<(&'static str, &'static str, SavedRun)> {
    let [pass, known, skipped, mismatch, _, _, hang, _, _, _, _, error]: [Outcome; 12] =
        outcomes().try_into().expect("one of every kind");
    let run = |kernel, held: [&Outcome; 3], late: &Outcome, smm: &Outcome, two: &Outcome| {
        let [a, b, c] = held.map(Clone::clone);
        let trials = [
            (format!("long::ioctl::{HELD}"), a),
            (format!("long::events::{HELD}"), b),
            (format!("real::ioctl::{HELD}"), c),
            ("long::ioctl::pending/late".to_owned(), late.clone()),
            ("long::msi::pending/two-become-one".to_owned(), two.clone()),
            ("real::ioctl::smm/nmi-waits-for-rsm".to_owned(), smm.clone()),
            ("long::ioctl::shadow/sti-holds-one-back".to_owned(), pass.clone()),
            ("long::ioctl::blocking/far-return-to-user-code-in-long-mode-does-not-unblock".to_owned(), pass.clone()),
        ];
        kernel_run(kernel, &trials.iter().map(|(name, outcome)| (name.as_str(), outcome.clone())).collect::<Vec<_>>())
    };
    let good = [&pass, &pass, &pass];
    let mut cut = run("6.12.117", good, &pass, &skipped, &pass);
    cut.trials.truncate(4);
    cut.unfinished.push(id("kvm::long::msi::pending/two-become-one"));
    cut.summary = None;
    let mut changed = run("7.3.4", good, &pass, &pass, &pass);
    changed
        .trials
        .iter_mut()
        .filter(|trial| trial.id.case == "pending/late")
        .for_each(|trial| trial.hash = "77aa".to_owned());
    vec![
        ("amd", "5.10.234", run("5.10.234", good, &known, &skipped, &error)),
        ("amd-vnmi", "7.3.4", run("7.3.4", [&mismatch, &mismatch, &hang], &pass, &pass, &pass)),
        ("amd", "6.12.117", run("6.12.117", [&pass, &mismatch, &pass], &known, &skipped, &pass)),
        ("intel", "6.12.117", cut),
        ("intel", "7.3.4", changed),
    ]
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
