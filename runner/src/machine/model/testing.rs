//! A processor in front of a few lines of assembly, for the tests of `exec` and `cpu`; and guest hypervisors, for those of
//! `svm` and `vmx`.

use std::sync::Arc;

use guests::abi::{self, FrameKind, Record};
use guests::{Boot, Guest, Mode, Program, RaiseBy, Section, SectionName, Wiring, build, map};
use spec::{Manual, Vendor};
use x86::flags::ARITHMETIC;
use x86::register::RSP;

use super::chips::Bus;
use super::choices::Choices;
use super::cpu::{Abort, Core, Cpu, Fault, Run};
use super::exec::{Done, Stepped};
use super::system::ModelMachine;
use crate::machine::mutants::Mutant;
use crate::machine::{ExitKind, Machine};
use crate::terms::Path;

/// ID, AC, NT, IOPL, OF, DF, IF, TF, SF, ZF, AF, PF and CF of RFLAGS.
pub(crate) const EVERY: u64 = 0x24_7fd5;

/// A guest of these sections, each with its word.
pub(crate) fn guest_of(mode: Mode, sections: &[(&str, &str)], boot: Boot) -> Arc<Guest> {
    let section = |&(word, text): &(&str, &str)| Section {
        name: SectionName::from_word(word).expect("a section's word"),
        text: text.to_owned(),
    };
    let sections = sections.iter().map(section).collect();
    let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: Default::default() };
    Arc::new(build(&Program { sections, boot }, mode, &wiring).expect("the test's guest builds"))
}

/// Guest hypervisors on one vendor's processors: how their tests run them, and report what they showed.
pub(crate) struct Level1 {
    pub vendor: Vendor,
    /// Which marks keep an exit.
    pub exit: FrameKind,
    /// What such a mark's record says of the exit, written after the mark's name.
    pub told: fn(&Record) -> String,
}

impl Level1 {
    /// Runs a guest hypervisor of these sections: its marks, each exit with what is reported of it, and the end if it is not
    /// `done`.
    pub(crate) fn run_with(&self, mutant: Option<&str>, boot: Boot, sections: &[(&str, &str)]) -> Vec<String> {
        let mutant = mutant.map(|name| Mutant::named(name).expect("a mutant"));
        let mut machine = ModelMachine::new(self.vendor, mutant);
        let (guest, records, end) = run_to_its_end(&mut machine, Mode::Long, sections, boot);
        let told = |record: &Record| {
            let name = &guest.marks[usize::from(record.mark)];
            if record.frame == self.exit { format!("{name} {}", (self.told)(record)) } else { name.clone() }
        };
        let end = (end != ExitKind::Done).then(|| format!("{end:?}"));
        records.iter().map(told).chain(end).collect()
    }

    /// The same on the unchanged model, with the default start of L1.
    pub(crate) fn run(&self, sections: &[(&str, &str)]) -> Vec<String> {
        self.run_with(None, Boot::default(), sections)
    }

    /// The same with a mutant, which must change it.
    pub(crate) fn differs(&self, mutant: &str, sections: &[(&str, &str)]) {
        assert_ne!(self.run_with(Some(mutant), Boot::default(), sections), self.run(sections), "{mutant}");
    }
}

/// Builds and runs a guest to an exit that the host's program would not settle: the guest, what its marks wrote, and that exit.
pub(crate) fn run_to_its_end(
    machine: &mut ModelMachine,
    mode: Mode,
    sections: &[(&str, &str)],
    boot: Boot,
) -> (Arc<Guest>, Vec<Record>, ExitKind) {
    let guest = guest_of(mode, sections, boot);
    let mut session = machine.load(&guest, Path::Ioctl).expect("it loads");
    let end = loop {
        match session.run().expect("no trouble").kind {
            ExitKind::Raise(count) => session.raise(count).expect("no trouble"),
            ExitKind::Arm => session.arm().expect("no trouble"),
            ExitKind::Snap => session.migrate().expect("no trouble"),
            kind => break kind,
        }
    };
    let mut head = [0; 4];
    session.read(map::RING_HEAD, &mut head).expect("the ring's head is memory");
    let mut ring = vec![0; (map::RING.end - map::RING.start) as usize];
    session.read(map::RING.start, &mut ring).expect("the ring is memory");
    let records = abi::decode_ring(&ring, u32::from_le_bytes(head));
    drop(session);
    (guest, records, end)
}

/// Memory that the tests' operands use: in every mode plain, and below 64 KiB.
pub(crate) const DATA: u64 = 0x5000;
/// What the arithmetic flags are before an instruction: every test begins with both.
pub(crate) const OPPOSITE_FLAGS: [u64; 2] = [0, ARITHMETIC];

/// A processor, its memory, and a guest whose first instruction is the one under test.
pub(crate) struct Bench {
    pub cpu: Cpu,
    pub bus: Bus,
    choices: Choices,
    guest: Arc<Guest>,
    /// The arithmetic flags that every instruction must leave as they are, if the test says so.
    kept: Option<u64>,
}

impl Bench {
    /// At CPL 0, of AMD's.
    pub(crate) fn new(mode: Mode, text: &str) -> Self {
        Self::booted(mode, text, Boot::default())
    }

    /// At CPL 3.
    pub(crate) fn user(mode: Mode, text: &str) -> Self {
        Self::booted(mode, text, Boot { user: true, ..Boot::default() })
    }

    /// With tables that a case asked for.
    pub(crate) fn booted(mode: Mode, text: &str, boot: Boot) -> Self {
        let sections = vec![Section { name: SectionName::Main, text: text.to_owned() }];
        let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: Default::default() };
        let guest = build(&Program { sections, boot }, mode, &wiring).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let guest = Arc::new(guest);
        let cpu = Cpu::start(0, &guest.start[0], false, Vendor::Amd, Box::new(Manual));
        Self { cpu, bus: Bus::new(&guest), choices: Choices::default(), guest, kept: None }
    }

    /// With these arithmetic flags.
    pub(crate) fn beginning_with(mut self, flags: u64) -> Self {
        self.flags(ARITHMETIC, flags);
        self
    }

    /// With these arithmetic flags, which every instruction must leave as they are.
    pub(crate) fn keeping(self, flags: u64) -> Self {
        Self { kept: Some(flags), ..self.beginning_with(flags) }
    }

    pub(crate) fn core(&mut self) -> Core<'_> {
        Core { cpu: &mut self.cpu, bus: &mut self.bus, choices: &mut self.choices }
    }

    /// Fetches and executes one instruction; faults are returned, not delivered.
    pub(crate) fn execute(&mut self) -> Run<Done> {
        let mut core = self.core();
        let done = core.fetch().and_then(|instruction| core.execute(&instruction));
        if let Some(flags) = self.kept {
            assert_eq!(self.cpu.regs.rflags & ARITHMETIC, flags, "the arithmetic flags");
        }
        done
    }

    /// Executes one instruction that must not fault.
    pub(crate) fn done(&mut self) -> Done {
        self.execute().expect("the instruction completes")
    }

    /// Executes one instruction that must fault.
    pub(crate) fn fault(&mut self) -> Fault {
        match self.execute() {
            Err(Abort::Fault(fault)) => fault,
            other => panic!("no fault but {other:?}"),
        }
    }

    /// One boundary, with delivery and all.
    pub(crate) fn step(&mut self) -> Stepped {
        self.core().step(&[], None).expect("no trouble")
    }

    /// Replaces the flags of `mask`.
    pub(crate) fn flags(&mut self, mask: u64, value: u64) {
        let rflags = &mut self.cpu.regs.rflags;
        *rflags = *rflags & !mask | value & mask;
    }

    pub(crate) fn symbol(&self, label: &str) -> u64 {
        self.guest.symbols[label]
    }

    pub(crate) fn read(&self, address: u64, size: usize) -> u64 {
        self.bus.read(address, size).expect("memory")
    }

    pub(crate) fn write(&mut self, address: u64, size: usize, value: u64) {
        self.bus.write(address, size, value).expect("memory");
    }

    /// The topmost `N` slots of the stack, the last pushed first.
    pub(crate) fn top<const N: usize>(&self, size: usize) -> [u64; N] {
        std::array::from_fn(|slot| self.read(self.cpu.regs.general[RSP] + (slot * size) as u64, size))
    }
}
