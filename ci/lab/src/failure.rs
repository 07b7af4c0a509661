//! Why the lab could not do something, and the exit code that comes of it.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use reports::code;
use runner::case::Diagnostics;
use runner::command::SavedRunError;

use crate::attempt::Attempt;
use crate::findings::FindingsError;
use crate::kernel_image;
use crate::modules::ModulesError;
use crate::needs::NotInstalled;
use crate::patched::BuildError;
use crate::program::ProgramError;
use crate::reproduce::NoProgram;
use crate::serial::GuestFailure;
use crate::target::TargetError;
use crate::verdict::FilterError;

/// Why the lab could not do something.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    // Bad input.
    /// Case files are wrong.
    #[error("{}", .0.render(false).trim_end())]
    Cases(#[from] Diagnostics),
    /// A word of the command line is no filter, or does nothing.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// Such a word where targets can be named, too.
    #[error("{why}; {}`lab list` shows the targets", meant.as_ref().map(|name| format!("did you mean the target `{name}`? ")).unwrap_or_default())]
    Word {
        /// Why it is no filter.
        #[source]
        why: FilterError,
        /// The target that may have been meant.
        meant: Option<String>,
    },
    /// A target's file cannot be read or is wrong.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The data about findings cannot be read.
    #[error(transparent)]
    Findings(#[from] FindingsError),
    /// A word is neither a target nor the number of a finding.
    #[error(
        "`{0}` is no target and no number of a finding; `lab list` shows the targets, ci/lab/findings.yaml the findings"
    )]
    NoFinding(String),
    /// Nothing that was asked for has a program here.
    #[error("no finding that was asked for has a case on these targets; ci/lab/findings.yaml says which has")]
    NothingReproduces,
    /// No program can be made of a case that a finding names.
    #[error("no program can be made of {case}: {why}")]
    Reproducer {
        /// Id of the case.
        case: String,
        /// Why the case has no program.
        why: NoProgram,
    },
    /// No planted fault has this name.
    #[error("there is no mutant `{0}`; `lab mutants --list` shows all")]
    UnknownMutant(String),
    /// No target has this name.
    #[error("there is no target `{0}`; `lab list` shows all")]
    UnknownTarget(String),
    /// Debian has no such kernel.
    #[error("Debian's archive has no kernel {0}; `lab list` shows what it has")]
    UnknownKernel(String),
    /// A program that runs in the guests is not in the folder that `--binaries` names.
    #[error(
        "there is no {name} in {}; `ci/static DIR` builds it into DIR/x86_64-unknown-linux-gnu/release, or leave --binaries out",
        folder.display()
    )]
    NoBinary {
        /// File name of the program.
        name: &'static str,
        /// The folder that `--binaries` names.
        folder: PathBuf,
    },
    /// Nothing was run yet.
    #[error("no run is saved yet; start with `lab run`")]
    NoRun,
    /// Two words cannot be compared.
    #[error(
        "`{a}` and `{b}` are not two targets, two kernels or two runs; saved are: {}",
        if saved.is_empty() { "none, start with `lab run`".to_owned() } else { saved.join(", ") }
    )]
    NoPair {
        /// The first word of `lab diff`.
        a: String,
        /// The second word of `lab diff`.
        b: String,
        /// Names of the targets, kernels and runs that are saved.
        saved: Vec<String>,
    },
    /// No run is on both targets, or on both kernels.
    #[error(
        "nothing was run on both `{0}` and `{1}`; `lab run` both targets on one kernel, or one target on both kernels"
    )]
    NothingOnBoth(String, String),
    /// A capture of a serial port cannot be read.
    #[error(transparent)]
    Serial(io::Error),
    /// A capture of a serial port holds no results.
    #[error("{}:{source}", file.display())]
    Results {
        /// Path of the capture.
        file: PathBuf,
        /// What is wrong with it, after its line.
        source: crate::bare::Error,
    },
    /// Results of a bare machine are another image's.
    #[error(transparent)]
    Bare(#[from] crate::bare::Error),
    /// The filters leave a bare machine nothing to run.
    #[error("none of these trials fits a machine without a host; `lab image --help` tells which do")]
    NothingFits,
    /// A file is no saved run.
    #[error(transparent)]
    SavedRun(#[from] SavedRunError),

    // What cannot be had here; what asked for it is reported as not run.
    /// Packages are not installed.
    #[error(transparent)]
    NotInstalled(#[from] NotInstalled),
    /// Debian's archive cannot be used at all.
    #[error(
        "Debian's archive cannot be reached and nothing of it is cached ({0}); run `lab fetch` where it can, or give a \
         kernel as files: --kernel BZIMAGE:MODULES"
    )]
    NoArchive(#[source] Box<Failure>),
    /// The keys by which Debian's archive is checked are missing.
    #[error("{0} is missing (apt-get install debian-archive-keyring)")]
    NoKeyring(&'static str),
    /// apt found nothing.
    #[error("apt-get update fetched no package list; check the network or name a mirror with --mirror URL")]
    NoLists,
    /// apt knows no mirror.
    #[error("this machine's apt knows no mirror of Debian; name one with --mirror URL")]
    NoMirror,
    /// A listed kernel cannot be fetched.
    #[error("kernel {name} cannot be fetched: {why}")]
    NoKernel {
        /// Name of the kernel's package after `linux-image-`.
        name: String,
        /// The error of apt or dpkg.
        #[source]
        why: ProgramError,
    },
    /// The archive has no package of that version.
    #[error(
        "Debian's archive has no package `{package}`{}; name another mirror with --mirror URL",
        if start.is_empty() { String::new() } else { format!(" of a version that begins with {start}") }
    )]
    NoSourceVersion {
        /// Name of the package.
        package: String,
        /// How the version begins; empty if any version would do.
        start: String,
    },
    /// A listed source package cannot be fetched.
    #[error(
        "Debian's archive gave no source of `{package}` {version}{}; name another mirror with --mirror URL",
        why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default()
    )]
    NoSource {
        /// Name of the source package.
        package: String,
        /// Version of the source package.
        version: String,
        /// The error of apt, if it failed.
        #[source]
        why: Option<ProgramError>,
    },
    /// A kernel lacks a module.
    #[error("there is no module {name} in {}", folder.display())]
    NoModule {
        /// Name of the module, such as `kvm-amd`.
        name: String,
        /// The folder of the kernel's modules.
        folder: PathBuf,
    },
    /// A patched emulator cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// KVM's modules cannot be built with patches, or the file of a planted fault or a fix is wrong.
    #[error(transparent)]
    Modules(#[from] ModulesError),
    /// A kernel or an emulator would have to be downloaded or built first.
    #[error("the {0} is not in the cache (`lab fetch` fills it)")]
    NotCached(&'static str),
    /// A target without an emulator cannot be booted.
    #[error("the target is this host's own KVM, which the lab does not boot; name another target")]
    NotEmulated,

    // Trouble.
    /// The system refused an operation on a file; the message names both.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Anything else that was tried.
    #[error("failed to {what}: {source}")]
    Tried {
        /// What was tried.
        what: Attempt,
        /// Why it failed.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The guest's first process could not run the programs.
    #[error("failed to run the programs in the guest: {0}")]
    Init(#[source] GuestFailure),
    /// Nothing came back from a boot.
    #[error("failed to run the programs: the boot ended without a word of any")]
    NoWord,
    /// A program failed, or is not installed (then `is_absent`).
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A kernel or a module cannot be taken apart.
    #[error("{}: {source}", file.display())]
    Image {
        /// Path of the kernel or module.
        file: PathBuf,
        /// What is wrong with it.
        source: kernel_image::Error,
    },
    /// A compressed module is damaged.
    #[error("{}: {source}", file.display())]
    Compressed {
        /// Path of the compressed module.
        file: PathBuf,
        /// What is wrong with it.
        source: crate::stream::StreamError,
    },
    /// A source package holds no folder.
    #[error("the source package `{0}` holds no folder; name another mirror with --mirror URL")]
    EmptySource(String),
    /// The packages of a kernel hold no image.
    #[error("the kernel's packages hold no vmlinuz; name another kernel with --kernel")]
    NoImage,
    /// An entry of the cache was removed while it was used.
    #[error("kernel {0} was removed from the cache during the run; run `lab fetch`")]
    LostKernel(String),
    /// A file is too long for an initramfs.
    #[error("{0} does not fit into an initramfs, whose files are smaller than 4 GiB; give a smaller file")]
    TooLong(String),

    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// Trouble of any kind, with what was tried.
    pub fn trouble(what: Attempt, source: impl Into<Box<dyn Error + Send + Sync>>) -> Failure {
        Failure::Tried { what, source: source.into() }
    }

    /// Whether something cannot be had here: a package, an emulator, a kernel. Something older may do in its place.
    pub fn is_absent(&self) -> bool {
        match self {
            Failure::Program(error) => error.is_absent(),
            Failure::NotInstalled(_)
            | Failure::NoArchive(_)
            | Failure::NoKeyring(_)
            | Failure::NoLists
            | Failure::NoMirror
            | Failure::NoKernel { .. }
            | Failure::NoSourceVersion { .. }
            | Failure::NoSource { .. }
            | Failure::NoModule { .. }
            | Failure::Build(_)
            | Failure::NotCached(_)
            | Failure::NotEmulated => true,
            _ => false,
        }
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Interrupted => code::INTERRUPTED,
            Failure::Modules(error) => error.exit_code(),
            Failure::Cases(_)
            | Failure::Filter(_)
            | Failure::Word { .. }
            | Failure::Target(TargetError::File { .. })
            | Failure::UnknownTarget(_)
            | Failure::UnknownMutant(_)
            | Failure::UnknownKernel(_)
            | Failure::NoFinding(_)
            | Failure::NothingReproduces
            | Failure::NoBinary { .. }
            | Failure::NoRun
            | Failure::NoPair { .. }
            | Failure::NothingOnBoth(..)
            | Failure::Serial(_)
            | Failure::Results { .. }
            | Failure::Bare(_)
            | Failure::NothingFits
            | Failure::SavedRun(_) => code::BAD_INPUT,
            Failure::Target(TargetError::Read(_))
            | Failure::Findings(_)
            | Failure::Reproducer { .. }
            | Failure::NotInstalled(_)
            | Failure::NoArchive(_)
            | Failure::NoKeyring(_)
            | Failure::NoLists
            | Failure::NoMirror
            | Failure::NoKernel { .. }
            | Failure::NoSourceVersion { .. }
            | Failure::NoSource { .. }
            | Failure::NoModule { .. }
            | Failure::Build(_)
            | Failure::NotCached(_)
            | Failure::NotEmulated
            | Failure::Io(_)
            | Failure::Tried { .. }
            | Failure::Init(_)
            | Failure::NoWord
            | Failure::Program(_)
            | Failure::Image { .. }
            | Failure::Compressed { .. }
            | Failure::EmptySource(_)
            | Failure::NoImage
            | Failure::LostKernel(_)
            | Failure::TooLong(_) => code::TROUBLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::PathBuf;

    use reports::code;
    use runner::case::Diagnostics;

    use super::super::attempt::Attempt;
    use super::Failure;
    use crate::reproduce::NoProgram;
    use crate::target::TargetError;

    #[test]
    fn a_mistake_of_the_user_is_no_trouble() {
        let word = || "word".to_owned();
        let bad_input = [
            Failure::Cases(Diagnostics::default()),
            Failure::NoFinding(word()),
            Failure::NothingReproduces,
            Failure::UnknownMutant(word()),
            Failure::UnknownTarget(word()),
            Failure::UnknownKernel(word()),
            Failure::NoBinary { name: "nmi", folder: PathBuf::new() },
            Failure::NoRun,
            Failure::NoPair { a: word(), b: word(), saved: Vec::new() },
            Failure::NothingOnBoth(word(), word()),
            Failure::Serial(io::Error::other("gone")),
            Failure::NothingFits,
        ];
        for failure in bad_input {
            assert_eq!(failure.exit_code(), code::BAD_INPUT, "{failure:?}");
        }
    }

    #[test]
    fn what_this_machine_lacks_or_refuses_is_trouble() {
        let word = || "word".to_owned();
        let trouble = [
            Failure::Target(TargetError::Read(io::Error::other("gone"))),
            Failure::Reproducer { case: word(), why: NoProgram::Case },
            Failure::NoArchive(Box::new(Failure::NoMirror)),
            Failure::NoKeyring("a file"),
            Failure::NoLists,
            Failure::NoMirror,
            Failure::NoSourceVersion { package: word(), start: word() },
            Failure::NoSource { package: word(), version: word(), why: None },
            Failure::NoModule { name: word(), folder: PathBuf::new() },
            Failure::NotCached("kernel"),
            Failure::NotEmulated,
            Failure::Io(io::Error::other("gone")),
            Failure::trouble(Attempt::CreateFolder, "gone"),
            Failure::EmptySource(word()),
            Failure::NoImage,
            Failure::LostKernel(word()),
            Failure::TooLong(word()),
        ];
        for failure in trouble {
            assert_eq!(failure.exit_code(), code::TROUBLE, "{failure:?}");
        }
        assert_eq!(Failure::Interrupted.exit_code(), code::INTERRUPTED);
    }
}
