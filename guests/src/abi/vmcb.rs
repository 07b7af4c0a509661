//! The word `vmcb`: one field of a guest hypervisor's VMCB.

use x86::svm::{Event, Field, IntCtl, Intercept, event_type, field};

use super::parts::{self, Change};
use super::word_error::WordError;
use crate::map;

/// A named bit of a field, or several: the offset of their word in the VMCB, and their mask.
type Bits = (u16, u32);

/// What `vmcb OPERANDS` expands to: `FIELD = VALUE`, or `FIELD +BIT -BIT ...`.
pub(super) fn write(operands: &str) -> Result<Vec<String>, WordError> {
    let (name, rest) = parts::split(operands);
    let field = if name == INTERCEPTS { None } else { Some(find(name)?) };
    match parts::change("vmcb", (name, rest), &bits(name), |&(_, mask)| mask)? {
        Change::Value(value) => field.map(|field| assign(field, &value)).ok_or(WordError::Intercepts),
        Change::Bits(changes) => Ok(changes.into_iter().map(|(sets, bits)| one_bit(sets, *bits)).collect()),
    }
}

/// The field whose words hold the intercepts other than those of exceptions.
const INTERCEPTS: &str = "intercepts";

/// The field called `name`.
fn find(name: &str) -> Result<Field, WordError> {
    let known = field::NAMED.iter().find(|(known, _)| *known == name).map(|&(_, field)| field);
    known.ok_or_else(|| parts::no_field("VMCB", name, field::NAMED.iter().map(|(known, _)| *known).chain([INTERCEPTS])))
}

/// The named bits of the field called `name`.
fn bits(name: &str) -> Vec<(String, Bits)> {
    let of = |field: Field, named: &[(&str, u32)]| {
        named.iter().map(|&(name, mask)| (name.to_owned(), (field.offset, mask))).collect()
    };
    let event = |kind: u8| Event::new().with_kind(kind).with_valid(true).into_bits() as u32;
    match name {
        INTERCEPTS => Intercept::NAMED.map(|(name, one)| (name.to_owned(), (one.offset(), one.bit()))).into(),
        "exceptions" => parts::exceptions().map(|(name, mask)| (name, (field::EXCEPTIONS.offset, mask))).collect(),
        "int_ctl" => of(field::INT_CTL, &IntCtl::NAMED),
        "eventinj" => of(
            field::EVENTINJ,
            &[
                ("INTR", event(event_type::INTR)),
                ("NMI", event(event_type::NMI)),
                ("EXCEPTION", event(event_type::EXCEPTION)),
                ("SOFTWARE", event(event_type::SOFTWARE)),
            ],
        ),
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

/// Sets or clears bits.
fn one_bit(sets: bool, (offset, mask): Bits) -> String {
    let at = map::VMCB + u64::from(offset);
    if sets { format!("or dword [{at:#x}], {mask:#x}") } else { format!("and dword [{at:#x}], {:#x}", !mask) }
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
        let errors: Vec<String> = bad.iter().map(|operands| write(operands).expect_err(operands).to_string()).collect();
        insta::assert_snapshot!(errors.join("\n"));
    }
}
