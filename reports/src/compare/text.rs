//! A comparison of two runs, as text.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::fold::CaseChange;
use super::{Change, ComparedRun, Comparison, FactChange};
use crate::layout::{columns, counted, hanging, one_line, pad};
use crate::{Look, Tone};

impl Comparison {
    /// As text: the two runs, what differs about their hosts, each kind of change with its cases, worst first, and one
    /// line of counts.
    pub fn text(&self, look: Look) -> String {
        let mut out = String::new();
        for (name, party) in [("A", &self.a), ("B", &self.b)] {
            out.push_str(&hanging(&format!("{name}  "), &party.words(), look.width));
        }
        out.push_str(&self.host(look));
        for change in Change::ALL {
            let count = self.count(change);
            if count > 0 {
                let title = format!("{}: {}", change.title(), counted(count, "trial"));
                out.push_str(&format!("\n{}\n", look.style.paint(change.tone(), &title)));
                out.push_str(&self.cases(change, look));
            }
        }
        out.push('\n');
        out.push_str(&hanging("", &self.summary(), look.width));
        for missing in &self.missing {
            out.push_str(&hanging("missing: ", &one_line(missing), look.width));
        }
        if !self.missing.is_empty() {
            let line = if self.missing_allowed { ALLOWED } else { WORSE };
            out.push_str(&hanging("", line, look.width));
        }
        out
    }

    /// The endings, those of most trials first, each followed by its cases.
    fn cases(&self, change: Change, look: Look) -> String {
        let mut ways: BTreeMap<_, Vec<CaseChange<'_>>> = BTreeMap::new();
        for fold in self.folds(change) {
            ways.entry((fold.before, fold.after)).or_default().push(fold);
        }
        let mut ways: Vec<Vec<CaseChange<'_>>> = ways.into_values().collect();
        ways.sort_by_key(|folds| Reverse(folds.iter().map(|fold| fold.trials.len()).sum::<usize>()));
        let mut out = String::new();
        for folds in ways {
            let how = folds.first().and_then(CaseChange::how);
            let indent = if how.is_some() { "    " } else { "  " };
            out.extend(how.map(|how| hanging("  ", &one_line(&how), look.width)));
            let width = folds.iter().map(|fold| columns(fold.case)).max().unwrap_or(0).min(look.width / 2);
            for fold in folds {
                let start = format!("{indent}{}  ", pad(&one_line(fold.case), width));
                out.push_str(&hanging(&start, &one_line(&fold.which()), look.width));
            }
        }
        out
    }

    fn host(&self, look: Look) -> String {
        let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "not said".to_owned());
        let text = |fact: &FactChange| one_line(&format!("{} -> {}", said(&fact.a), said(&fact.b)));
        let shown = self.facts.iter().filter(|fact| !fact.detail);
        let shown: Vec<(&str, String)> = shown.map(|fact| (fact.name.as_str(), text(fact))).collect();
        let mut out = look.pairs("   ", &shown);
        match self.facts.len() - shown.len() {
            0 => {}
            details => out.push_str(&format!("   and {} of the hosts\n", counted(details, "other detail"))),
        }
        out
    }
}

/// What follows the list of what is missing.
pub(super) const WORSE: &str = "worse, for trials are missing; `--allow-missing` judges only what is there";
pub(super) const ALLOWED: &str = "what is missing is allowed, and says nothing";

impl ComparedRun {
    pub(super) fn words(&self) -> String {
        let shortfall = self.shortfall.iter().map(|shortfall| format!("; {shortfall}")).collect::<String>();
        let part = self.part.iter().map(|part| format!("; {part}")).collect::<String>();
        one_line(&format!("{}: {}{part}{shortfall}", self.label, counted(self.trials, "trial")))
    }
}

impl Change {
    /// As a heading, with an explanation if the word alone is unclear.
    pub(super) fn title(self) -> &'static str {
        match self {
            Change::Broken => "Broken",
            Change::Unended => "Did not end in B",
            Change::Trouble => "Now in trouble, no verdict",
            Change::OtherSymptom => "Other symptom",
            Change::NowKnown => "Now a known deviation",
            Change::NowSkipped => "Now skipped",
            Change::Gone => "Gone: not in B",
            Change::CaseChanged => "Case changed, not compared",
            Change::NoLongerSkipped => "No longer skipped",
            Change::New => "New: not in A",
            Change::Fixed => "Fixed",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Change::Broken | Change::Unended => Tone::Bad,
            Change::Trouble | Change::OtherSymptom | Change::NowKnown => Tone::Doubt,
            Change::Fixed => Tone::Good,
            Change::NowSkipped | Change::Gone | Change::CaseChanged | Change::NoLongerSkipped | Change::New => {
                Tone::Strong
            }
        }
    }
}
