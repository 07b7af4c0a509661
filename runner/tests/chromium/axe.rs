use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Failed;
use serde_json::Value;

use super::Tab;

/// Fetched into the target folder, because its licence differs from this project's.
const PACKAGE: &str = "axe-core@4.14.1";

/// Runs all rules that axe enables by default on the current page.
const RUN: &str = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations, passes }) => ({
  rules: passes.length,
  violations: violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary}`)),
}))";

/// The source of axe-core, which checks the accessibility of a page. Errors: why it cannot be fetched.
pub(crate) fn source(folder: &Path) -> Result<String, String> {
    let file = folder.join("node_modules/axe-core/axe.min.js");
    if !file.is_file() {
        fetch(folder)?;
    }
    fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
}

fn fetch(folder: &Path) -> Result<(), String> {
    let folder = folder.display().to_string();
    let options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"];
    let npm = Command::new("npm").args(["install", "--prefix", &folder]).args(options).arg(PACKAGE).output();
    let output = npm.map_err(|error| format!("npm is not installed ({error}); {PACKAGE} comes from it"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let reason = said.lines().find(|line| line.contains("error") || line.contains("ERR")).unwrap_or("no reason given");
    if output.status.success() { Ok(()) } else { Err(format!("npm cannot fetch {PACKAGE}: {reason}")) }
}

/// What axe finds in the page, a line for each element and rule.
pub(crate) fn violations(tab: &mut Tab<'_>, source: &str) -> Result<Vec<String>, Failed> {
    if tab.evaluate("typeof axe")? == "undefined" {
        tab.evaluate(source)?;
    }
    let found = tab.evaluate(RUN)?;
    // Guards against an axe that checks nothing.
    if found["rules"].as_u64().unwrap_or(0) < 10 {
        return Err(format!("axe applied too few rules: {found}").into());
    }
    let violations = found["violations"].as_array().into_iter().flatten();
    Ok(violations.filter_map(Value::as_str).map(str::to_owned).collect())
}
