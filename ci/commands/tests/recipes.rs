//! The recipes and scripts start `nmi` and `lab` with arguments that these accept, and those for fleets have `--require kvm`.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

fn ci() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Everything below `ci` that is no Rust, no patch and no page.
fn texts() -> Vec<(String, String)> {
    let (mut texts, mut open) = (Vec::new(), vec![ci()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
            if path.is_dir() {
                open.push(path);
            } else if !["rs", "patch", "md", "toml", "snap", "asm"].contains(&kind)
                && let Ok(text) = fs::read_to_string(&path)
            {
                let name = path.strip_prefix(ci()).expect("below ci").display().to_string();
                // A command may go over several lines.
                texts.push((name, text.replace("\\\n", " ")));
            }
        }
    }
    texts.sort();
    texts
}

/// A command that a file starts: the file, the program, its arguments.
type Started = (String, &'static str, Vec<String>);

/// Command lines of a shell: up to what ends a command, variables as a word each.
fn in_shell() -> Vec<Started> {
    let start = Regex::new(
        r#"(?:^|[ \t(;&|!])(?:(?P<nmi>"\$nmi"|"\$\{NMI:-nmi\}"|"\$programs/nmi"|\./nmi|nmi)|(?P<lab>"\$programs/lab"|lab)) (?P<words>(?:run|report|diff|merge|mutants|host|hunt|fetch|rules|list)(?-u:\b)[^\n]*)"#,
    );
    let (start, all) = (start.expect("a pattern"), Regex::new(r#"["']?\$@["']?"#).expect("a pattern"));
    let (quoted, word) = (
        Regex::new(r#""[^"]*"|'[^']*'"#).expect("a pattern"),
        Regex::new(r"\$\{?[A-Za-z0-9_]+\}?").expect("a pattern"),
    );
    let mut found = Vec::new();
    for (name, text) in texts() {
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.contains("usage:")) {
            for captures in start.captures_iter(line) {
                let program = if captures.name("nmi").is_some() { "nmi" } else { "lab" };
                // `$@` is removed, and any other variable becomes one word.
                let words = all.replace_all(&captures["words"], "").replace("\"${saved[@]}\"", "saved.jsonl");
                let words = quoted
                    .replace_all(&words, |it: &regex::Captures<'_>| it[0].replace(char::is_whitespace, "_"))
                    .into_owned();
                let words = word.replace_all(&words, "a/b").replace("--machine \"a/b\"", "--machine model");
                let end = words.find([';', '|', '&', '>', '<', ')', '`']).unwrap_or(words.len());
                // The number of a stream that is redirected.
                let words = words[..end].trim_end_matches(" 2");
                let words = words.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned());
                found.push((name.clone(), program, words.filter(|word| !word.is_empty()).collect()));
            }
        }
    }
    found
}

/// What containers start: `args: [...]` of Kubernetes, `CMD [...]` of a Dockerfile.
fn in_containers() -> Vec<Started> {
    let mut found = Vec::new();
    for (name, text) in texts() {
        for line in text.lines().map(str::trim) {
            let Some(list) = line.strip_prefix("args: [").or(line.strip_prefix("CMD [")) else { continue };
            let words =
                list.trim_end_matches(']').split(',').map(|word| word.trim().trim_matches(['"', '\'']).to_owned());
            found.push((name.clone(), "nmi", words.collect()));
        }
    }
    found
}

fn refused((name, program, words): &Started) -> Option<String> {
    let command = if *program == "nmi" { runner::cli::command() } else { lab::cli::command() };
    let line = [(*program).to_owned()].into_iter().chain(words.iter().cloned());
    let error = command.try_get_matches_from(line).err()?;
    let first = error.to_string().lines().next().unwrap_or_default().to_owned();
    Some(format!("{name}: {program} {}\n    {first}", words.join(" ")))
}

#[test]
fn every_command_is_understood() {
    let (shell, containers) = (in_shell(), in_containers());
    assert!(shell.len() > 12 && containers.len() == 3, "{shell:?} {containers:?}");
    for file in ["hosts/every-strategy", "recipes/github/compare", "recipes/lava/nmi.yaml", "check", "dist"] {
        assert!(shell.iter().any(|(name, ..)| name == file), "nothing was found in {file}");
    }
    let wrong: Vec<String> = shell.iter().chain(&containers).filter_map(refused).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// On a host that has lost /dev/kvm, all trials on KVM are skipped: that must fail the job of a fleet.
#[test]
fn what_runs_for_a_fleet_requires_kvm() {
    let of_fleets = |(name, _, words): &&Started| {
        let is_run = words.first().is_some_and(|word| word == "run") && !words.iter().any(|word| word == "--list");
        is_run && (name == "hosts/every-strategy" || name.starts_with("recipes/kubernetes/"))
    };
    let all = [in_shell(), in_containers()].concat();
    let runs: Vec<&Started> = all.iter().filter(of_fleets).collect();
    assert_eq!(runs.len(), 4, "{runs:?}");
    for (name, _, words) in runs {
        let required = words.windows(2).any(|pair| pair == ["--require", "kvm"]);
        assert!(required, "{name}: nmi {} has no `--require kvm`", words.join(" "));
    }
}
