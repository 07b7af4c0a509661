//! Which of the behaviours that the manuals allow is taken, so that every combination can be tried.

use spec::Allowed;

/// The choices of one run, as indices into what is allowed. Where none is fixed, the first is taken, which is KVM's behaviour.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choices {
    fixed: Vec<usize>,
    /// Each choice so far: its index, and how many there were to choose from.
    made: Vec<(usize, usize)>,
}

impl Choices {
    /// One of what is allowed.
    pub(crate) fn choose<T: Copy>(&mut self, allowed: Allowed<T>) -> T {
        let values = allowed.values();
        if values.len() == 1 {
            return allowed.first();
        }
        let wanted = self.fixed.get(self.made.len()).copied().unwrap_or(0);
        let (place, value) = values.get(wanted).map_or((0, allowed.first()), |&value| (wanted, value));
        self.made.push((place, values.len()));
        value
    }

    /// The choices for the next run, which differs from this one as late as possible; `None` if all combinations were taken.
    pub(crate) fn next(&self) -> Option<Choices> {
        let last = self.made.iter().rposition(|&(place, of)| place + 1 < of)?;
        let mut fixed: Vec<usize> = self.made.iter().take(last + 1).map(|&(place, _)| place).collect();
        *fixed.last_mut()? += 1;
        Some(Choices { fixed, made: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_taken_once() {
        let mut choices = Choices::default();
        let mut seen = Vec::new();
        loop {
            let first = choices.choose(Allowed::any_of(&[1, 2, 3]));
            let fixed = choices.choose(Allowed::YES);
            // What is asked may depend on what was chosen.
            let second = if first == 2 { choices.choose(Allowed::MAY) } else { false };
            seen.push((first, fixed, second));
            match choices.next() {
                Some(next) => choices = next,
                None => break,
            }
        }
        assert_eq!(seen, [(1, true, false), (2, true, true), (2, true, false), (3, true, false)]);
    }
}
