//! Text in Markdown tables.

use crate::layout::one_line;

/// A row of a table with a line break, from cells that are Markdown in one line, such as [`plain`] and [`code`] return.
pub(crate) fn row(cells: &[String]) -> String {
    let cells = cells.iter().map(|cell| format!(" {} |", cell.replace('|', "\\|")));
    format!("|{}\n", cells.collect::<String>())
}

/// Text that is no markup, whatever it holds.
pub(crate) fn plain(text: &str) -> String {
    let text = one_line(text);
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        // An underscore within a word is no markup; names such as kvm_intel stay searchable.
        let within = before.is_alphanumeric() && rest.peek().is_some_and(|c| c.is_alphanumeric());
        if matches!(c, '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '~' | '&') || (c == '_' && !within) {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

/// Text as inline code.
pub(crate) fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return text;
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_in_its_cell() {
        assert_eq!(row(&[plain("a|b"), plain("c\nd"), code("e|f")]), "| a\\|b | c d | `e\\|f` |\n");
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(code("`nmi host`"), "`` `nmi host` ``");
        assert_eq!(code("a``b"), "```a``b```");
    }

    #[test]
    fn text_is_no_markup() {
        assert_eq!(plain("<img src=x> [a](b) *c* `d` &#x202e;"), r"\<img src=x\> \[a\](b) \*c\* \`d\` \&#x202e;");
        assert_eq!(plain("kvm_intel _x_ \u{202e}"), r"kvm_intel \_x\_ \u{202e}".replace("\\u", "\\\\u"));
    }
}
