//! A case, and what the host does in it.

use std::fmt;
use std::path::PathBuf;

use guests::{Mode, Program};

use super::expect::{End, Expect, NameAt};
use crate::terms::{EventsChange, Need, Path, Vendor};

/// One case: a behaviour, the guest that shows it, and what the manuals say must be seen.
#[derive(Clone, Debug)]
pub struct Case {
    /// Path of its file below the cases' folder, without extension: `blocking/second-nmi-waits`.
    pub id: String,
    /// Its file, under the name by which it was loaded.
    pub file: PathBuf,
    /// One sentence.
    pub summary: String,
    /// Ids of the rules it tests.
    pub rules: Vec<String>,
    /// Modes it runs in.
    pub modes: Vec<Mode>,
    /// Paths it runs over; only [`Path::None`] if it raises no NMI by a path.
    pub paths: Vec<Path>,
    /// What it needs beyond what its paths and steps imply.
    pub requires: Vec<Need>,
    /// Sections of the guest and how it starts.
    pub program: Program,
    /// Whether the guest asks the host for an external interrupt, by the word `irq`.
    pub asks_for_interrupt: bool,
    /// What the host does.
    pub steps: Vec<HostStep>,
    /// What AMD's manual expects.
    pub amd: Expect,
    /// What Intel's manual expects.
    pub intel: Expect,
    /// Why no mutant of the model can fail it, if that is so.
    pub survives: Option<String>,
    /// A hash of the file's text that no version of this program changes, as 16 hexadecimal digits.
    pub hash: String,
}

impl Case {
    /// The expectation for processors of this vendor.
    pub fn expect(&self, vendor: Vendor) -> &Expect {
        match vendor {
            Vendor::Amd => &self.amd,
            Vendor::Intel => &self.intel,
        }
    }

    /// Each mode with each path, as the file lists them.
    pub fn modes_and_paths(&self) -> impl Iterator<Item = (Mode, Path)> {
        self.modes.iter().flat_map(|&mode| self.paths.iter().map(move |&path| (mode, path)))
    }

    /// The file and this line of it, the first one if `None`: `cases/blocking/x.yaml:12`.
    pub fn place(&self, line: Option<usize>) -> String {
        format!("{}:{}", self.file.display(), line.unwrap_or(1))
    }

    /// Everything a machine must have to run the case over `path`.
    pub fn needs(&self, path: Path) -> Vec<Need> {
        let mut needs = self.requires.clone();
        needs.extend(match path {
            Path::Msi => Some(Need::Msi),
            Path::X2Apic => Some(Need::X2Apic),
            Path::IoApic => Some(Need::IoApic),
            Path::Ipi => Some(Need::Peer),
            Path::None | Path::Ioctl | Path::Events | Path::XApic => None,
        });
        if self.program.has_peer() {
            needs.push(Need::Peer);
        }
        for step in &self.steps {
            if matches!(step.moment, Moment::Before(_)) {
                needs.push(Need::Breakpoint);
            }
            if step.actions.contains(&StepKind::Smi) {
                needs.push(Need::Smm);
            }
        }
        if self.needs_host(path) {
            needs.push(Need::Host);
        }
        needs.sort();
        needs.dedup();
        needs
    }

    /// Whether something outside the guest must act, or must see how it ends.
    fn needs_host(&self, path: Path) -> bool {
        let raises = path != Path::None && !path.is_guests_own();
        let ends = [&self.amd, &self.intel].into_iter().any(|expect| expect.end != End::Done);
        raises || ends || !self.steps.is_empty() || self.asks_for_interrupt
    }

    /// Whether it runs on AMD's processors alone.
    pub fn is_amds(&self) -> bool {
        [Need::Amd, Need::Svm].iter().any(|need| self.requires.contains(need))
    }

    /// Whether it runs on processors of this vendor at all.
    pub fn runs_on(&self, vendor: Vendor) -> bool {
        match vendor {
            Vendor::Amd => !self.is_intels(),
            Vendor::Intel => !self.is_amds(),
        }
    }

    /// Whether it runs on Intel's processors alone.
    pub fn is_intels(&self) -> bool {
        [Need::Intel, Need::Vmx].iter().any(|need| self.requires.contains(need))
    }
}

/// What the host does at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostStep {
    /// Snap or label at which the host acts.
    pub moment: Moment,
    /// Actions, in this order.
    pub actions: Vec<StepKind>,
}

/// When the host acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// At a snap.
    At(NameAt),
    /// The first time the guest is about to execute the instruction at this label.
    Before(String),
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moment::At(NameAt { name, occurrence: None }) => write!(f, "at {name}"),
            Moment::At(NameAt { name, occurrence: Some(occurrence) }) => write!(f, "at {name}#{occurrence}"),
            Moment::Before(label) => write!(f, "before {label}"),
        }
    }
}

/// One action of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Raise this many NMIs at once by the trial's path.
    Raise(u8),
    /// Change events.
    Events(EventsChange),
    /// KVM_GET_VCPU_EVENTS, then KVM_SET_VCPU_EVENTS of the same.
    RoundTrip,
    /// Save everything, restore it into a fresh virtual machine.
    Migrate,
    /// Make the external interrupt pending.
    Irq,
    /// Make a system-management interrupt pending.
    Smi,
}
