//! Parsers of the values of flags, and their error messages.

use std::num::{NonZeroU32, NonZeroUsize};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use guests::Mode;
use reports::{HostFact, Kind};

use crate::machine::faulty::Fault;
use crate::suite::MachineSpec;
use crate::terms::{Pass, Path, Vendor};

/// The machines that one `--machine` names.
#[derive(Clone, Debug)]
pub(super) struct Machines(pub(super) Vec<MachineSpec>);

/// Help that ends with the names of all machines.
pub(super) fn machine_help(what: &str) -> String {
    let faults: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    format!(
        "{what}. Machines are kvm, model (both of model:amd and model:intel), and faulty:NAME, which plants a fault: {}",
        faults.join(", ")
    )
}

pub(super) fn machines(word: &str) -> Result<Machines, String> {
    MachineSpec::parse(word).map(Machines).map_err(|error| error.to_string())
}

pub(super) fn times(word: &str) -> Result<NonZeroU32, String> {
    word.parse().map_err(|_| "write how many times, from 1 on".to_owned())
}

pub(super) fn jobs(word: &str) -> Result<NonZeroUsize, String> {
    word.parse().map_err(|_| "write how many trials, from 1 on".to_owned())
}

pub(super) fn count(word: &str) -> Result<usize, String> {
    word.parse().map_err(|_| "write how many to list, or 0 for all".to_owned())
}

/// The outcomes that one `--outcome` names.
#[derive(Clone, Debug)]
pub(super) struct Outcomes(pub(super) Vec<Kind>);

/// Every outcome by its name, and `fail`.
pub(super) fn outcomes() -> impl TypedValueParser<Value = Outcomes> {
    const FAIL: &str = "fail";
    let names = std::iter::once(FAIL).chain(Kind::ALL.map(Kind::name));
    PossibleValuesParser::new(names).map(|word| {
        let of_word = |kind: &Kind| if word == FAIL { kind.is_failure() } else { kind.name() == word };
        Outcomes(Kind::ALL.into_iter().filter(of_word).collect())
    })
}

/// A parser for one of these values by its name. Clap lists the names in the help, and suggests one for a misspelled word.
fn one_of<T: Clone + Send + Sync + 'static>(
    all: impl IntoIterator<Item = T>,
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let all: Vec<T> = all.into_iter().collect();
    let names: Vec<&'static str> = all.iter().cloned().map(name).collect();
    PossibleValuesParser::new(names).try_map(move |word| {
        all.iter().find(|value| name((*value).clone()) == word).cloned().ok_or("not one of the values")
    })
}

pub(super) fn modes() -> impl TypedValueParser<Value = Mode> {
    one_of(Mode::ALL, Mode::name)
}

pub(super) fn vendors() -> impl TypedValueParser<Value = Vendor> {
    one_of(Vendor::ALL.iter().copied(), Vendor::name)
}

pub(super) fn paths() -> impl TypedValueParser<Value = Path> {
    one_of(Path::ALL.iter().copied(), Path::name)
}

pub(super) fn passes() -> impl TypedValueParser<Value = Pass> {
    one_of(Pass::ALL.iter().copied(), Pass::name)
}

pub(super) const fn micros(time: std::time::Duration) -> u64 {
    time.as_micros() as u64
}

pub(super) fn seconds(word: &str) -> Result<std::time::Duration, String> {
    let seconds: f64 = word.parse().map_err(|_| "write a number of seconds, such as 2.5".to_owned())?;
    if (0.01..=3600.0).contains(&seconds) {
        Ok(std::time::Duration::from_secs_f64(seconds))
    } else {
        Err("write between 0.01 and 3600 seconds".to_owned())
    }
}

/// Reads a fact as a flag gives it: `NAME=VALUE`.
pub(super) fn fact(word: &str) -> Result<HostFact, String> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    let [name, value] = [name, value].map(str::trim);
    if name.is_empty() || value.is_empty() || word.contains(char::is_control) {
        return Err("write a name and what is so, in one line, such as `rack=7`".to_owned());
    }
    Ok(HostFact { name: name.to_owned(), value: value.to_owned(), detail: false })
}

/// A number as a flag gives it: `25`, `0x19` or `19h`.
pub(super) fn number(word: &str) -> Result<u32, String> {
    let hexadecimal = word.strip_prefix("0x").or_else(|| word.strip_suffix(['h', 'H']));
    let (digits, radix) = hexadecimal.map_or((word, 10), |digits| (digits, 16));
    // `from_str_radix` accepts a sign.
    let number = u32::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'));
    number.ok_or_else(|| "write a number such as 25, 0x19 or 19h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_has_a_name_and_a_value() {
        let read = |word| fact(word).map(|fact| (fact.name, fact.value));
        let whole = ("processor-note".to_owned(), "emulated VNMI (QEMU, a=b)".to_owned());
        assert_eq!(read("processor-note=emulated VNMI (QEMU, a=b)"), Ok(whole));
        for bad in ["", "=", "name", "name=", "=value", " = ", "a=b\nc"] {
            assert!(fact(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn numbers_are_decimal_or_hexadecimal() {
        assert_eq!([number("25"), number("0x19"), number("19h"), number("19H")], [const { Ok(25) }; 4]);
        for bad in ["", "h", "0x", "+1", "0x+1", "-1", "zen", "1a", "99999999999"] {
            assert!(number(bad).is_err(), "{bad}");
        }
    }
}
