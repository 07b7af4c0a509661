use reports::{ErratumRef, hanging, printable_lines};

use super::args::ErrataArgs;
use super::code;
use super::load;
use super::start::{Failure, print};
use crate::host::HostFacts;
use crate::suite::{errata_of, host_errata};
use crate::terms::Processor;

/// `nmi errata`: of this host's processor, of another one, or all.
pub(super) fn errata(args: &ErrataArgs) -> Result<u8, Failure> {
    let library = load::library(&args.from)?;
    let asked = Processor { vendor: args.vendor, family: args.family, model: args.model, stepping: args.stepping };
    let width = load::look().width;
    let text = if args.all || asked != Processor::default() {
        let list = errata_of(&library, asked);
        let count = match list.len() {
            0 => "none known of such a processor".to_owned(),
            1 => "1 erratum".to_owned(),
            many => format!("{many} errata"),
        };
        format!("{}{count}\n", blocks(&list, width))
    } else {
        let here = host_errata(&library, &HostFacts::read());
        format!("{}{}", blocks(&here.list, width), hanging("this host: ", &here.words, width))
    };
    print(&printable_lines(&text))?;
    Ok(code::FINE)
}

fn blocks(list: &[ErratumRef], width: usize) -> String {
    list.iter().map(|erratum| block(erratum, width)).collect()
}

fn block(erratum: &ErratumRef, width: usize) -> String {
    let ErratumRef { id, title, source, rules } = erratum;
    let sources: String = source.split("; ").map(|source| hanging("  - ", source, width)).collect();
    let (title, rules) = (hanging("  ", title, width), hanging("  rules: ", &rules.join(", "), width));
    format!("{id}\n{title}{rules}{sources}\n")
}

/// One line for each, for where there is more to say than errata.
pub(super) fn lines(list: &[ErratumRef], width: usize) -> String {
    list.iter().map(|erratum| hanging(&format!("  {}: ", erratum.id), &erratum.title, width)).collect()
}

/// A number as a flag gives it: `25`, `0x19` or `19h`.
pub(super) fn number(word: &str) -> Result<u32, String> {
    let hexadecimal = word.strip_prefix("0x").or_else(|| word.strip_suffix(['h', 'H']));
    let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_hexdigit());
    let number = match hexadecimal {
        Some(text) if digits(text) => u32::from_str_radix(text, 16).ok(),
        Some(_) => None,
        None if digits(word) => word.parse().ok(),
        None => None,
    };
    number.ok_or_else(|| "write a number such as 25, 0x19 or 19h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_decimal_or_hexadecimal() {
        assert_eq!([number("25"), number("0x19"), number("19h"), number("19H")], [const { Ok(25) }; 4]);
        for bad in ["", "h", "0x", "+1", "0x+1", "-1", "zen", "1a", "99999999999"] {
            assert!(number(bad).is_err(), "{bad}");
        }
    }
}
