//! Words that choose trials or cases.

use reports::TrialId;

/// Chooses trials or cases. Each word is a part of the name, or a glob for the whole name if it has a `*` or a `?`; a word that
/// starts with `!` excludes. A name is chosen if it fits any word and no excluding one; if there are only excluding words, all
/// names that fit none of them are chosen.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    words: Vec<Word>,
    /// Ids of cases that could not be loaded.
    passed_over: Vec<String>,
}

/// One word of a filter.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// As it was written.
    pub(super) text: String,
    /// Whether it excludes what it fits.
    pub(super) excludes: bool,
    fits: Fits,
}

#[derive(Clone, Debug)]
enum Fits {
    Part(String),
    Whole(String),
    Glob(globset::GlobMatcher),
}

/// A word that is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{word}` is not a filter: {why}; write a part of a trial's name, or a glob such as `kvm::*::blocking/*`; with a `!` \
     before it, it excludes"
)]
pub struct BadFilter {
    word: String,
    why: NoFilter,
}

/// What is wrong with a word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum NoFilter {
    #[error("it is empty")]
    Empty,
    #[error("{0}")]
    Glob(globset::ErrorKind),
}

impl Filter {
    /// Takes the words of a command line.
    pub fn new(words: &[String]) -> Result<Self, BadFilter> {
        let part_or_glob = |word: &str| {
            if !word.contains(['*', '?']) {
                return Ok(Fits::Part(word.to_owned()));
            }
            let glob = globset::Glob::new(word).map_err(|error| NoFilter::Glob(error.kind().clone()))?;
            Ok(Fits::Glob(glob.compile_matcher()))
        };
        Self::of(words, part_or_glob)
    }

    /// Takes whole names of trials. Errors: a word that names nothing.
    pub fn exact(names: &[String]) -> Result<Self, BadFilter> {
        Self::of(names, |name| Ok(Fits::Whole(name.to_owned())))
    }

    fn of(words: &[String], fits: impl Fn(&str) -> Result<Fits, NoFilter>) -> Result<Self, BadFilter> {
        let parse = |text: &String| {
            let (excludes, rest) = text.strip_prefix('!').map_or((false, text.as_str()), |rest| (true, rest));
            let bad = |why| BadFilter { word: text.clone(), why };
            if rest.is_empty() {
                return Err(bad(NoFilter::Empty));
            }
            Ok(Word { text: text.clone(), excludes, fits: fits(rest).map_err(bad)? })
        };
        Ok(Self { words: words.iter().map(parse).collect::<Result<_, _>>()?, passed_over: Vec::new() })
    }

    /// The same where these cases could not be loaded: a word that excludes one of them does something.
    #[must_use]
    pub fn passing_over(self, cases: &[String]) -> Self {
        Self { passed_over: cases.to_vec(), ..self }
    }

    /// The ids of cases that could not be loaded.
    pub(super) fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// A filter that chooses what the word fits.
    pub(super) fn choosing(word: &Word) -> Self {
        Self { words: vec![Word { excludes: false, ..word.clone() }], passed_over: Vec::new() }
    }

    /// Whether the trial is chosen.
    pub fn chooses(&self, id: &TrialId) -> bool {
        self.chooses_either(&id.to_string(), &id.case)
    }

    /// Whether the case is chosen, by its id alone.
    pub fn chooses_case(&self, id: &str) -> bool {
        self.chooses_either(id, id)
    }

    fn chooses_either(&self, name: &str, case: &str) -> bool {
        self.includes(name, case) && !self.words.iter().any(|word| word.excludes && word.fits(name, case))
    }

    /// Whether the trial or case of this name is chosen by a word, before any word excludes it.
    pub(super) fn includes(&self, name: &str, case: &str) -> bool {
        let mut choosing = self.words.iter().filter(|word| !word.excludes).peekable();
        choosing.peek().is_none() || choosing.any(|word| word.fits(name, case))
    }

    /// Its words, as they were written.
    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }
}

impl Word {
    /// Whether it fits a trial of this name, or a case: then both are its id.
    pub(super) fn fits(&self, name: &str, case: &str) -> bool {
        match &self.fits {
            Fits::Part(part) => name.contains(part.as_str()),
            Fits::Whole(whole) => name == *whole,
            // A glob without the machine's part is meant for the case alone.
            Fits::Glob(glob) => glob.is_match(name) || glob.is_match(case),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> TrialId {
        let [machine, mode, path] = ["model:amd", "long", "ioctl"].map(str::to_owned);
        TrialId { machine, mode, path, case: "blocking/one-is-held".to_owned() }
    }

    fn filter(words: &[&str]) -> Result<Filter, BadFilter> {
        Filter::new(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    }

    fn chosen(words: &[&str]) -> bool {
        filter(words).unwrap().chooses(&id())
    }

    #[test]
    fn no_word_chooses_all() {
        assert!(chosen(&[]));
    }

    #[test]
    fn a_part_of_the_name_chooses() {
        assert!(chosen(&["long::ioctl"]));
        assert!(chosen(&["model:amd::long::ioctl::blocking/one-is-held"]));
        assert!(!chosen(&["real"]));
    }

    #[test]
    fn an_exact_name_must_be_the_whole_name() {
        let exact = |name: &str| Filter::exact(&[name.to_owned()]).unwrap().chooses(&id());
        assert!(exact(&id().to_string()));
        assert!(!exact("model:amd::long::ioctl::blocking/one"));
        assert!(!exact(&format!("!{}", id())));
        assert!(exact("!model:amd::long::ioctl::blocking/one"));
    }

    #[test]
    fn any_word_is_enough() {
        assert!(chosen(&["real", "blocking"]));
    }

    #[test]
    fn globs_match_the_name_or_the_case() {
        assert!(chosen(&["blocking/*"]));
        assert!(chosen(&["model:*::long::*"]));
        assert!(!chosen(&["delivery/*"]));
    }

    #[test]
    fn an_excluding_word_wins_wherever_it_stands() {
        for words in [["blocking", "!blocking/one-*"], ["!one-is", "blocking"], ["!*::ioctl::*", "long"]] {
            assert!(!chosen(&words), "{words:?}");
        }
        assert!(chosen(&["blocking", "!real", "!delivery/*"]));
    }

    #[test]
    fn excluding_words_alone_mean_all_but() {
        assert!(chosen(&["!real"]));
        assert!(!chosen(&["!long"]));
    }

    #[test]
    fn cases_are_chosen_by_their_ids() {
        let case = |words: &[&str]| filter(words).unwrap().chooses_case("blocking/one-is-held");
        assert!(case(&[]) && case(&["one"]) && case(&["blocking/*"]) && case(&["!delivery"]));
        assert!(!case(&["long"]) && !case(&["delivery"]) && !case(&["blocking", "!*-held"]));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for bad in ["[a*", "![a*", "!", ""] {
            let error = filter(&[bad]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{bad}` is not a filter: ")), "{error}");
        }
    }
}
