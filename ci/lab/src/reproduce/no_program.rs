use reports::Trouble;
use runner::reproduce::Unable;

/// Why no program can be made of a case that a finding names.
#[derive(Debug, thiserror::Error)]
pub enum NoProgram {
    /// The case does not exist.
    #[error("there is no such case")]
    Case,
    /// The case runs in no mode or over no path.
    #[error("it has no mode or no path")]
    Setting,
    /// Its guest cannot be built.
    #[error(transparent)]
    Guest(Box<Trouble>),
    /// It does what no program can.
    #[error(transparent)]
    Unable(#[from] Unable),
}
