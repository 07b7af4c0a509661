use reports::TrialId;

/// Chooses trials: each word is a part of the trial's name, or a glob for the whole name where it has a `*`. A trial is
/// chosen by any word; without words all are.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    words: Vec<Word>,
}

#[derive(Clone, Debug)]
enum Word {
    Part(String),
    Whole(String),
    Glob(globset::GlobMatcher),
}

/// A word that is no glob.
#[derive(Clone, Debug, thiserror::Error)]
#[error("`{word}` is not a filter: {why}; write a part of a trial's name, or a glob such as `kvm::*::blocking/*`")]
pub struct BadFilter {
    word: String,
    why: String,
}

impl Filter {
    /// Takes the words of a command line.
    pub fn new(words: &[String]) -> Result<Self, BadFilter> {
        let parse = |word: &String| {
            if !word.contains(['*', '?']) {
                return Ok(Word::Part(word.clone()));
            }
            let bad = |error: globset::Error| BadFilter { word: word.clone(), why: error.kind().to_string() };
            Ok(Word::Glob(globset::Glob::new(word).map_err(bad)?.compile_matcher()))
        };
        Ok(Self { words: words.iter().map(parse).collect::<Result<_, _>>()? })
    }

    /// Takes whole names of trials.
    pub fn exact(names: &[String]) -> Self {
        Self { words: names.iter().cloned().map(Word::Whole).collect() }
    }

    /// Whether the trial is chosen.
    pub fn chooses(&self, id: &TrialId) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let name = id.to_string();
        self.words.iter().any(|word| match word {
            Word::Part(part) => name.contains(part.as_str()),
            Word::Whole(whole) => name == *whole,
            // A glob without the machine's part is meant for the case alone.
            Word::Glob(glob) => glob.is_match(&name) || glob.is_match(&id.case),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> TrialId {
        let [machine, mode, path] = ["model:amd", "long", "ioctl"].map(str::to_owned);
        TrialId { machine, mode, path, case: "blocking/one-is-held".to_owned() }
    }

    fn chosen(words: &[&str]) -> bool {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        Filter::new(&words).unwrap().chooses(&id())
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
    fn an_exact_name_is_no_part() {
        assert!(Filter::exact(&[id().to_string()]).chooses(&id()));
        assert!(!Filter::exact(&["model:amd::long::ioctl::blocking/one".to_owned()]).chooses(&id()));
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
    fn a_broken_glob_is_refused() {
        assert!(Filter::new(&["[a*".to_owned()]).is_err());
    }
}
