//! Sections that execution can run off.

use guests::{Outline, SectionName, Spot, Statement};

use crate::case::resolve::{NOT_LITERAL, Resolved};

/// What execution never goes on behind.
const ENDS: [&str; 18] = [
    "done", "iret", "iretw", "iretd", "iretq", "jmp", "ret", "retn", "retf", "retw", "retd", "retq", "rsm", "syscall",
    "sysret", "sysretq", "sysexit", "ud2",
];
/// What may end L2 beside these: it exits there, or waits for an event that exits.
const ENDS_OF_L2: [&str; 4] = ["vmmcall", "vmcall", "hlt", "vmrun"];
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
    for spot in runs_off(&resolved.outline) {
        let place = resolved.place(spot);
        if resolved.report.has_at(place.line) {
            continue;
        }
        let message = match spot.section {
            SectionName::Main | SectionName::Peer | SectionName::L2 => {
                format!("`{}` can run off its end here", spot.section.word())
            }
            _ => format!("the handler `{}` can run off its end here", spot.section.word()),
        };
        let help = match spot.section {
            SectionName::Main | SectionName::Peer => {
                "end it with `done`; behind a halt that must last, with `mark not-woken` and `done`"
            }
            SectionName::L2 => "end it with `vmmcall` or `vmcall`, `hlt`, a jump or `done`",
            SectionName::Smm => "end it with `rsm`, a jump or `done`",
            _ => "end it with `iret`, a jump or `done`",
        };
        resolved.report.add_help(place, "end-of-section", message, help);
    }
}

/// The last statement, or a label behind it, of every section that can run off its end.
fn runs_off(outline: &Outline) -> Vec<Spot> {
    let sections = outline.statements.chunk_by(|one, next| one.spot.section == next.spot.section);
    sections.filter_map(last).filter(|spot| spot.section != SectionName::Data).collect()
}

fn last(statements: &[Statement]) -> Option<Spot> {
    let last = statements.last()?;
    let ends = last.text.as_deref().is_some_and(|text| ends_there(text, last.spot.section));
    (!ends).then_some(last.spot)
}

/// Whether execution does not go on behind the statement, or nobody can tell.
fn ends_there(text: &str, section: SectionName) -> bool {
    let mut words = text.split_whitespace().map(str::to_ascii_lowercase);
    let word = words.find(|word| !PREFIXES.contains(&word.as_str())).unwrap_or_default();
    let own = section.is_l2() && ENDS_OF_L2.contains(&word.as_str());
    own || ENDS.contains(&word.as_str()) || DATA.contains(&word.as_str())
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
