use crate::case::NameAt;
use crate::case::diagnostics::Report;
use crate::case::parse::At;

/// Reads `held` or `held#2`.
pub(super) fn name_at(word: &At<String>, report: &mut Report) -> Option<NameAt> {
    let Some((name, occurrence)) = word.value.split_once('#') else {
        return Some(NameAt { name: word.value.clone(), occurrence: None });
    };
    match occurrence.parse::<u32>() {
        Ok(number @ 1..) => Some(NameAt { name: name.to_owned(), occurrence: Some(number) }),
        _ => {
            let message = format!("`#{occurrence}` does not name an occurrence");
            report.add_help(word.place, "bad-occurrence", message, "occurrences count from 1: `held#1`");
            None
        }
    }
}

/// Splits `label`, `label+2` or `label+0x10` into the label and the offset in bytes; none if the offset is no number.
pub(in crate::case) fn split_offset(text: &str) -> Option<(&str, u64)> {
    let Some((label, offset)) = text.split_once('+') else { return Some((text.trim(), 0)) };
    let offset = offset.trim();
    let number = match offset.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => offset.parse(),
    };
    // No instruction is longer than 15 bytes, no section longer than its region.
    number.ok().filter(|number| *number < 0x1_0000).map(|number| (label.trim(), number))
}

#[cfg(test)]
mod tests {
    use super::split_offset;

    #[test]
    fn offsets_are_decimal_or_hexadecimal() {
        assert_eq!(split_offset("again"), Some(("again", 0)));
        assert_eq!(split_offset("again+2"), Some(("again", 2)));
        assert_eq!(split_offset("again + 0x10"), Some(("again", 16)));
        assert_eq!(split_offset("again+x"), None);
        assert_eq!(split_offset("again+99999999999999999999"), None);
    }
}
