use crate::case::NameAt;
use crate::case::diagnostics::Report;
use crate::case::parse::At;

/// Reads `held` or `held#2`.
pub(super) fn name_at(word: &At<String>, report: &mut Report) -> Option<NameAt> {
    let name = split_occurrence(&word.value);
    if name.is_none() {
        let (_, occurrence) = word.value.split_once('#').unwrap_or_default();
        let message = format!("`#{occurrence}` does not name an occurrence");
        report.add_help(word.place, "bad-occurrence", message, "occurrences count from 1: `held#1`");
    }
    name
}

/// Splits `held` or `held#2` into the name and the occurrence; `None` if that is not a number from 1.
pub(in crate::case) fn split_occurrence(text: &str) -> Option<NameAt> {
    let Some((name, occurrence)) = text.split_once('#') else {
        return Some(NameAt { name: text.to_owned(), occurrence: None });
    };
    let number = occurrence.parse::<u32>().ok().filter(|number| *number > 0)?;
    Some(NameAt { name: name.to_owned(), occurrence: Some(number) })
}

/// Splits `label` or `label+2` into the label and the offset in bytes; `None` if the offset is not a decimal number.
pub(in crate::case) fn split_offset(text: &str) -> Option<(&str, u64)> {
    let Some((label, offset)) = text.split_once('+') else { return Some((text.trim(), 0)) };
    let offset = offset.trim();
    // No section is longer than this.
    offset.parse().ok().filter(|number| *number < 0x1_0000).map(|number| (label.trim(), number))
}

#[cfg(test)]
mod tests {
    use super::split_offset;

    #[test]
    fn offsets_are_decimal() {
        assert_eq!(split_offset("again"), Some(("again", 0)));
        assert_eq!(split_offset("again+2"), Some(("again", 2)));
        assert_eq!(split_offset("again + 16"), Some(("again", 16)));
        assert_eq!(split_offset("again+0x10"), None);
        assert_eq!(split_offset("again+x"), None);
        assert_eq!(split_offset("again+99999999999999999999"), None);
    }
}
