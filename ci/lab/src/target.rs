//! Targets, which the suite runs on: one file of `targets/` each.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use runner::case::{BadKernelRange, KernelRange};
use runner::terms::Vendor;
use serde::Deserialize;

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
    #[error("{}: {}", .0.location().map(|at| format!(":{}:{}", at.line(), at.column())).unwrap_or_default(), .0)]
    Yaml(#[source] Box<serde_yaml::Error>),
    /// A key is missing.
    #[error(":1:1: the key `{0}` is missing, which every emulated target has")]
    Key(&'static str),
    /// The vendor is unknown.
    #[error(":1:1: vendor: `{0}` is not `amd` or `intel`")]
    Vendor(String),
    /// Its range of kernels cannot be parsed.
    #[error(":1:1: kernels: {0}")]
    Kernels(BadKernelRange),
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
    pub module: String,
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
    vendor: Option<String>,
    module: Option<String>,
    #[serde(default)]
    parameters: String,
    strategy: Option<String>,
    kernels: Option<String>,
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
        let vendor = |word: String| word.parse().map_err(|()| TargetFileError::Vendor(word));
        let place = match (raw.emulator, raw.vendor.map(vendor).transpose()?) {
            (Emulator::None, _) => Place::Host,
            (emulator, Some(vendor)) => {
                Place::Bare(Processor { emulator, words: need("processor", raw.processor)?, vendor, note: raw.note })
            }
            (emulator, None) => {
                let kernels = raw.kernels.as_deref().map(str::parse::<KernelRange>).transpose();
                Place::Kernel(Machine {
                    emulator,
                    processor: need("processor", raw.processor)?,
                    module: need("module", raw.module)?,
                    parameters: raw.parameters,
                    strategy: need("strategy", raw.strategy)?,
                    kernels: kernels.map_err(TargetFileError::Kernels)?,
                    note: raw.note,
                    planted: None,
                })
            }
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
        let key = |machine: &Machine| (machine.emulator, machine.processor.clone(), machine.module.clone());
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
        let range =
            Target::parse("x", "about: a\nemulator: qemu\nprocessor: b\nmodule: kvm-amd\nstrategy: s\nkernels: 6\n");
        assert!(range.unwrap_err().to_string().contains("kernels: "));
    }
}
