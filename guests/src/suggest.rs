//! "Did you mean": the known words that are near to an unknown one.

/// Longer words are not compared: the time grows with the product of the lengths.
const LONGEST: usize = 200;
/// Lowest Jaro-Winkler similarity of a word that is offered.
const SIMILAR: f64 = 0.8;
/// Lowest score of words that differ by a typo.
const SLIP: f64 = 1.0;
/// Most known words that are all listed if none is near.
const FEW: usize = 24;

/// The known word that differs from `word` by a typo, if there is one: up to three letters that are wrong, missing, too many
/// or swapped; upper and lower case are equal.
pub fn slip<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    best(word, known, slipped)
}

/// The known word nearest to `word`, if any is near enough to have been meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    best(word, known, similarity)
}

/// The known words near to `word`, the nearest first, at most `most`. Last parts of paths are compared, too, and a known word that
/// contains `word` counts as near. If a typo explains it, nothing else is offered.
pub fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let scored = known.into_iter().filter_map(|candidate| {
        let part = (word.len() > 2 && candidate.contains(word)).then_some(SLIP);
        let whole = similarity(word, candidate);
        let scores = [part, whole, similarity(word, last(candidate)), similarity(last(word), last(candidate))];
        Some((scores.into_iter().flatten().reduce(f64::max)?, whole.unwrap_or(0.0), candidate))
    });
    let mut scored: Vec<(f64, f64, &str)> = scored.collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.1.total_cmp(&one.1)));
    let slipped = scored.first().is_some_and(|best| best.0 >= SLIP);
    let offered = scored.into_iter().take_while(|one| one.0 >= SLIP || !slipped);
    offered.take(most).map(|(_, _, candidate)| candidate).collect()
}

fn last(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// The question whether this word was meant.
pub fn meant(word: &str) -> String {
    format!("did you mean `{word}`?")
}

/// Help for an unknown word: the nearest known one, or all of them if they are few.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(near) = nearest(word, known.clone()) {
        return Some(meant(near));
    }
    let all: Vec<&str> = known.into_iter().take(FEW + 1).collect();
    (1..=FEW).contains(&all.len()).then(|| format!("known: {}", all.join(", ")))
}

fn best<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    score: impl Fn(&str, &str) -> Option<f64>,
) -> Option<&'a str> {
    // Of equally near words the one that starts alike, and of those the last: `ist4` was probably meant to be `ist3`.
    let scored = known.into_iter().filter_map(|candidate| {
        score(word, candidate).map(|score| (score, strsim::jaro_winkler(word, candidate), candidate))
    });
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    best.map(|(_, _, candidate)| candidate)
}

/// How near the words are, from 0; above [`SLIP`] if they differ by a typo.
fn similarity(word: &str, candidate: &str) -> Option<f64> {
    if word.len() > LONGEST {
        return None;
    }
    slipped(word, candidate).or_else(|| Some(strsim::jaro_winkler(word, candidate)).filter(|&near| near > SIMILAR))
}

/// A score above [`SLIP`], higher the fewer letters differ. Swapping two neighbours counts once (optimal string alignment).
fn slipped(word: &str, candidate: &str) -> Option<f64> {
    let limit = if word.len() < 3 { 1 } else { word.len().div_ceil(3).min(3) };
    if word.len() > LONGEST || candidate.len().abs_diff(word.len()) > limit {
        return None;
    }
    let distance = strsim::osa_distance(&word.to_ascii_lowercase(), &candidate.to_ascii_lowercase());
    (distance <= limit).then(|| SLIP + 1.0 - distance as f64 / (limit + 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_far_words_are_not() {
        assert_eq!(slip("mvo", ["mov", "add"]), Some("mov"));
        assert_eq!(slip("irteq", ["iretd", "iretq"]), Some("iretq"));
        assert_eq!(slip("MOVE", ["mov", "add"]), Some("mov"));
        assert_eq!(slip("iretx", ["iretd", "iret", "iretw"]), Some("iret"));
        assert_eq!(slip("ist4", ["ist1", "ist2", "ist3"]), Some("ist3"));
        assert_eq!(slip("frobnicate", ["mov", "add"]), None);
    }

    #[test]
    fn near_words_are_offered_and_few_words_are_listed() {
        assert_eq!(nearest("block.untill-iret", ["block.until-iret", "block.from-delivery"]), Some("block.until-iret"));
        assert_eq!(nearest("mis", ["ioctl", "msi"]), Some("msi"));
        assert_eq!(nearest("zzz", ["real", "long"]), None);
        assert_eq!(did_you_mean("zzz", ["real", "long"]).as_deref(), Some("known: real, long"));
        assert_eq!(did_you_mean("zzz", []), None);
        assert_eq!(nearest(&"m".repeat(100_000), ["m"]), None);
    }

    #[test]
    fn several_are_offered_the_nearest_first() {
        let known = ["blocking/one-is-held", "blocking/second-nmi-waits", "delivery/one-is-lost", "shadow/sti"];
        assert_eq!(near("blocking/one-is-hold", known, 1), ["blocking/one-is-held"]);
        assert_eq!(near("blocking/one-is-lots", known, 1), ["delivery/one-is-lost"], "in another folder");
        assert_eq!(near("second-nmi-wait", known, 1), ["blocking/second-nmi-waits"]);
        assert_eq!(near("one-is-hled", known, 1), ["blocking/one-is-held"]);
        assert_eq!(near("nmi-waits", known, 3), ["blocking/second-nmi-waits"]);
        assert_eq!(near("delivrey/", ["blocking/", "delivery/"], 3), ["delivery/"]);
        assert!(near("zzz", known, 3).is_empty() && near("", known, 3).is_empty() && near("/", known, 3).is_empty());
    }
}
