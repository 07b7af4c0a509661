//! Writes a program as a case file.

use std::collections::BTreeSet;
use std::fmt::Write;

use runner::case::End;
use runner::terms::{Events, Vendor};

use super::assembly::{Assembly, Step};
use super::pieces::{Action, Gate, Program};

/// What a run showed, as a case expects it.
#[derive(Debug)]
pub(super) struct Shown {
    pub vendor: Vendor,
    pub trace: Vec<String>,
    pub end: End,
    /// By name and occurrence.
    pub views: Vec<(String, u32, Events)>,
    /// Moments that never came.
    pub left_out: Vec<String>,
}

/// The text of a case of the program. Without a run, its expectation is a placeholder that names every mark.
pub(super) fn write(program: &Program, shown: Option<&Shown>) -> String {
    let assembly = Assembly::of(program);
    let mut text = String::from("summary: a program that nobody wrote\nrules: [block.from-delivery]\n");
    let raises = assembly.sections.iter().flat_map(|(_, lines)| lines).any(|line| raises(line))
        || assembly.steps.iter().any(|step| step.actions.iter().any(|action| matches!(action, Action::Raise(_))));
    let _ = writeln!(text, "modes: [{}]", program.mode);
    if raises {
        let _ = writeln!(text, "paths: [{}]", program.path);
    }
    if let Some(shown) = shown {
        let _ = writeln!(text, "requires: [{}]", shown.vendor);
    }
    match program.gate {
        Gate::Plain => {}
        Gate::Trap => text.push_str("boot:\n  gates: { nmi: trap }\n"),
        Gate::OwnStack => text.push_str("boot:\n  ist: { nmi: 1 }\n"),
        Gate::NotPresent => text.push_str("boot:\n  gates: { nmi: not-present }\n"),
    }
    let seen: Option<BTreeSet<&str>> = shown.map(|shown| shown.trace.iter().map(String::as_str).collect());
    text.push_str("guest:\n");
    for (word, lines) in &assembly.sections {
        let _ = writeln!(text, "  {word}: |");
        for line in lines {
            let _ = writeln!(text, "    {}", never_seen(line, seen.as_ref()));
        }
    }
    let came = |step: &&Step| shown.is_none_or(|shown| !shown.left_out.contains(&moment(step)));
    let steps: Vec<&Step> = assembly.steps.iter().filter(came).collect();
    if !steps.is_empty() {
        text.push_str("host:\n");
    }
    for step in steps {
        let key = if step.before { "before" } else { "at" };
        let occurrence = if step.before { "" } else { "#1" };
        let actions: Vec<String> = step.actions.iter().map(|action| action_word(*action)).collect();
        let _ = writeln!(text, "  - {key}: {}{occurrence}\n    do: [{}]", step.at, actions.join(", "));
    }
    expect(&mut text, &assembly, shown);
    text
}

fn expect(text: &mut String, assembly: &Assembly, shown: Option<&Shown>) {
    let Some(shown) = shown else {
        let _ = writeln!(text, "expect:\n  trace: [{}]", assembly.names.join(", "));
        return;
    };
    let _ = writeln!(text, "expect:\n  trace: [{}]", shown.trace.join(", "));
    match shown.end {
        End::Done => {}
        End::Halted => text.push_str("  end: halted\n"),
        End::Shutdown => text.push_str("  end: shutdown\n"),
    }
    if !shown.views.is_empty() {
        text.push_str("  view:\n");
    }
    for (name, occurrence, events) in &shown.views {
        let Events { injected, pending, masked, shadow, smm, halted } = events;
        let _ = writeln!(
            text,
            "    \"{name}#{occurrence}\": {{ injected: {injected}, pending: {pending}, masked: {masked}, \
             shadow: {shadow}, smm: {smm}, halted: {halted} }}"
        );
    }
}

fn raises(line: &str) -> bool {
    line.starts_with("raise") || line == "arm" || line.starts_with("out 0E1h")
}

/// The moment of a step, as the runner names it.
fn moment(step: &Step) -> String {
    if step.before { format!("before {}", step.at) } else { format!("at {}#1", step.at) }
}

/// The line, with `not-` before the name of a mark that is never seen.
fn never_seen(line: &str, seen: Option<&BTreeSet<&str>>) -> String {
    let Some((word, rest)) = line.split_once(' ').filter(|(word, _)| matches!(*word, "mark" | "snap")) else {
        return line.to_owned();
    };
    let name = rest.split(',').next().unwrap_or_default();
    let known = seen.is_none_or(|seen| seen.contains(name));
    if known { line.to_owned() } else { format!("{word} not-{rest}") }
}

fn action_word(action: Action) -> String {
    match action {
        Action::Raise(count) => format!("{{ raise: {count} }}"),
        Action::RoundTrip => "round-trip".to_owned(),
        Action::Migrate => "migrate".to_owned(),
        Action::Interrupt => "irq".to_owned(),
        Action::Smi => "smi".to_owned(),
        Action::Events(change) => {
            let mut fields = Vec::new();
            fields.extend(change.injected.map(|on| format!("injected: {on}")));
            fields.extend(change.pending.map(|count| format!("pending: {count}")));
            fields.extend(change.masked.map(|on| format!("masked: {on}")));
            fields.extend(change.shadow.map(|shadow| format!("shadow: {shadow}")));
            format!("{{ events: {{ {} }} }}", fields.join(", "))
        }
    }
}
