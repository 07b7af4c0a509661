//! The trials and cases that a filter chooses, and errors for words that have no effect.

use std::collections::BTreeSet;

use guests::suggest;
use reports::TrialId;

use super::filter::{Filter, Word};
use super::machines::MachineSpec;
use super::plan::may_choose;

/// How to see the names of all trials.
pub(super) const ALL_TRIALS: &str = "`nmi run --list` shows all";
/// Names offered in place of a word that fits nothing.
const OFFERED: usize = 3;

/// A word of a filter that has no effect, which may be a mistyped name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusedWord {
    /// It fits no trial or case at all.
    #[error("no {what} fits `{word}`{hint}")]
    Fits {
        /// `trial` or `case`.
        what: &'static str,
        /// Word of the filter.
        word: String,
        /// What may have been meant, or what to do, behind a `; `.
        hint: String,
    },
    /// It excludes only what no other word chooses.
    #[error("`{word}` excludes nothing: the other filters choose no {what} that it fits")]
    Excludes {
        /// `trial` or `case`.
        what: &'static str,
        /// Word of the filter.
        word: String,
    },
    /// Everything that the words choose is excluded, too.
    #[error("`{words}` chooses no {what}: all that fit are excluded, too")]
    Nothing {
        /// `trial` or `case`.
        what: &'static str,
        /// Words of the filter.
        words: String,
    },
}

/// The trials that the filter chooses of these. Errors: a word of it does nothing, or nothing is chosen.
pub fn choose<T>(filter: &Filter, all: Vec<T>, id: impl Fn(&T) -> &TrialId) -> Result<Vec<T>, UnusedWord> {
    let names: Vec<(String, String)> = all.iter().map(|one| (id(one).to_string(), id(one).case.clone())).collect();
    check(filter, "trial", &names, |word| trial_hint(word, all.iter().map(&id)))?;
    Ok(all.into_iter().filter(|one| filter.chooses(id(one))).collect())
}

/// The cases that the filter chooses of these. Errors: a word of it does nothing, or nothing is chosen.
pub fn choose_cases<'a, T>(filter: &Filter, all: &'a [T], id: impl Fn(&T) -> &str) -> Result<Vec<&'a T>, UnusedWord> {
    let names: Vec<(String, String)> = all.iter().map(|one| (id(one).to_owned(), id(one).to_owned())).collect();
    let hint = |word: &str| {
        let known: BTreeSet<&str> = all.iter().flat_map(|one| parts_of_case(id(one))).collect();
        offer(word, known, "`nmi list` shows all")
    };
    check(filter, "case", &names, hint)?;
    Ok(all.iter().filter(|one| filter.chooses_case(id(one))).collect())
}

fn check(
    filter: &Filter,
    what: &'static str,
    names: &[(String, String)],
    hint: impl Fn(&str) -> String,
) -> Result<(), UnusedWord> {
    let included: Vec<&(String, String)> = names.iter().filter(|(name, case)| filter.includes(name, case)).collect();
    for word in filter.words() {
        let Word { text, excludes, .. } = word;
        if *excludes && fits_passed_over(filter, word) {
            continue;
        }
        if !names.iter().any(|(name, case)| word.fits(name, case)) {
            let hint = hint(text.strip_prefix('!').unwrap_or(text));
            return Err(UnusedWord::Fits { what, word: text.clone(), hint });
        }
        if *excludes && !included.iter().any(|(name, case)| word.fits(name, case)) {
            return Err(UnusedWord::Excludes { what, word: text.clone() });
        }
    }
    let excluded = |name: &str, case: &str| filter.words().iter().any(|word| word.excludes && word.fits(name, case));
    if !filter.words().is_empty() && included.iter().all(|(name, case)| excluded(name, case)) {
        let words: Vec<&str> = filter.words().iter().map(|word| word.text.as_str()).collect();
        return Err(UnusedWord::Nothing { what, words: words.join(" ") });
    }
    Ok(())
}

/// Whether the word fits a case that could not be loaded. Its modes and paths are not known, so any will do.
fn fits_passed_over(filter: &Filter, word: &Word) -> bool {
    let alone = Filter::choosing(word);
    let machines: Vec<String> = MachineSpec::default_set().iter().map(MachineSpec::to_string).collect();
    let machines = || machines.iter().map(String::as_str);
    filter.passed_over().iter().any(|case| alone.chooses_case(case) || may_choose(&alone, machines(), case))
}

/// What may have been meant by a word that fits no trial.
fn trial_hint<'a>(word: &str, ids: impl Iterator<Item = &'a TrialId>) -> String {
    let ids: Vec<&TrialId> = ids.collect();
    let machines: BTreeSet<&str> = ids.iter().map(|id| id.machine.as_str()).collect();
    let machine = word.split("::").next().unwrap_or(word);
    if !machines.contains(machine) && machine.parse::<MachineSpec>().is_ok() {
        let machines: Vec<&str> = machines.into_iter().collect();
        return format!("; the machines are {}: add `--machine {machine}`", machines.join(", "));
    }
    if let Some(id) = ids.iter().find(|id| id.case == word) {
        return format!(" as a whole name; leave out `--exact`, or name a trial such as `{id}`");
    }
    // The word is compared with stretches of each name that have as many parts as the word.
    let parts = word.matches("::").count() + 1;
    let names: Vec<String> = ids.iter().map(|id| id.to_string()).collect();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for name in &names {
        known.extend(windows(name, parts));
    }
    if parts == 1 {
        known.extend(ids.iter().flat_map(|id| parts_of_case(&id.case)));
    }
    offer(word, known, ALL_TRIALS)
}

/// Every sequence of this many neighbouring parts of a name.
fn windows(name: &str, parts: usize) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = std::iter::once(0).chain(name.match_indices("::").map(|(at, _)| at + 2)).collect();
    let stretch = move |index: usize| {
        let end = starts.get(index + parts).map_or(name.len(), |next| next - 2);
        (index + parts <= starts.len()).then(|| name.get(*starts.get(index)?..end)).flatten()
    };
    (0..).map_while(stretch)
}

/// The case's id and its folder.
fn parts_of_case(id: &str) -> impl Iterator<Item = &str> {
    let folder = id.rfind('/').and_then(|slash| id.get(..=slash));
    std::iter::once(id).chain(folder)
}

/// What to say behind an unknown word: the known ones near to it, as a question, and how to see `all`.
pub(crate) fn offer<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, all: &str) -> String {
    // A glob is compared without its wildcards.
    let letters: String = word.chars().filter(|c| !matches!(c, '*' | '?')).collect();
    let near = suggest::near(&letters, known, OFFERED);
    let near: Vec<String> = near.into_iter().map(|word| format!("`{word}`")).collect();
    match near.split_last() {
        None => format!("; {all}"),
        Some((only, [])) => format!("; did you mean {only}? {all}"),
        Some((last, others)) => format!("; did you mean {} or {last}? {all}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Vec<TrialId> {
        let mut ids = Vec::new();
        for machine in ["kvm", "model:amd"] {
            for case in ["blocking/one-is-held", "blocking/second-nmi-waits", "delivery/taken-at-once", "shadow/sti"] {
                for (mode, path) in [("real", "ioctl"), ("long", "ioctl"), ("long", "x2apic")] {
                    let [machine, mode, path, case] = [machine, mode, path, case].map(str::to_owned);
                    ids.push(TrialId { machine, mode, path, case });
                }
            }
        }
        ids
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    fn chosen(filter: &Filter) -> String {
        match choose(filter, ids(), |id| id) {
            Ok(trials) => format!("{} trials", trials.len()),
            Err(idle) => idle.to_string(),
        }
    }

    fn cases(given: &[&str]) -> String {
        let all = ["blocking/one-is-held", "blocking/second-nmi-waits", "delivery/taken-at-once"];
        match choose_cases(&Filter::new(&words(given)).unwrap(), &all, |id| *id) {
            Ok(cases) => format!("{} cases", cases.len()),
            Err(idle) => idle.to_string(),
        }
    }

    #[test]
    fn every_word_must_do_something() {
        let told: Vec<String> = [
            &[][..],
            &["blocking"],
            &["blocking", "!second"],
            &["!model:*"],
            &["blokcing"],
            &["blocking", "delivrey/*"],
            &["long::x2apci"],
            &["log::ioctl::shadow/sti"],
            &["second-nmi-wait-for"],
            &["!shadwo"],
            &["blocking", "!delivery"],
            &["shadow", "!sti"],
            &["faulty:deaf::long::ioctl::shadow/sti"],
            &["qqq"],
        ]
        .iter()
        .map(|given| format!("{}\n    {}\n", given.join(" "), chosen(&Filter::new(&words(given)).unwrap())))
        .collect();
        insta::assert_snapshot!(told.concat());
    }

    #[test]
    fn to_exclude_a_case_that_could_not_be_loaded_is_something() {
        for word in ["!bad", "!*::bad", "!ba?", "!real::ioctl::bad"] {
            let filter = Filter::new(&words(&[word])).unwrap();
            assert!(chosen(&filter).starts_with("no trial fits"), "{word}");
            assert_eq!(chosen(&filter.passing_over(&words(&["bad"]))), "24 trials", "{word}");
        }
        let other = Filter::new(&words(&["bad"])).unwrap().passing_over(&words(&["bad"]));
        assert!(chosen(&other).starts_with("no trial fits"), "to choose it is not");
    }

    #[test]
    fn a_wrong_whole_name_is_told_the_nearest_ones() {
        let exact = |name: &str| chosen(&Filter::exact(&words(&[name])).unwrap());
        assert_eq!(exact("kvm::long::ioctl::shadow/sti"), "1 trials");
        let told = "no trial fits `shadow/sti` as a whole name; leave out `--exact`, or name a trial such as `kvm::real::ioctl::shadow/sti`";
        assert_eq!(exact("shadow/sti"), told);
        insta::assert_snapshot!(exact("kvm::long::ioctl::blocking/one-is-hold"));
    }

    #[test]
    fn cases_are_chosen_likewise() {
        assert_eq!([cases(&[]), cases(&["blocking/*"]), cases(&["!blocking"])], ["3 cases", "2 cases", "1 cases"]);
        insta::assert_snapshot!(cases(&["taken-at-onec"]));
    }
}
