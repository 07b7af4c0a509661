//! The command that runs a trial again.

use std::path::PathBuf;
use std::time::Duration;

use reports::{Outcome, TrialId};

use super::options::Options;
use crate::case::Case;
use crate::machine::jitter::Delays;

/// What changes how a trial runs, beside its name and its machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rerun {
    /// Where its case comes from, if not out of this binary.
    pub cases: Option<PathBuf>,
    /// Name of the emulator, if it was given.
    pub emulator: Option<String>,
    /// The time limit, if another than the usual one was given.
    pub time_limit: Option<Duration>,
    /// Delays between host actions.
    pub jitter: Option<Delays>,
}

impl Rerun {
    /// The same with this time limit.
    #[must_use]
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { time_limit: Some(limit).filter(|limit| *limit != Options::default().time_limit), ..self }
    }

    /// The command that runs this trial alone in the same way, for a shell.
    pub fn command(&self, id: &TrialId) -> String {
        let mut words = vec!["nmi".to_owned(), "run".to_owned(), "--machine".to_owned(), id.machine.clone()];
        let mut flag = |name: &str, value: Option<String>| {
            words.extend(value.map(|value| [name.to_owned(), value]).into_iter().flatten());
        };
        flag("--cases", self.cases.as_ref().map(|cases| cases.display().to_string()));
        flag("--emulator", self.emulator.clone());
        flag("--time-limit", self.time_limit.map(|limit| limit.as_secs_f64().to_string()));
        flag("--jitter", self.jitter.map(|delays| delays.to_string()));
        flag("--exact", Some(id.to_string()));
        let quoted = words.iter().map(|word| shlex::try_quote(word).unwrap_or(word.into()));
        quoted.collect::<Vec<_>>().join(" ")
    }

    /// Puts the command, and the place of what was expected, into whatever is shown of a failure.
    pub(super) fn put_into(&self, outcome: &mut Outcome, id: &TrialId, case: &Case) {
        if let Some(divergence) = outcome.divergence_mut() {
            divergence.rerun = self.command(id);
            if divergence.place.is_empty() {
                divergence.place = case.place(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_read_them() {
        let [machine, mode, path] = ["kvm", "long", "ioctl"].map(str::to_owned);
        let id = TrialId { machine, mode, path, case: "a/b".to_owned() };
        assert_eq!(Rerun::default().command(&id), "nmi run --machine kvm --exact kvm::long::ioctl::a/b");
        let rerun = Rerun {
            cases: Some("my cases/it's".into()),
            emulator: Some("$(x)".to_owned()),
            jitter: "7:300".parse().ok(),
            ..Rerun::default().with_limit(Duration::from_millis(300))
        };
        let command = rerun.command(&id);
        let words = shlex::split(&command).expect("a shell reads it");
        let flags = ["--cases", "my cases/it's", "--emulator", "$(x)", "--time-limit", "0.3", "--jitter", "7:300"];
        assert_eq!(words[4..12], flags, "{command}");
        assert_eq!(Rerun::default().with_limit(Options::default().time_limit), Rerun::default());
    }
}
