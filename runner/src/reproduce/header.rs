//! The comment at the top of a program.

use reports::hanging;

use super::template::comment;
use super::{Form, Reproduction, differs_by_vendor};
use crate::case::{Rule, Scope};
use crate::terms::Vendor;

/// Columns of the comment.
const WIDTH: usize = 108;

/// The comment at the top of a program: what the case shows, by which rules, and how to build and run it.
pub(super) fn header(of: &Reproduction<'_>) -> String {
    let Reproduction { case, guest, path, pass, vendor, .. } = of;
    let mut lines = vec![hanging("", &case.summary, WIDTH)];
    let by_vendor = if differs_by_vendor(case) { format!(" --vendor {vendor}") } else { String::new() };
    let form = if of.form == Form::Selftest { " --format selftest" } else { "" };
    lines.push(format!(
        "\nMade by: nmi reproduce {} --mode {} --path {path} --pass {pass}{by_vendor}{form}\n",
        case.id, guest.mode
    ));
    for rule in of.rules.iter().filter(|rule| case.rules.contains(&rule.id)) {
        lines.push(format!("\n{}", about(rule, *vendor)));
    }
    let wanted = case.expect(*vendor).traces.iter().map(|trace| trace.join(", ")).collect::<Vec<_>>().join("; or ");
    lines.push(format!("\n{}", hanging("", &format!("Wanted, in this order: {wanted}."), WIDTH)));
    lines.push(match of.form {
        Form::C => {
            "\nBuild:   gcc -O2 -Wall -Wextra -static -o reproduce reproduce.c\nExit status: 0 as wanted, 1 not \
                    as wanted, with one line that says how, 2 trouble, 77 the host lacks something.\n"
                .to_owned()
        }
        Form::Selftest => String::new(),
    });
    let text: String = lines.concat();
    let body: String =
        text.trim_end().lines().map(|line| format!(" * {}", comment(line)).trim_end().to_owned() + "\n").collect();
    let licence = if of.form == Form::Selftest { "GPL-2.0-only OR MIT" } else { "MIT OR Apache-2.0" };
    format!("// SPDX-License-Identifier: {licence}\n/*\n{body} */\n")
}

/// A rule and its sources; of a rule for both vendors only this vendor's sources, if there are any.
fn about(rule: &Rule, vendor: Vendor) -> String {
    let words = format!("{}: {}", rule.id, first_sentence(&rule.statement));
    let other = match vendor {
        Vendor::Amd => "Intel",
        Vendor::Intel => "AMD",
    };
    let all: Vec<String> = rule.sources.iter().map(ToString::to_string).collect();
    let is_own = |source: &String| rule.scope != Scope::Both || !source.starts_with(other);
    let any = all.iter().any(is_own);
    let chosen = all.iter().filter(|source| is_own(source) || !any);
    let sources: String = chosen.map(|source| hanging("    - ", source, WIDTH)).collect();
    hanging("", &words, WIDTH) + &sources
}

/// The first sentence of a rule's statement, which is the rule itself; others add details for those who write cases.
fn first_sentence(statement: &str) -> &str {
    statement.find(". ").and_then(|end| statement.get(..=end)).unwrap_or(statement)
}
