//! "Did you mean".

/// `did you mean ...` for the known word nearest to `word`, if one is near enough to be a slip of the pen.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let word = word.get(..64).unwrap_or(word).to_ascii_lowercase();
    let limit = if word.len() < 3 { 1 } else { word.len().div_ceil(3).min(3) };
    let mut rows = Rows::default();
    known
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= limit)
        .map(|candidate| (rows.distance(word.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// The rows of the table of distances, kept between words: there are thousands of mnemonics.
#[derive(Default)]
struct Rows {
    before: Vec<usize>,
    above: Vec<usize>,
    row: Vec<usize>,
}

impl Rows {
    /// Edit distance in which swapping two neighbours counts once (optimal string alignment), whatever the case.
    fn distance(&mut self, left: &[u8], right: &[u8]) -> usize {
        self.above.clear();
        self.above.extend(0..=right.len());
        for (i, a) in left.iter().enumerate() {
            self.row.clear();
            self.row.push(i + 1);
            for (j, b) in right.iter().enumerate() {
                let changed = self.above[j] + usize::from(!a.eq_ignore_ascii_case(b));
                let mut best = changed.min(self.above[j + 1] + 1).min(self.row[j] + 1);
                if i > 0 && j > 0 && left[i - 1].eq_ignore_ascii_case(b) && right[j - 1].eq_ignore_ascii_case(a) {
                    best = best.min(self.before[j - 1] + 1);
                }
                self.row.push(best);
            }
            std::mem::swap(&mut self.before, &mut self.above);
            std::mem::swap(&mut self.above, &mut self.row);
        }
        self.above.last().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("mvo", ["mov", "add"]).as_deref(), Some("did you mean `mov`?"));
        assert_eq!(nearest("irteq", ["iretd", "iretq"]).as_deref(), Some("did you mean `iretq`?"));
        assert_eq!(nearest("frobnicate", ["mov", "add"]), None);
    }
}
