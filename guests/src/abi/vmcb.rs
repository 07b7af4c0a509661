//! The word `vmcb`: one field of a guest hypervisor's VMCB.

use x86::svm::{Event, Field, IntCtl, Intercept, event_type, field};

use super::parts as names;
use crate::{map, vector};

/// A named part of a field: its bits, at an offset in the VMCB.
struct Part {
    name: String,
    offset: u16,
    bits: u32,
}

/// What `vmcb OPERANDS` expands to: `FIELD = VALUE`, or `FIELD +BIT -BIT ...`.
///
/// Errors: what is wrong, in words.
pub(super) fn write(operands: &str) -> Result<Vec<String>, String> {
    let (name, rest) = names::split(operands);
    let parts = parts(name);
    if let Some(value) = rest.strip_prefix('=') {
        let field = find(name)?;
        let of = |word: &str| parts.iter().find(|part| part.name == word).map(|part| part.bits);
        let value = names::with_names(value.trim(), of);
        if value.is_empty() {
            return Err(format!("`vmcb {name} =` needs a value"));
        }
        return Ok(assign(field, &value));
    }
    if name != INTERCEPTS {
        find(name)?;
    }
    if rest.is_empty() {
        return Err(format!("`vmcb {name}` needs `= VALUE`, or bits such as `+NMI`"));
    }
    if parts.is_empty() {
        return Err(format!("no bits of `{name}` have names: write `vmcb {name} = VALUE`"));
    }
    rest.split_whitespace().map(|change| one_bit(name, change, &parts)).collect()
}

/// The field whose words hold the intercepts that are no exceptions.
const INTERCEPTS: &str = "intercepts";

/// The field called `name`.
fn find(name: &str) -> Result<Field, String> {
    if name == INTERCEPTS {
        return Err("`intercepts` are several words: add and remove single ones, such as `+NMI -VMMCALL`".to_owned());
    }
    let known = field::NAMED.iter().find(|(known, _)| *known == name).map(|&(_, field)| field);
    known.ok_or_else(|| names::no_field("VMCB", name, field::NAMED.iter().map(|(known, _)| *known).chain([INTERCEPTS])))
}

/// The named parts of the field called `name`.
fn parts(name: &str) -> Vec<Part> {
    let part = |field: Field, name: &str, bits: u32| Part { name: name.to_owned(), offset: field.offset, bits };
    let event = |kind: u8| Event::new().with_kind(kind).with_valid(true).into_bits() as u32;
    match name {
        INTERCEPTS => Intercept::NAMED
            .map(|(name, one)| Part { name: name.to_owned(), offset: one.offset(), bits: one.bit() })
            .into_iter()
            .collect(),
        "exceptions" => vector::NAMED
            .iter()
            .filter(|&&(_, vector)| vector < vector::EXCEPTIONS && vector != vector::NMI)
            .map(|&(name, vector)| part(field::EXCEPTIONS, &name.to_uppercase(), 1 << vector))
            .collect(),
        "int_ctl" => IntCtl::NAMED.iter().map(|&(name, bit)| part(field::INT_CTL, name, bit)).collect(),
        "eventinj" => [
            ("INTR", event_type::INTR),
            ("NMI", event_type::NMI),
            ("EXCEPTION", event_type::EXCEPTION),
            ("SOFTWARE", event_type::SOFTWARE),
        ]
        .map(|(name, kind)| part(field::EVENTINJ, name, event(kind)))
        .into_iter()
        .collect(),
        _ => Vec::new(),
    }
}

/// A quadword is written by halves: an immediate of 32 bits would be sign-extended.
fn assign(field: Field, value: &str) -> Vec<String> {
    let at = map::VMCB + u64::from(field.offset);
    match field.bytes {
        1 => vec![format!("mov byte [{at:#x}], {value}")],
        2 => vec![format!("mov word [{at:#x}], {value}")],
        4 => vec![format!("mov dword [{at:#x}], {value}")],
        _ => vec![
            format!("mov dword [{at:#x}], ({value}) & 0xffffffff"),
            format!("mov dword [{:#x}], (({value}) >> 32) & 0xffffffff", at + 4),
        ],
    }
}

/// `+BIT` or `-BIT`.
fn one_bit(name: &str, change: &str, parts: &[Part]) -> Result<String, String> {
    let (sets, bit) = names::change(change)?;
    let Some(part) = parts.iter().find(|part| part.name == bit) else {
        return Err(names::no_bit(name, bit, parts.iter().map(|part| part.name.as_str())));
    };
    let at = map::VMCB + u64::from(part.offset);
    Ok(match sets {
        true => format!("or dword [{at:#x}], {:#x}", part.bits),
        false => format!("and dword [{at:#x}], {:#x}", !part.bits),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_set_and_cleared_in_their_words() {
        assert_eq!(
            write("intercepts +NMI -VMMCALL"),
            Ok(vec!["or dword [0x2500c], 0x2".to_owned(), "and dword [0x25010], 0xfffffffd".to_owned()])
        );
        assert_eq!(write("exceptions +NP"), Ok(vec!["or dword [0x25008], 0x800".to_owned()]));
        assert_eq!(write("int_ctl -V_NMI_MASK"), Ok(vec!["and dword [0x25060], 0xffffefff".to_owned()]));
    }

    #[test]
    fn values_are_as_wide_as_their_field() {
        assert_eq!(write("asid=2"), Ok(vec!["mov dword [0x25058], 2".to_owned()]));
        assert_eq!(write("shadow = 1"), Ok(vec!["mov byte [0x25068], 1".to_owned()]));
        assert_eq!(
            write("eventinj = NMI | 0x55"),
            Ok(vec![
                "mov dword [0x250a8], (0x80000200 | 0x55) & 0xffffffff".to_owned(),
                "mov dword [0x250ac], ((0x80000200 | 0x55) >> 32) & 0xffffffff".to_owned(),
            ])
        );
    }

    #[test]
    fn bad_operands_get_an_answer() {
        let bad = [
            "",
            "rip",
            "rip =",
            "rpi = 3",
            "rip +NMI",
            "intercepts = 3",
            "intercepts +NIM",
            "int_ctl V_NMI",
            "int_ctl +V_NIM",
        ];
        let errors: Vec<String> = bad.iter().map(|operands| write(operands).expect_err(operands)).collect();
        insta::assert_snapshot!(errors.join("\n"));
    }
}
