//! Which cases kill which mutants of the model.

use serde::{Deserialize, Serialize};

use crate::json_text::with_printable_texts;
use crate::layout::{columns, counted, hanging, listed, pad};
use crate::{Look, Tone};

/// Which cases notice which mistakes in the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillMatrix {
    /// Every mutant.
    pub mutants: Vec<Mutant>,
    /// Every case.
    pub cases: Vec<CaseKills>,
}

/// A model with one rule wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutant {
    /// Name of the mutant, as in `nmi mutants`.
    pub name: String,
    /// What is wrong with it, in a sentence.
    pub statement: String,
    /// Ids of the cases that fail on it.
    pub killers: Vec<String>,
}

/// Which mutants a case kills.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseKills {
    /// Id of the case.
    pub case: String,
    /// Names of the mutants that fail it.
    pub kills: Vec<String>,
    /// Why it kills none, if the case says so.
    pub survives: Option<String>,
}

/// Most killers named beside a mutant.
const NAMED: usize = 3;

impl KillMatrix {
    /// Mutants that no case kills.
    pub fn survivors(&self) -> impl Iterator<Item = &Mutant> {
        self.mutants.iter().filter(|mutant| mutant.killers.is_empty())
    }

    /// Cases that kill no mutant and do not say why in `survives`.
    pub fn idle(&self) -> impl Iterator<Item = &CaseKills> {
        self.cases.iter().filter(|case| case.kills.is_empty() && case.survives.is_none())
    }

    /// Cases that kill a mutant although they have `survives`.
    pub fn contradicted(&self) -> impl Iterator<Item = &CaseKills> {
        self.cases.iter().filter(|case| !case.kills.is_empty() && case.survives.is_some())
    }

    /// As text: what needs work first, then every mutant, then every case, then one line of counts.
    pub fn text(&self, look: Look) -> String {
        let matrix = with_printable_texts(self);
        let mut out = String::new();
        matrix.work(look, &mut out);
        matrix.list_mutants(look, &mut out);
        out.push('\n');
        matrix.list_cases(look, &mut out);
        let killed = matrix.mutants.len() - matrix.survivors().count();
        let telling = matrix.cases.iter().filter(|case| !case.kills.is_empty()).count();
        out.push_str(&format!(
            "\n{killed} of {} killed; {telling} of {} kill at least one\n",
            counted(matrix.mutants.len(), "mutant"),
            counted(matrix.cases.len(), "case"),
        ));
        out
    }

    /// As text for a selection of cases: what needs work, which mutants each kills, and what is wrong with those. Mutants that
    /// these do not kill are only counted, since others may kill them.
    pub fn text_of_some(&self, look: Look) -> String {
        let mut matrix = with_printable_texts(self);
        let all = matrix.mutants.len();
        matrix.mutants.retain(|mutant| !mutant.killers.is_empty());
        let mut out = String::new();
        matrix.work(look, &mut out);
        matrix.list_cases(look, &mut out);
        if !matrix.mutants.is_empty() {
            out.push('\n');
            matrix.list_mutants(look, &mut out);
        }
        let (killed, cases) = (matrix.mutants.len(), counted(matrix.cases.len(), "case"));
        out.push_str(&format!("\n{killed} of {} killed by {cases}\n", counted(all, "mutant")));
        out
    }

    fn list_mutants(&self, look: Look, out: &mut String) {
        out.push_str(&look.heading("Mutants"));
        let widest = self.mutants.iter().map(|mutant| columns(&mutant.name)).max().unwrap_or(0);
        let name = if 2 * widest <= look.width { widest } else { 0 };
        for mutant in &self.mutants {
            let (tone, word) = match mutant.killers.len() {
                0 => (Tone::Bad, "survives".to_owned()),
                count => (Tone::Good, counted(count, "killer")),
            };
            out.push_str(&format!("  {}  {}", pad(&mutant.name, name), look.style.paint(tone, &word)));
            let killers = listed(&mutant.killers, NAMED);
            let fits = 2 + widest + 2 + columns(&word) + 2 + columns(&killers) <= look.width;
            match fits {
                _ if killers.is_empty() => out.push('\n'),
                true => out.push_str(&format!(": {killers}\n")),
                false => out.push_str(&format!(":\n{}", hanging("      ", &killers, look.width))),
            }
            out.push_str(&look.hanging(Tone::Quiet, "    ", &mutant.statement));
        }
    }

    fn list_cases(&self, look: Look, out: &mut String) {
        out.push_str(&look.heading("Cases"));
        let text = |case: &CaseKills| match &case.survives {
            _ if !case.kills.is_empty() => format!("{}: {}", case.kills.len(), case.kills.join(", ")),
            Some(why) => format!("0: {why}"),
            None => "0".to_owned(),
        };
        let cases: Vec<(&str, String)> = self.cases.iter().map(|case| (case.case.as_str(), text(case))).collect();
        out.push_str(&look.pairs("  ", &cases));
    }

    fn work(&self, look: Look, out: &mut String) {
        let mut lines: Vec<String> = Vec::new();
        for mutant in self.survivors() {
            lines.push(format!("mutant {} survives: write a case that fails if {}", mutant.name, mutant.statement));
        }
        for case in self.idle() {
            lines.push(format!(
                "case {} kills no mutant: add the mutant it is for, or say why in `survives`",
                case.case
            ));
        }
        for case in self.contradicted() {
            let kills = listed(&case.kills, NAMED);
            lines.push(format!(
                "case {} says that no mutant can fail it, but kills {kills}: remove `survives`",
                case.case
            ));
        }
        if lines.is_empty() {
            return;
        }
        out.push_str(&look.heading("To do"));
        lines.iter().for_each(|line| out.push_str(&look.hanging(Tone::Bad, "  ", line)));
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::snapshot;

    #[test]
    fn table() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let mutant = |name: &str, statement: &str, killers: &[&str]| Mutant {
            name: name.to_owned(),
            statement: statement.to_owned(),
            killers: words(killers),
        };
        let case = |case: &str, kills: &[&str], survives: Option<&str>| CaseKills {
            case: case.to_owned(),
            kills: words(kills),
            survives: survives.map(str::to_owned),
        };
        let matrix = KillMatrix {
            mutants: vec![
                mutant(
                    "iret-keeps-blocking",
                    "IRET does not unblock",
                    &["blocking/a", "blocking/b", "blocking/c", "pending/d"],
                ),
                mutant("second-lost", "a second NMI that arrives while the first is handled is lost", &["pending/d"]),
                mutant("sti-shadow-blocks", "the STI shadow blocks NMIs for two instructions", &[]),
            ],
            cases: vec![
                case("blocking/a", &["iret-keeps-blocking"], None),
                case("pending/d", &["iret-keeps-blocking", "second-lost"], None),
                case(
                    "delivery/stack",
                    &[],
                    Some("the frame's layout has no mutant: every field is checked by the frame itself, slot by slot"),
                ),
                case("delivery/idle", &[], None),
                case("blocking/b", &["iret-keeps-blocking"], Some("only migration can break it")),
            ],
        };
        snapshot("kill-matrix", &matrix.text(Look::PLAIN));
        snapshot("kill-matrix-some", &matrix.text_of_some(Look::PLAIN));
        snapshot("kill-matrix-empty", &KillMatrix::default().text(Look::PLAIN));
    }
}
