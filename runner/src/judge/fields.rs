//! The fields in which something differs from what is wanted.

use guests::Guest;
use reports::{Difference, Field, Value};

use super::place::place;
use crate::case::address;

/// Collects the fields that differ.
#[derive(Default)]
pub(super) struct Fields(Vec<Difference>);

impl Fields {
    pub(super) fn push(&mut self, field: Field, want: Value, got: Value) {
        self.0.push(Difference { field, want, got });
    }

    pub(super) fn compare<T: PartialEq + Copy>(
        &mut self,
        field: Field,
        want: Option<T>,
        got: T,
        value: impl Fn(T) -> Value,
    ) {
        if let Some(want) = want.filter(|want| *want != got) {
            self.push(field, value(want), value(got));
        }
    }

    pub(super) fn finish(self) -> Option<Vec<Difference>> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

pub(super) fn number(number: impl Into<u64>) -> Value {
    Value::Number(number.into())
}

pub(super) fn word(word: impl ToString) -> Value {
    Value::Word(word.to_string())
}

/// Compares an address with the labels that are allowed for it; returns it if it is at none of them.
pub(super) fn compare_place(
    fields: &mut Fields,
    field: Field,
    want: &[String],
    got: u64,
    guest: &Guest,
) -> Option<u64> {
    if want.is_empty() || want.iter().any(|label| address(guest, label) == Some(got)) {
        return None;
    }
    fields.push(field, Value::Labels(want.to_vec()), Value::Place(place(guest, got)));
    Some(got)
}
