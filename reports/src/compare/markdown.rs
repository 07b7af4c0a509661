use super::{Change, Comparison};
use crate::Ending;
use crate::layout::counted;
use crate::markdown::{code, plain, row};

impl Comparison {
    /// As Markdown: counts, the two runs, what differs about their hosts, a table for each kind of change.
    pub fn markdown(&self) -> String {
        let mut out =
            format!("{}.\n\n- A: {}\n- B: {}\n", self.summary(), plain(&self.a.words()), plain(&self.b.words()));
        for missing in &self.missing {
            out.push_str(&format!("- missing: {}\n", plain(missing)));
        }
        let facts: Vec<String> = self
            .facts
            .iter()
            .filter(|fact| !fact.detail)
            .map(|fact| {
                let say = |value: &Option<String>| plain(value.as_deref().unwrap_or_default());
                row(&[plain(&fact.name), say(&fact.a), say(&fact.b)])
            })
            .collect();
        if !facts.is_empty() {
            out.push_str(&format!("\n| host | A | B |\n|---|---|---|\n{}", facts.concat()));
        }
        for change in Change::ALL {
            let folds = self.folds(change);
            if folds.is_empty() {
                continue;
            }
            out.push_str(&format!("\n### {}: {}\n\n", change.title(), counted(self.count(change), "trial")));
            out.push_str("| case | trials | A | B |\n|---|---|---|---|\n");
            for fold in folds {
                let say = |said: Option<&Ending>| said.map_or("-".to_owned(), |said| code(&said.to_string()));
                out.push_str(&row(&[code(fold.case), plain(&fold.which()), say(fold.before), say(fold.after)]));
            }
        }
        out
    }
}
