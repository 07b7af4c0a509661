//! Parts of a run (`--shard`, `--after`), and facts (`--fact`), by the command line.

use std::process::{Command, Output};

/// Runs `nmi run` on the samples with these arguments.
fn nmi(arguments: &[&str]) -> Output {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
    command.args(["run", "--cases", cases]).args(arguments);
    command.output().expect("the command starts")
}

fn lines(arguments: &[&str]) -> Vec<String> {
    let output = nmi(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

/// The error message for a bad flag.
fn refused(arguments: &[&str]) -> String {
    let output = nmi(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8(output.stderr).expect("text")
}

const LIST: [&str; 3] = ["--machine", "model", "--list"];

fn listed(more: &[&str]) -> Vec<String> {
    lines(&[&LIST[..], more].concat())
}

#[test]
fn shards_are_parts_of_the_filtered_plan() {
    for filter in [&[][..], &["model:intel"]] {
        let whole = listed(filter);
        let shard = |shard| listed(&[filter, &["--shard", shard]].concat());
        let parts = [shard("1/3"), shard("2/3"), shard("3/3")];
        for (index, part) in parts.iter().enumerate() {
            let every_third: Vec<String> = whole.iter().skip(index).step_by(3).cloned().collect();
            assert_eq!(*part, every_third);
        }
        assert_eq!(shard("1/1"), whole);
    }
}

#[test]
fn a_run_continues_after_a_trial() {
    let whole = listed(&[]);
    assert_eq!(listed(&["--after", &whole[1]]), whole[2..]);
    let shard = listed(&["--shard", "2/2"]);
    assert_eq!(listed(&["--shard", "2/2", "--after", &shard[0]]), shard[1..]);
    let last = whole.last().expect("a trial");
    assert_eq!(
        refused(&[&LIST[..], &["--after", last]].concat()),
        format!("error: no trial comes behind `{last}`: it is the last one\n")
    );
}

#[test]
fn parts_that_do_not_exist_are_refused() {
    let unknown = refused(&["--machine", "model:amd", "--after", "model:amd::long::ioctl::second-wait"]);
    insta::assert_snapshot!(unknown);
    let of_another_shard = listed(&["--shard", "1/2"]).swap_remove(0);
    let other = refused(&[&LIST[..], &["--shard", "2/2", "--after", &of_another_shard]].concat());
    assert!(other.starts_with(&format!("error: trial `{of_another_shard}` is not among the ")), "{other}");
    let few = refused(&["--machine", "model:amd", "--shard", "99/99", "second-waits"]);
    assert!(few.starts_with("error: shard 99/99 of "), "{few}");
    assert!(refused(&["--shard", "3/2"]).contains("from 1/N to N/N"));
}

#[test]
fn a_part_of_a_run_refutes_no_deviation() {
    let stale = "a known deviation showed in no trial";
    let text = |arguments: &[&str]| String::from_utf8(nmi(arguments).stdout).expect("text");
    let whole = ["--machine", "model:intel"];
    assert!(text(&whole).contains(stale));
    let first = lines(&[&whole[..], &["--list"]].concat()).swap_remove(0);
    for part in [["--shard", "1/2"], ["--shard", "2/2"], ["--after", &first]] {
        assert!(!text(&[&whole[..], &part].concat()).contains(stale), "{part:?}");
    }
}

#[test]
fn given_facts_are_in_every_report() {
    let fact = "processor-note=emulated VNMI (QEMU with a patch)";
    let run = ["--machine", "model:amd", "second-waits", "--fact", fact, "--fact", "rack=7"];
    let file = |kind: &str| std::env::temp_dir().join(format!("nmi-parts-{}.{kind}", std::process::id()));
    let (json, junit) = (file("jsonl"), file("xml"));
    let saved = ["--json", json.to_str().expect("text"), "--junit", junit.to_str().expect("text")];
    let text = lines(&[&run[..], &saved].concat()).join("\n");
    let ktap = lines(&[&run[..], &["--ktap"]].concat()).join("\n");
    let read = |path| std::fs::read_to_string(path).expect("written");
    let (json_text, junit_text) = (read(&json), read(&junit));
    for path in [json, junit] {
        std::fs::remove_file(path).expect("removed");
    }
    let value = "emulated VNMI (QEMU with a patch)";
    assert!(text.lines().any(|line| line.contains("processor-note") && line.ends_with(value)), "{text}");
    assert!(ktap.contains(&format!("# host processor-note: {value}\n# host rack: 7\n")), "{ktap}");
    assert!(json_text.contains(&format!(r#"{{"name":"processor-note","value":"{value}","detail":false}}"#)));
    assert!(junit_text.contains(&format!(r#"<property name="processor-note" value="{value}"/>"#)), "{junit_text}");
}

#[test]
fn a_fact_must_have_a_name_of_its_own() {
    let model = ["--machine", "model:amd"];
    assert!(refused(&[&model[..], &["--fact", "rack"]].concat()).contains("write a name and what is so"));
    let kernel = refused(&[&model[..], &["--fact", "kernel=9.9"]].concat());
    assert_eq!(kernel, "error: there is a fact `kernel` already; give `--fact` another name\n");
}
