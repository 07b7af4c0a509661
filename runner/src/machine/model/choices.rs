//! Which of the behaviours that the manuals allow is taken, so that every combination can be tried.

use spec::Allowed;

/// The choices of one run, by number: 0 is what KVM does, the others are the rest of the set in its order. Where none is fixed, it
/// is 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choices {
    fixed: Vec<usize>,
    /// Each choice so far: its number, and how many there were to choose from.
    made: Vec<(usize, usize)>,
}

impl Choices {
    /// One of what is allowed. `kvm`: what KVM does, if it is among them.
    pub(crate) fn choose<T: Copy + PartialEq>(&mut self, allowed: Allowed<T>, kvm: T) -> T {
        let values = allowed.values();
        let kvm = match *values {
            [only] => return only,
            [first, ..] if !values.contains(&kvm) => first,
            _ => kvm,
        };
        let wanted = self.fixed.get(self.made.len()).copied().unwrap_or(0);
        let mut others = values.iter().copied().filter(|&value| value != kvm);
        let other = wanted.checked_sub(1).and_then(|number| others.nth(number));
        self.made.push((if other.is_some() { wanted } else { 0 }, values.len()));
        other.unwrap_or(kvm)
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
            let first = choices.choose(Allowed::any_of(&[1, 2, 3]), 2);
            let fixed = choices.choose(Allowed::YES, false);
            // What is asked may depend on what was chosen.
            let second = if first == 2 { choices.choose(Allowed::MAY, true) } else { false };
            seen.push((first, fixed, second));
            match choices.next() {
                Some(next) => choices = next,
                None => break,
            }
        }
        assert_eq!(seen, [(2, true, true), (2, true, false), (1, true, false), (3, true, false)]);
    }
}
