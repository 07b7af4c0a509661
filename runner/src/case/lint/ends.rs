//! Sections whose end execution can run past.

use guests::{Outline, SectionName, Spot, Statement};

use crate::case::resolve::{NOT_LITERAL, Resolved};

/// Instructions after which execution never continues at the next line.
const ENDS: [&str; 18] = [
    "done", "iret", "iretw", "iretd", "iretq", "jmp", "ret", "retn", "retf", "retw", "retd", "retq", "rsm", "syscall",
    "sysret", "sysretq", "sysexit", "ud2",
];
/// Further ones in L2: they exit, or wait for an event that exits.
const ENDS_OF_L2: [&str; 4] = ["vmmcall", "vmcall", "hlt", "vmrun"];
/// Prefixes of instructions.
const PREFIXES: [&str; 9] = ["o16", "o32", "o64", "a16", "a32", "a64", "rep", "repne", "lock"];
/// Directives that emit bytes, which may be any instruction.
const DATA: [&str; 6] = ["db", "dw", "dd", "dq", "times", "align"];

/// Reports sections whose end execution can run past, into whatever section follows in memory.
///
/// Runs after the assembler, whose message about a line that is no instruction is better.
pub(in crate::case) fn ends(resolved: &mut Resolved) {
    if resolved.report.has("unknown-section") || resolved.report.has(NOT_LITERAL) {
        return;
    }
    let Resolved { raw, text, outline, report, .. } = resolved;
    for spot in runs_off(outline) {
        let place = raw.place(text, spot);
        if report.has_at(place.line) {
            continue;
        }
        let handler = !matches!(spot.section, SectionName::Main | SectionName::Peer | SectionName::L2);
        let what = if handler { "the handler " } else { "" };
        let message = format!("{what}`{}` can run off its end here", spot.section.word());
        let help = match spot.section {
            SectionName::Main | SectionName::Peer => {
                "end it with `done`; behind a halt that must last, with `mark not-woken` and `done`"
            }
            SectionName::L2 => "end it with `vmmcall` or `vmcall`, `hlt`, a jump or `done`",
            SectionName::Smm => "end it with `rsm`, a jump or `done`",
            _ => "end it with `iret`, a jump or `done`",
        };
        report.add_help(place, "end-of-section", message, help);
    }
}

/// The last statement or label of every section whose end execution can run past.
fn runs_off(outline: &Outline) -> Vec<Spot> {
    let sections = outline.statements.chunk_by(|one, next| one.spot.section == next.spot.section);
    sections.filter_map(last).filter(|spot| spot.section != SectionName::Data).collect()
}

fn last(statements: &[Statement]) -> Option<Spot> {
    let last = statements.last()?;
    let ends = last.text.as_deref().is_some_and(|text| ends_there(text, last.spot.section));
    (!ends).then_some(last.spot)
}

/// Whether execution does not continue after the statement, as far as the text shows.
fn ends_there(text: &str, section: SectionName) -> bool {
    let mut words = text.split_whitespace().map(str::to_ascii_lowercase);
    let word = words.find(|word| !PREFIXES.contains(&word.as_str())).unwrap_or_default();
    let is_one_of = |list: &[&str]| list.contains(&word.as_str());
    is_one_of(&ENDS) || is_one_of(&DATA) || section.is_l2() && is_one_of(&ENDS_OF_L2)
}

#[cfg(test)]
mod tests {
    use guests::{Boot, Program, Section};

    use super::*;

    fn runs(text: &str) -> Option<(usize, usize, usize)> {
        let section = Section { name: SectionName::Main, text: text.to_owned() };
        let outline = Outline::of(&Program { sections: vec![section], boot: Boot::default() });
        runs_off(&outline).first().map(|spot| (spot.line, spot.column, spot.length))
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
