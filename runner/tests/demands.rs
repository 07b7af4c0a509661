//! `--require` and `--deny-skips`, as jobs of a fleet use them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use reports::read_run;

/// Runs the samples on these machines: exit code, standard output, standard error.
fn run(machines: &[&str], more: &[&str]) -> (i32, String, String) {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");
    let machines = machines.iter().flat_map(|machine| ["--machine", machine]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
    let output = command.args(["run", "--cases", cases]).args(machines).args(more).output().expect("it starts");
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    (output.status.code().expect("no signal"), out, err)
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("nmi-demands-{}-{name}", std::process::id()))
}

/// A job on a host that lost its KVM, represented by a machine that lacks what these trials need: it passes, and must not.
#[test]
fn a_job_that_lost_what_it_tests_is_green_only_without_demands() {
    let lost = ["faulty:bare", "model:amd"];
    let [json, junit] = ["lost.jsonl", "lost.xml"].map(temporary);
    let files = ["--json", json.to_str().expect("text"), "--junit", junit.to_str().expect("text")];
    let filters = ["needs-more", "second-waits"];
    let (code, out, _) = run(&lost, &[&filters[..1], &files].concat());
    let (run_of, xml) = (read_run(&fs::read(&json).expect("written")[..]), fs::read_to_string(&junit));
    for file in [&json, &junit] {
        fs::remove_file(file).expect("removed");
    }
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("\nfaulty:bare was not tested: "), "{out}");
    let summary = run_of.expect("a saved run").summary.expect("it ended");
    assert_eq!(summary.untested, ["faulty:bare"]);
    assert!(xml.expect("written").contains(r#"<property name="untested" value="true"/>"#));
    let (_, ktap, _) = run(&lost, &[&filters[..1], &["--ktap"]].concat());
    assert!(ktap.contains("\n# faulty:bare was not tested\n"), "{ktap}");

    // A run that does not include KVM cannot meet `--require kvm`.
    for machines in [&lost[..], &["model:amd"]] {
        let (code, out, _) = run(machines, &[filters[0], "--require", "kvm"]);
        assert_eq!(code, 1, "{out}");
        assert!(
            out.contains("\nrequirement not met: kvm: this run does not include the machine kvm; add --machine kvm\n"),
            "{out}"
        );
    }
    assert_eq!(run(&lost, &[filters[0], "--require", "model:amd", "--require", "faulty:bare"]).0, 0);
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_host_with_kvm_meets_its_requirement() {
    let (code, out, _) = run(&["kvm", "model:amd"], &["known-by-another-symptom", "--require", "kvm"]);
    assert!(!out.contains("was not tested") && !out.contains("requirement not met"), "{code}: {out}");
}

#[test]
#[cfg_attr(not(without_kvm), ignore = "/dev/kvm could be opened when this was built")]
fn a_host_without_kvm_gets_a_message_and_fails_where_kvm_is_required() {
    let (code, out, _) = run(&["kvm", "model:amd"], &["second-waits"]);
    assert!(code == 0 && out.contains("\nKVM was not tested: opening /dev/kvm failed"), "{out}");
    let (code, out, _) = run(&["kvm", "model:amd"], &["second-waits", "--require", "kvm"]);
    assert!(code == 1 && out.contains("\nrequirement not met: kvm: opening /dev/kvm failed"), "{out}");
}

#[test]
fn skips_that_are_denied_fail_with_their_reasons() {
    let machines = ["faulty:bare", "model:amd"];
    for (glob, denied) in [("faulty:*", true), ("needs-more", true), ("needs-*", true), ("second-*", false)] {
        let (code, out, _) = run(&machines, &["needs-more", "--deny-skips", glob]);
        let told = flat(&out).contains("requirement not met: faulty:bare::long::ioctl::needs-more was skipped: ");
        assert_eq!((code, told), (i32::from(denied), denied), "{glob}: {out}");
    }
    let ktap = run(&machines, &["needs-more", "--deny-skips", "*", "--ktap"]);
    assert!(ktap.0 == 1 && ktap.1.contains("# requirement not met: faulty:bare::"), "{}", ktap.1);
}

#[test]
fn invalid_demands_are_refused_before_anything_runs() {
    for (flags, words) in [
        (["--require", "kmv"], "unknown requirement `kmv`; known are kvm, "),
        (["--deny-skips", "[a*"], "`[a*` is not a filter"),
        // It would deny nothing.
        (["--deny-skips", "kmv::*"], "no trial fits `kmv::*`"),
    ] {
        let (code, out, err) = run(&["model:amd"], &flags);
        assert_eq!((code, out.as_str()), (2, ""), "{flags:?}");
        assert!(err.contains(words), "{err}");
    }
}
