use super::args::{DiffArgs, MatrixArgs, Places};
use crate::Failure;

/// `lab matrix`.
pub(super) fn matrix(_places: &Places, args: &MatrixArgs) -> Result<u8, Failure> {
    Err(Failure::Trouble(format!("{args:?}")))
}

/// `lab diff`.
pub(super) fn diff(_places: &Places, args: &DiffArgs) -> Result<u8, Failure> {
    Err(Failure::Trouble(format!("{args:?}")))
}
