//! Ranges of kernel releases.

use std::cmp::Ordering;
use std::str::FromStr;

use crate::terms::release_numbers;

/// A range of kernel releases: `>=6.1, <7`, `6.12.*`, `=6.12.3`. All comparisons must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelRange {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// The release compares to the version in one of these ways; missing numbers count as 0.
    Compare(&'static [Ordering], [u32; 3]),
    /// The release's first numbers are these.
    Series(Vec<u32>),
}

impl KernelRange {
    /// Whether a version (`6.12.117`, `6.12.117-generic`, Debian's `6.1.192-2`) is in the range. One that does not start with a
    /// number is in no range.
    pub fn holds(&self, release: &str) -> bool {
        let Some(release) = release_numbers(release) else { return false };
        self.parts.iter().all(|part| match part {
            Part::Compare(allowed, version) => allowed.contains(&release.cmp(version)),
            Part::Series(prefix) => release.starts_with(prefix),
        })
    }

    /// The range as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Why a text is no range of kernels.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKernelRange {
    /// A part has none of the forms.
    #[error("`{0}` is not `>=6.1`, `<7`, `=6.12.3` or `6.12.*`")]
    Form(String),
    /// A version is not made of numbers.
    #[error("`{0}` is not a kernel version")]
    Version(String),
    /// A version has too many numbers.
    #[error("`{0}` has more than three numbers")]
    Length(String),
}

impl FromStr for KernelRange {
    type Err = BadKernelRange;

    fn from_str(text: &str) -> Result<Self, BadKernelRange> {
        let parts = text.split(',').map(|part| Part::from_str(part.trim())).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), parts })
    }
}

impl FromStr for Part {
    type Err = BadKernelRange;

    fn from_str(text: &str) -> Result<Self, BadKernelRange> {
        use Ordering::{Equal, Greater, Less};
        let operators: [(&str, &'static [Ordering]); 5] =
            [(">=", &[Greater, Equal]), ("<=", &[Less, Equal]), (">", &[Greater]), ("<", &[Less]), ("=", &[Equal])];
        for (operator, allowed) in operators {
            if let Some(version) = text.strip_prefix(operator) {
                let numbers = numbers(version.trim())?;
                let at = |index: usize| numbers.get(index).copied().unwrap_or(0);
                return Ok(Part::Compare(allowed, [at(0), at(1), at(2)]));
            }
        }
        match text.strip_suffix(".*") {
            Some(series) => numbers(series).map(Part::Series),
            None => Err(BadKernelRange::Form(text.to_owned())),
        }
    }
}

/// One to three numbers with dots between them.
fn numbers(text: &str) -> Result<Vec<u32>, BadKernelRange> {
    let numbers: Vec<u32> = text
        .split('.')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| BadKernelRange::Version(text.to_owned()))?;
    if numbers.len() > 3 { Err(BadKernelRange::Length(text.to_owned())) } else { Ok(numbers) }
}

#[cfg(test)]
mod tests {
    use super::KernelRange;

    fn holds(range: &str, release: &str) -> bool {
        range.parse::<KernelRange>().unwrap().holds(release)
    }

    #[test]
    fn comparisons_must_all_hold() {
        assert!(holds(">=6.1, <7", "6.12.117-generic"));
        assert!(holds(">=6.1, <7", "6.1"));
        assert!(!holds(">=6.1, <7", "6.0.19"));
        assert!(!holds(">=6.1, <7", "7.0.0-rc1"));
        assert!(holds("<=6.12.3", "6.12.3"));
        assert!(!holds(">6.12.3", "6.12.3"));
        assert!(holds("=6.12.3", "6.12.3+"));
    }

    #[test]
    fn series_match_by_number_not_by_text() {
        assert!(holds("6.12.*", "6.12.117"));
        assert!(!holds("6.1.*", "6.12.117"));
        assert!(holds("6.*", "6.12.117"));
    }

    #[test]
    fn what_is_not_a_release_lies_in_no_range() {
        assert!(!holds(">=0", "next-20260101"));
        assert!(!holds(">=0", ""));
        assert!(!holds(">=0", "99999999999.1"));
    }

    #[test]
    fn bad_ranges_are_refused() {
        for bad in ["", "6.12", ">=", ">=6.x", "6.12.3.4.*", ">=6.1,,<7", "~6", "*", ">=-1", "=6.1.99999999999"] {
            assert!(bad.parse::<KernelRange>().is_err(), "{bad}");
        }
    }
}
