use reports::OutputError;

use super::start::Failure;

/// An output that cannot be: bad input where another name would do, otherwise trouble.
pub(super) fn refused(error: OutputError) -> Failure {
    match error {
        OutputError::Refused { .. } => Failure::Input(format!("error: {error}")),
        OutputError::Io(_) => Failure::Trouble(error.to_string()),
    }
}
