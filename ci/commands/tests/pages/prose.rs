//! What pages say outside their blocks: words in code quotes, rows of tables, links.

use crate::pages::Page;

/// Words in code quotes outside blocks.
#[derive(Clone, Debug)]
pub(crate) struct Quoted {
    /// `README.md:12`.
    pub(crate) at: String,
    /// Without the quotes, on one line.
    pub(crate) words: String,
    /// If it stands in a row of a table: the first quoted words of the row's first cell.
    pub(crate) row: Option<String>,
}

/// Everything in code quotes outside blocks; one may go over the end of a line.
pub(crate) fn quoted(page: &Page) -> Vec<Quoted> {
    let (mut all, mut inside): (Vec<Quoted>, Option<Quoted>) = (Vec::new(), None);
    let mut block = false;
    for (number, line) in page.text.lines().enumerate() {
        let at = format!("{}:{}", page.name, number + 1);
        if line.starts_with("```") {
            block = !block;
        }
        if block || line.starts_with("```") {
            continue;
        }
        // A paragraph ends what was not closed.
        if line.trim().is_empty() {
            inside = None;
        }
        let first = all.len();
        for (piece, text) in line.split('`').enumerate() {
            if piece > 0 {
                match inside.take() {
                    Some(quoted) => all.push(quoted),
                    None => inside = Some(Quoted { at: at.clone(), words: String::new(), row: None }),
                }
            }
            if let Some(quoted) = &mut inside {
                quoted.words += text;
            }
        }
        if let Some(quoted) = &mut inside {
            quoted.words.push(' ');
        }
        if line.starts_with("| ") {
            let row = all.get(first).map(|quoted| quoted.words.clone());
            all[first..].iter_mut().for_each(|quoted| quoted.row = row.clone());
        }
    }
    all
}

/// What it links to in this repository, with the place.
pub(crate) fn links(page: &Page) -> Vec<(String, String)> {
    let mut links = Vec::new();
    for (number, line) in page.text.lines().enumerate() {
        for rest in line.split("](").skip(1) {
            let link = rest.split(')').next().unwrap_or_default();
            if !link.contains("://") && !link.starts_with('#') {
                links.push((format!("{}:{}", page.name, number + 1), link.to_owned()));
            }
        }
    }
    links
}
