//! Outcomes that come from outside of a trial, and endless guests.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use reports::{Kind, Outcome, Trial};

use super::*;
use crate::case::{Library, Site, Source, load};
use crate::execute::Setting;
use crate::host::{HostFacts, KernelLog};
use crate::judge::host_died;
use crate::machine::model::ModelMachine;
use crate::terms::Vendor;

fn library() -> Library {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    load(&Source::Folder(folder)).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

fn known(symptom: &str) -> Library {
    let read = |path: &str| {
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite").join(path)).expect("a file of the suite")
    };
    let entry = format!(
        "deviations:\n  - id: vnmi.hangs\n    cases: [\"blocking/*\"]\n    strategies: [amd-vnmi]\n    kernels: \">=6.1.100, <6.2\"\n    \
         symptoms: [{symptom}]\n    reason: it dies\n    evidence: here\n"
    );
    let file = |path: &str| (path.to_owned(), read(path));
    let texts = vec![
        file("blocking/second-nmi-waits.yaml"),
        file("rules/known.yaml"),
        ("known-deviations.yaml".to_owned(), entry.into_bytes()),
    ];
    load(&Source::Texts(texts)).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

fn site(strategy: &str, kernel: &str) -> Site {
    Site { strategy: strategy.to_owned(), kernel: kernel.to_owned(), ..Site::default() }
}

#[test]
fn a_trial_that_took_its_host_down_is_held_against_the_known_deviations() {
    let library = known("{ host-died: { panicked: \"Kernel panic - not syncing: *\" } }");
    let planned = plan_for(&library.cases, ["kvm"], &Filter::default());
    let console = |line: &str| Report::without_run(host_died(&[line.to_owned()]));
    let died = |strategy: &str, kernel: &str, line| {
        ended(&library, &planned[0], &site(strategy, kernel), console(line), Duration::ZERO).outcome.kind()
    };
    let panic = "[   12.5] Kernel panic - not syncing: Fatal exception in interrupt";
    assert_eq!(died("amd-vnmi", "6.1.192-2", panic), Kind::Known);
    assert_eq!(died("amd-vnmi", "6.1.99", panic), Kind::HostDied);
    assert_eq!(died("intel-vnmi", "6.1.192-2", panic), Kind::HostDied);
    assert_eq!(died("amd-vnmi", "6.1.192-2", "nothing of the kind"), Kind::HostDied);
}

#[test]
fn a_host_that_died_is_told_how_to_rerun_the_trial() {
    let library = library();
    let planned = plan_for(&library.cases, ["kvm"], &Filter::default());
    let report = Report::without_run(host_died(&[]));
    let Trial { id, outcome, .. } = ended(&library, &planned[0], &site("amd-vnmi", "6.1.1"), report, Duration::ZERO);
    let rerun = &outcome.divergence().expect("details").rerun;
    assert_eq!(*rerun, format!("nmi run --machine kvm --exact {id}"));
}

#[test]
fn a_warning_of_the_kernel_is_the_outcome_of_the_trial_that_ran() {
    let root = std::env::temp_dir().join(format!("nmi-suite-kmsg-{}", std::process::id()));
    fs::create_dir_all(root.join("dev")).expect("folder");
    let mut log = File::create(root.join("dev/kmsg")).expect("file");
    let library = library();
    let mut slot = open(MachineSpec::Model(Vendor::Amd), &HostFacts::read_below(&root), Options::default());
    slot.kernel_log = Some(KernelLog::open_below(&root).expect("a log"));
    let planned = plan(&library.cases, std::slice::from_ref(&slot), &Filter::default());
    log.write_all(b"4,1,1,-;WARNING: CPU: 0 PID: 7 at x86.c:12 run+0x5/0x6 [kvm]\n").expect("written");
    let guests = GuestCache::default();
    let warned = run_one(&library, &mut slot, &planned[0], &guests).outcome;
    assert_eq!(warned.headline().as_deref(), Some("kernel-warning: WARNING: x86.c:12 run"));
    assert_eq!(run_one(&library, &mut slot, &planned[0], &guests).outcome, Outcome::Pass);
    fs::remove_dir_all(root).expect("removed");
}

#[test]
fn a_guest_that_exits_without_end_is_found_in_the_first_pass() {
    let text = "summary: x\nrules: [block.from-delivery]\nmodes: [long]\nguest:\n  main: |\n    mark start\n    again:\n    \
                irq\n    jmp again\nexpect:\n  trace: [start]\n";
    let case = |path: &str, bytes: &[u8]| (path.to_owned(), bytes.to_vec());
    let rules = include_bytes!("../../tests/suite/rules/known.yaml");
    let waits = include_bytes!("../../tests/suite/blocking/second-nmi-waits.yaml");
    let files = vec![
        case("endless/exits.yaml", text.as_bytes()),
        case("endless/records.yaml", text.replace("irq", "snap start").replace("mark start\n    ", "").as_bytes()),
        case("blocking/second-nmi-waits.yaml", waits),
        case("rules/known.yaml", rules),
    ];
    let library = load(&Source::Texts(files)).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let told = |id: &str| {
        let mut machine = ModelMachine::new(Vendor::Amd, None);
        let case = library.cases.iter().find(|case| case.id == id).expect("the case");
        let guest = GuestCache::default().get(case, case.modes[0], case.paths[0], Vendor::Amd).expect("it builds");
        let report = run_trial(&mut machine, Setting { case, guest: &guest, path: case.paths[0] });
        let got = report.outcome.divergence().expect("details").finding.sides().1;
        (report.outcome.kind(), got, report.statistics["exits"])
    };
    let (kind, got, exits) = told("endless/exits");
    assert_eq!((kind, exits), (Kind::Hang, 10_000));
    assert!(got.starts_with("10000 exits without end, the last at "), "{got}");
    let (kind, got, exits) = told("endless/records");
    assert_eq!((kind, exits), (Kind::Mismatch, 129), "{got}");
}
