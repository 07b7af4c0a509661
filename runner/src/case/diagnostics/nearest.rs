/// The known word nearest to `word`, if any is near enough to have been meant.
pub(in crate::case) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // strsim's time grows with the product of the lengths; nobody mistypes a known word into something this long.
    if word.len() > 100 {
        return None;
    }
    // Jaro-Winkler alone misses two swapped letters in a short word (`mis` for `msi`).
    let similarity = |candidate: &str| {
        let swapped = word.len() > 2 && strsim::osa_distance(word, candidate) == 1;
        strsim::jaro_winkler(word, candidate).max(if swapped { 0.85 } else { 0.0 })
    };
    known
        .into_iter()
        .map(|candidate| (similarity(candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

/// Help for an unknown word: the nearest known one, or all of them if they are few.
pub(in crate::case) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    if let Some(near) = nearest(word, known.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let all: Vec<&str> = known.into_iter().collect();
    match all.len() {
        0 => None,
        1..=24 => Some(format!("known: {}", all.join(", "))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, nearest};

    #[test]
    fn near_words_are_offered_and_few_words_are_listed() {
        assert_eq!(nearest("block.untill-iret", ["block.until-iret", "block.from-delivery"]), Some("block.until-iret"));
        assert_eq!(nearest("mis", ["ioctl", "msi"]), Some("msi"));
        assert_eq!(nearest("zzz", ["real", "long"]), None);
        assert_eq!(did_you_mean("zzz", ["real", "long"]).as_deref(), Some("known: real, long"));
        assert_eq!(did_you_mean("zzz", []), None);
    }
}
