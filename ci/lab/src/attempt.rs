//! What the lab tried when something failed that has no error of its own.

use std::fmt;

use crate::run::RunId;

/// What was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Watching for Ctrl-C.
    WatchForInterrupt,
    /// Assembling the guests of cases.
    BuildGuests,
    /// Creating a folder that is removed when it is no longer needed.
    CreateFolder,
    /// Writing the initramfs of a boot.
    WriteInitramfs,
    /// Writing the plan of a boot.
    WritePlan,
    /// Writing to the standard output.
    WriteOutput,
    /// Writing a file of JSON.
    WriteJson,
    /// Reading `places.json`, which says where the sources of modules are.
    ReadPlaces,
    /// Starting a program.
    Start(String),
    /// Starting the suite on this host.
    StartSuite,
    /// Reading the events that the suite writes.
    ReadEvents,
    /// Waiting for the end of the suite.
    WaitForSuite,
    /// Making one run of the shards of a run.
    JoinShards(RunId),
    /// Keeping what a bare machine's guests left.
    KeepRun,
    /// Writing what Bochs starts with.
    PrepareBochs,
    /// Running guests on a bare machine.
    RunBareMachine,
}

/// An infinitive, for the words after "failed to".
impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Attempt::WatchForInterrupt => "watch for Ctrl-C",
            Attempt::BuildGuests => "build the guests",
            Attempt::CreateFolder => "create a folder",
            Attempt::WriteInitramfs => "write the initramfs",
            Attempt::WritePlan => "write the plan",
            Attempt::WriteOutput => "write the output",
            Attempt::WriteJson => "write JSON",
            Attempt::ReadPlaces => "read places.json",
            Attempt::Start(program) => return write!(f, "start `{program}`"),
            Attempt::StartSuite => "start the suite",
            Attempt::ReadEvents => "read the suite's events",
            Attempt::WaitForSuite => "wait for the suite",
            Attempt::JoinShards(run) => return write!(f, "join the shards of {run}"),
            Attempt::KeepRun => "keep the run",
            Attempt::PrepareBochs => "prepare Bochs",
            Attempt::RunBareMachine => "run the bare machine",
        })
    }
}
