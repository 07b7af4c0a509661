use guests::{Program, SectionName};

use crate::case::resolve::{NOT_LITERAL, Resolved};
use crate::case::scan::{Spot, column, label};

/// What execution never goes on behind.
const ENDS: [&str; 18] = [
    "done", "iret", "iretw", "iretd", "iretq", "jmp", "ret", "retn", "retf", "retw", "retd", "retq", "rsm", "syscall",
    "sysret", "sysretq", "sysexit", "ud2",
];
/// What may stand in front of an instruction.
const PREFIXES: [&str; 9] = ["o16", "o32", "o64", "a16", "a32", "a64", "rep", "repne", "lock"];
/// What makes bytes, of which the text does not tell what they do.
const DATA: [&str; 6] = ["db", "dw", "dd", "dq", "times", "align"];

/// Execution must not run off the end of a section: what lies behind it is whatever the next section is.
///
/// Comes behind the assembler, which knows better what is wrong with a line that is no instruction.
pub(in crate::case) fn ends(resolved: &mut Resolved) {
    if resolved.report.has("unknown-section") || resolved.report.has(NOT_LITERAL) {
        return;
    }
    for spot in runs_off(&resolved.case.program) {
        let place = resolved.place(spot);
        if resolved.report.has_at(place.line) {
            continue;
        }
        let message = match spot.section {
            SectionName::Main | SectionName::Peer => format!("`{}` can run off its end here", spot.section.word()),
            _ => format!("the handler `{}` can run off its end here", spot.section.word()),
        };
        let help = match spot.section {
            SectionName::Main | SectionName::Peer => {
                "end it with `done`; behind a halt that must last, with `mark not-woken` and `done`"
            }
            SectionName::Smm => "end it with `rsm`, a jump or `done`",
            _ => "end it with `iret`, a jump or `done`",
        };
        resolved.report.add_help(place, "end-of-section", message, help);
    }
}

/// The last statement, or a label behind it, of every section that can run off its end.
fn runs_off(program: &Program) -> Vec<Spot> {
    let code = program.sections.iter().filter(|section| section.name != SectionName::Data);
    code.filter_map(|section| last(section.name, &section.text)).collect()
}

fn last(section: SectionName, text: &str) -> Option<Spot> {
    let mut last = None;
    for (number, line) in text.lines().enumerate() {
        let mut rest = line.split(';').next().unwrap_or_default();
        let here = |text: &str| Spot {
            section,
            line: number,
            column: column(line, text),
            length: text.chars().count().max(1),
        };
        while let Some((name, after)) = label(rest) {
            last = Some(here(name));
            rest = after;
        }
        let statement = rest.trim();
        let mut words = statement.split_whitespace().map(str::to_ascii_lowercase);
        let word = words.find(|word| !PREFIXES.contains(&word.as_str()));
        match word.as_deref() {
            None => {}
            Some(word) if ENDS.contains(&word) || DATA.contains(&word) => last = None,
            Some(_) => last = Some(here(statement)),
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Option<(usize, usize, usize)> {
        last(SectionName::Main, text).map(|spot| (spot.line, spot.column, spot.length))
    }

    #[test]
    fn execution_ends_or_is_told() {
        for good in ["done", "nop\nIRET ; back", "again: jmp again", "o64 sysret", "ud2\n\n; nothing", "x: db 0F4h", ""]
        {
            assert_eq!(runs(good), None, "{good}");
        }
        assert_eq!(runs("nop\n  hlt ; for good"), Some((1, 2, 3)));
        assert_eq!(runs("jnz main"), Some((0, 0, 8)));
        assert_eq!(runs("jmp end\nend:"), Some((1, 0, 3)));
        assert_eq!(runs("done\nmark x"), Some((1, 0, 6)));
        assert_eq!(runs("int 2"), Some((0, 0, 5)));
    }
}
