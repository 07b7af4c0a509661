//! What a Markdown table needs.

use crate::layout::one_line;

/// A row of a table; every line ends.
pub(crate) fn row(cells: &[String]) -> String {
    let cells = cells.iter().map(|cell| format!(" {} |", one_line(cell).replace('|', "\\|")));
    format!("|{}\n", cells.collect::<String>())
}

/// Text as it stands, in a fixed font.
pub(crate) fn code(text: &str) -> String {
    let fence = if text.contains('`') { "``" } else { "`" };
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{blank}{}{blank}{fence}", one_line(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_in_its_cell() {
        assert_eq!(row(&["a|b".to_owned(), "c\nd".to_owned()]), "| a\\|b | c d |\n");
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(code("`nmi host`"), "`` `nmi host` ``");
    }
}
