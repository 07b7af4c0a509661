//! Targets, which the suite runs on: one file of `targets/` each.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::{fmt, io};

use fs_err as fs;
use runner::case::{BadKernelRange, KernelRange};
use runner::terms::Vendor;
use serde::Deserialize;
use serde_yaml::{Location, Spanned};

use crate::plan::Setting;

/// Why there are no targets.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A file or the folder cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// The content of a file is wrong.
    #[error("{}{why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, after its place.
        #[source]
        why: TargetFileError,
    },
}

/// What is wrong with a target's file, with its place: `:4:1: unknown key`.
#[derive(Debug, thiserror::Error)]
pub enum TargetFileError {
    /// It is not YAML, or has an unknown key or value.
    #[error("{}: {}", .0.location().map(|at| Spot(at).to_string()).unwrap_or_default(), .0)]
    Yaml(#[source] Box<serde_yaml::Error>),
    /// A key is missing.
    #[error(":1:1: the key `{0}` is missing, which every emulated target has")]
    Key(&'static str),
    /// The vendor is unknown.
    #[error("{at}: vendor: `{word}` is not `amd` or `intel`")]
    Vendor {
        /// Where it stands.
        at: Spot,
        /// The word.
        word: String,
    },
    /// The module is unknown.
    #[error("{at}: module: `{word}` is not `kvm-amd` or `kvm-intel`")]
    Module {
        /// Where it stands.
        at: Spot,
        /// The word.
        word: String,
    },
    /// Its range of kernels cannot be parsed.
    #[error("{at}: kernels: {why}")]
    Kernels {
        /// Where it stands.
        at: Spot,
        /// What is wrong with it.
        #[source]
        why: BadKernelRange,
    },
}

/// A place in a target's file: `:4:1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot(Location);

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ":{}:{}", self.0.line(), self.0.column())
    }
}

/// Parses the value of an optional key; `wrong` makes the error of its place, the value and what is wrong with it.
fn parsed<T: FromStr>(
    written: Option<Spanned<String>>,
    wrong: impl FnOnce(Spot, String, T::Err) -> TargetFileError,
) -> Result<Option<T>, TargetFileError> {
    let Some(Spanned { value, referenced, .. }) = written else { return Ok(None) };
    value.parse().map(Some).map_err(|why| wrong(Spot(referenced), value, why))
}

/// What a strategy of KVM runs on: a processor, its emulator, a module and its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The file's name without its extension.
    pub name: String,
    /// One line for people.
    pub about: String,
    /// What it runs on.
    pub place: Place,
}

/// What the suite runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// This host's own KVM.
    Host,
    /// KVM of a kernel on an emulated processor.
    Kernel(Machine),
    /// An emulated processor without a kernel.
    Bare(Processor),
}

/// An emulated processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processor {
    /// The program that emulates it.
    pub emulator: Emulator,
    /// The processor, in the emulator's words.
    pub words: String,
    /// Whose manual it follows.
    pub vendor: Vendor,
    /// What every report must say about it.
    pub note: Option<String>,
}

/// An emulated machine and what is loaded into its kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The program that emulates it.
    pub emulator: Emulator,
    /// The processor, in the emulator's words.
    pub processor: String,
    /// KVM's module for it.
    pub module: KvmModule,
    /// The module's parameters.
    pub parameters: String,
    /// The strategy that KVM must use with all this.
    pub strategy: String,
    /// Kernels that have it. None: all.
    pub kernels: Option<KernelRange>,
    /// What every report must say about the machine.
    pub note: Option<String>,
    /// The planted fault of a round of `lab mutants`; no file has it.
    pub planted: Option<Planted>,
}

/// What a round with a planted fault sets and runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// What is written before the suite runs: the fault's number.
    pub settings: Vec<Setting>,
    /// The trials, in place of those that the command line names.
    pub filters: Vec<String>,
    /// Whether the run ends at the first failure.
    pub stops: bool,
}

reports::words! {
    /// A module of KVM for the processors of one vendor.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum KvmModule {
        /// For AMD's.
        Amd = "kvm-amd",
        /// For Intel's.
        Intel = "kvm-intel",
    }
}

impl KvmModule {
    /// The vendor of its processors.
    pub fn vendor(self) -> Vendor {
        match self {
            KvmModule::Amd => Vendor::Amd,
            KvmModule::Intel => Vendor::Intel,
        }
    }
}

/// A program that emulates a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Emulator {
    /// None: the suite runs on this host's own KVM.
    None,
    /// Debian's QEMU.
    Qemu,
    /// QEMU with fixes of its SVM and with AMD's NMI virtualization, built from Debian's source package.
    QemuPatched,
    /// Debian's Bochs.
    Bochs,
    /// A later Bochs with fixes of its VMX and SVM, built from Debian's source package.
    BochsPatched,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    about: String,
    emulator: Emulator,
    processor: Option<String>,
    vendor: Option<Spanned<String>>,
    module: Option<Spanned<String>>,
    #[serde(default)]
    parameters: String,
    strategy: Option<String>,
    kernels: Option<Spanned<String>>,
    note: Option<String>,
}

impl Target {
    /// Reads every target of a folder, in the order of their names. Errors: a file that is no target, with its place.
    pub fn read_all(folder: &Path) -> Result<Vec<Target>, TargetError> {
        let mut files: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
        files.sort_by_key(|path| path.file_stem().map(ToOwned::to_owned));
        files.iter().map(|path| Target::read(path)).collect()
    }

    fn read(path: &Path) -> Result<Target, TargetError> {
        let text = fs::read_to_string(path)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Target::parse(&name, &text).map_err(|why| TargetError::File { file: path.to_owned(), why })
    }

    fn parse(name: &str, text: &str) -> Result<Target, TargetFileError> {
        let raw: Raw = serde_yaml::from_str(text).map_err(|error| TargetFileError::Yaml(Box::new(error)))?;
        let need = |key: &'static str, value: Option<String>| value.ok_or(TargetFileError::Key(key));
        let vendor = parsed(raw.vendor, |at, word, ()| TargetFileError::Vendor { at, word })?;
        let module = parsed(raw.module, |at, word, ()| TargetFileError::Module { at, word })?;
        let kernels = parsed(raw.kernels, |at, _, why| TargetFileError::Kernels { at, why })?;
        let place = match (raw.emulator, vendor) {
            (Emulator::None, _) => Place::Host,
            (emulator, Some(vendor)) => {
                Place::Bare(Processor { emulator, words: need("processor", raw.processor)?, vendor, note: raw.note })
            }
            (emulator, None) => Place::Kernel(Machine {
                emulator,
                processor: need("processor", raw.processor)?,
                module: module.ok_or(TargetFileError::Key("module"))?,
                parameters: raw.parameters,
                strategy: need("strategy", raw.strategy)?,
                kernels,
                note: raw.note,
                planted: None,
            }),
        };
        Ok(Target { name: name.to_owned(), about: raw.about, place })
    }

    /// The machine that boots a kernel, if one does.
    pub fn machine(&self) -> Option<&Machine> {
        match &self.place {
            Place::Kernel(machine) => Some(machine),
            Place::Host | Place::Bare(_) => None,
        }
    }

    /// The fault that is planted in it, if one is.
    pub fn planted(&self) -> Option<&Planted> {
        self.machine()?.planted.as_ref()
    }

    /// The emulator, if there is one.
    pub fn emulator(&self) -> Option<Emulator> {
        match &self.place {
            Place::Host => None,
            Place::Kernel(machine) => Some(machine.emulator),
            Place::Bare(processor) => Some(processor.emulator),
        }
    }
}

impl Machine {
    /// Whether one boot can serve both, with the module reloaded between them.
    pub fn shares_boot_with(&self, other: &Machine) -> bool {
        let key = |machine: &Machine| (machine.emulator, machine.processor.clone(), machine.module);
        key(self) == key(other) && self.kernels == other.kernels
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Target;

    #[test]
    fn the_targets_of_the_house_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("targets");
        let targets = Target::read_all(&folder).unwrap();
        let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        let wanted = [
            "amd-event-injection",
            "amd-event-injection-no-npt",
            "amd-vnmi",
            "amd-vnmi-no-npt",
            "bare-bochs",
            "bare-bochs-intel",
            "bare-qemu",
            "bochs-amd",
            "intel-soft-vnmi",
            "intel-soft-vnmi-no-ept",
            "intel-vnmi",
            "intel-vnmi-no-ept",
            "intel-vnmi-no-unrestricted-guest",
            "local",
        ];
        assert_eq!(names, wanted);
        let emulated = targets.iter().filter_map(|target| target.machine());
        let emulated_vnmi: Vec<_> = emulated.filter(|it| it.strategy == "amd-vnmi").collect();
        assert!(!emulated_vnmi.is_empty() && emulated_vnmi.iter().all(|it| it.note.is_some()));
    }

    #[test]
    fn a_bad_file_is_told_with_its_place() {
        let wrong = Target::parse("x", "about: a\nemulator: qemu\nprocesor: b\n").unwrap_err().to_string();
        assert!(wrong.starts_with(":3:1: "), "{wrong}");
        let missing = Target::parse("x", "about: a\nemulator: qemu\n").unwrap_err().to_string();
        assert!(missing.contains("`processor` is missing"), "{missing}");
        for (text, wanted) in [
            ("vendor:  via\n", ":4:10: vendor: `via` is not `amd` or `intel`"),
            ("module: amd\n", ":4:9: module: `amd` is not `kvm-amd` or `kvm-intel`"),
            ("module: kvm-amd\nstrategy: s\nkernels: 6\n", ":6:10: kernels: "),
        ] {
            let head = "about: a\nemulator: qemu\nprocessor: b\n";
            let wrong = Target::parse("x", &format!("{head}{text}")).unwrap_err().to_string();
            assert!(wrong.starts_with(wanted), "{wrong}");
        }
    }
}
