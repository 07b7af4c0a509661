//! Finds the saved runs that the two words of `lab diff` compare.

use std::fmt;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::places::Places;
use crate::Failure;

/// A saved run, with the target and kernel from its file's name: `amd-vnmi@6.12.117.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) target: String,
    pub(super) kernel: String,
    pub(super) file: PathBuf,
}

impl Named {
    /// The run in a file. Without an `@` the whole name is taken for the target.
    pub(super) fn of(file: &Path) -> Named {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (target, kernel) = stem.split_once('@').unwrap_or((&stem, ""));
        Named { target: target.to_owned(), kernel: kernel.to_owned(), file: file.to_owned() }
    }

    /// The key to sort by: target, then the kernel's numbers.
    pub(super) fn order(&self) -> (String, Vec<u32>, String) {
        let numbers = self.kernel.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
        (self.target.clone(), numbers.collect(), self.kernel.clone())
    }

    /// Whether a word names it: `amd-vnmi@6.12.117`, or with a series of kernels `amd-vnmi@6.12`.
    fn is(&self, word: &str) -> bool {
        word.split_once('@').is_some_and(|(target, kernel)| target == self.target && self.is_of_kernel(kernel))
    }

    fn is_of_kernel(&self, word: &str) -> bool {
        self.kernel.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kernel.as_str() {
            "" => f.write_str(&self.target),
            kernel => write!(f, "{}@{kernel}", self.target),
        }
    }
}

/// The pairs of runs to compare. Two kernels are compared on every target that has both, two targets on every kernel.
/// Errors: a word names no saved run, or nothing has both.
pub(super) fn pairs(saved: &[Named], a: &str, b: &str) -> Result<Vec<(Named, Named)>, Failure> {
    let one = |word: &str| {
        let file = as_file(word).map(|file| Named::of(&file));
        // Of several releases of a series, the newest.
        file.or_else(|| saved.iter().rev().find(|named| named.is(word)).cloned())
    };
    if let Some(pair) = one(a).zip(one(b)) {
        return Ok(vec![pair]);
    }
    let of_target = |word: &str| saved.iter().filter(|named| named.target == word).cloned().collect::<Vec<_>>();
    let of_kernel = |word: &str| saved.iter().filter(|named| named.is_of_kernel(word)).cloned().collect::<Vec<_>>();
    let joined = |left: Vec<Named>, right: Vec<Named>, same: fn(&Named, &Named) -> bool| {
        let both = |left: Named| Some((right.iter().find(|right| same(&left, right))?.clone(), left));
        left.into_iter().filter_map(both).map(|(right, left)| (left, right)).collect::<Vec<_>>()
    };
    let (targets, kernels) = ([of_target(a), of_target(b)], [of_kernel(a), of_kernel(b)]);
    let found = match (targets, kernels) {
        ([left, right], _) if !left.is_empty() && !right.is_empty() => {
            joined(left, right, |left, right| left.kernel == right.kernel)
        }
        (_, [left, right]) if !left.is_empty() && !right.is_empty() => {
            joined(left, right, |left, right| left.target == right.target)
        }
        _ => {
            let known: Vec<String> = saved.iter().map(Named::to_string).collect();
            return Err(Failure::NoPair { a: a.to_owned(), b: b.to_owned(), saved: known });
        }
    };
    if found.is_empty() {
        return Err(Failure::NothingOnBoth(a.to_owned(), b.to_owned()));
    }
    Ok(found)
}

/// The last run of every target and kernel, sorted by target and then by the kernels' numbers.
pub(super) fn saved(places: &Places) -> Result<Vec<Named>, Failure> {
    let folder = places.cache()?.folder("runs")?;
    let entries = fs::read_dir(&folder)?;
    let files = entries.flatten().map(|entry| entry.path());
    let runs = files.filter(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    let mut named: Vec<Named> = runs.map(|file| Named::of(&file)).collect();
    named.sort_by_key(Named::order);
    Ok(named)
}

/// A path on the command line that is a file.
fn as_file(word: &str) -> Option<PathBuf> {
    Some(PathBuf::from(word)).filter(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Named, pairs};

    fn words(a: &str, b: &str) -> Vec<String> {
        let mut saved: Vec<Named> = ["amd-vnmi@6.12.117", "amd-vnmi@7.3.4", "intel-vnmi@6.1.192", "intel-vnmi@7.3.4"]
            .map(|name| Named::of(Path::new(&format!("runs/{name}.jsonl"))))
            .into();
        saved.sort_by_key(Named::order);
        match pairs(&saved, a, b) {
            Ok(pairs) => pairs.iter().map(|(a, b)| format!("{a} {b}")).collect(),
            Err(failure) => vec![failure.to_string()],
        }
    }

    #[test]
    fn two_runs_two_targets_or_two_kernels() {
        assert_eq!(words("amd-vnmi@6.12", "intel-vnmi@7.3.4"), ["amd-vnmi@6.12.117 intel-vnmi@7.3.4"]);
        assert_eq!(words("amd-vnmi", "intel-vnmi"), ["amd-vnmi@7.3.4 intel-vnmi@7.3.4"]);
        assert_eq!(words("6.12", "7.3"), ["amd-vnmi@6.12.117 amd-vnmi@7.3.4"]);
    }

    #[test]
    fn what_names_nothing_is_told() {
        assert!(words("amd-vnmi", "6.1").concat().contains("saved are: amd-vnmi@6.12.117"));
        assert!(words("6.1", "6.12").concat().starts_with("nothing was run on both `6.1` and `6.12`; "));
    }
}
