//! From a program to a guest: assembles the case's sections, adds the ABI's code and the tables.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::ops::Range;
use std::sync::Arc;

use iced_x86::Register;

use crate::abi::{self, AbiCode, AbiPart, Expanded, Expander, FrameKind};
use crate::asm::{AsmError, Assembled, AssembledLine, Region, Unit, assemble};
use crate::boot::{self, BootProblem, L2Labels, Tables};
use crate::{Call, Exit, Guest, Hypervisor, Line, Mode, Program, RaiseBy, SectionName, Site, StartState, Wiring, map};

/// Why a program cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A line of a section is wrong; `unit` is the section's word.
    #[error(transparent)]
    Line(AsmError),
    /// How the guest is to start, such as CPL 3 in real mode.
    #[error(transparent)]
    Boot(BootProblem),
    /// A section is there twice.
    #[error("there are two `{}` sections: put them into one", .0.word())]
    TwoSections(SectionName),
    /// The first processor has no code.
    #[error("there is no `main` section: the first processor starts there")]
    NoMain,
    /// A guest hypervisor in another mode than long mode.
    #[error("a guest hypervisor runs in long mode: leave `{0}` out of the modes")]
    HypervisorIn(Mode),
    /// A section of L2 without L2's start.
    #[error("`{}` is part of a guest's guest, which starts in a section `l2`: write one", .0.word())]
    NoL2(SectionName),
    /// Two programs for the second processor.
    #[error("the second processor cannot run both `peer` and the sender of this path: leave out one")]
    TwoPeers,
    /// A constant of the wiring has a name of the ABI.
    #[error("constant `{0}` is defined by the ABI: give it another name")]
    Constant(String),
    /// An error in the ABI's own text, which is nobody's line.
    #[error("in the ABI's routine `{unit}`, line {line}: {0}", unit = .0.unit, line = .0.line + 1)]
    Abi(#[source] AsmError),
    /// A label that the image must have is missing.
    #[error("the image has no label `{0}`")]
    NoLabel(String),
    /// The image is larger than guest memory.
    #[error("{0:X}h is beyond guest memory")]
    BeyondMemory(u64),
}

/// Assembles `program` for `mode`, with the ABI's routines, default handlers and tables, into a guest.
///
/// Errors: everything that is wrong, at once.
pub fn build(program: &Program, mode: Mode, wiring: &Wiring) -> Result<Guest, Vec<Problem>> {
    let own = abi_code(program, mode, wiring)?;
    let mut problems: Vec<Problem> = boot::check(mode, &program.boot).into_iter().map(Problem::Boot).collect();
    problems.extend(check(program, mode, wiring));
    let abi: Vec<_> = iter::once(abi::constants(mode)).chain(own.iter().map(|part| &part.assembled.symbols)).collect();
    let taken = wiring.constants.keys().filter(|&name| abi.iter().any(|known| known.contains_key(name)));
    problems.extend(taken.cloned().map(Problem::Constant));
    let constants = [&abi[..], &[&wiring.constants]].concat();
    let mut expander = Expander::new(wiring.raise, program.hypervisor());
    let assembled = match assemble(&regions(program, mode), &constants, &mut expander) {
        Ok(assembled) if problems.is_empty() => assembled,
        Ok(_) => return Err(problems),
        Err(errors) => {
            problems.extend(errors.into_iter().map(Problem::Line));
            return Err(problems);
        }
    };
    let sites = sites(expander.expanded(), &assembled);
    let parts: Vec<&Assembled> = iter::once(&assembled).chain(own.iter().map(|part| &part.assembled)).collect();
    let symbols: BTreeMap<String, u64> = parts.iter().flat_map(|part| part.symbols.clone()).collect();
    let all = Whole { symbols: &symbols, parts };
    let start = starts(program, mode, wiring, &all)?;
    let memory = image(program, mode, &start, &all)?;
    let abi = own.iter().flat_map(|part| &part.listing).cloned();
    let mut listing: Vec<Arc<Line>> =
        assembled.lines.into_iter().map(|line| Arc::new(Line::from(line))).chain(abi).collect();
    listing.sort_by_key(|line| line.address);
    Ok(Guest {
        mode,
        memory,
        start,
        sender: wiring.sender,
        hypervisor: program.hypervisor(),
        x2apic: wiring.raise == RaiseBy::X2Apic,
        marks: expander.into_marks(),
        sites,
        listing,
        symbols,
    })
}

/// The ABI's code that the guest needs.
fn abi_code(program: &Program, mode: Mode, wiring: &Wiring) -> Result<Vec<Arc<AbiPart>>, Vec<Problem>> {
    let mut own = vec![if wiring.sender { AbiCode::WithSender(mode, wiring.raise) } else { AbiCode::Common(mode) }];
    own.extend(program.hypervisor().map(AbiCode::Hypervisor));
    if program.section(SectionName::Smm).is_some() {
        own.push(AbiCode::Smm);
    }
    let assembled = own.into_iter().map(AbiCode::assembled).collect::<Result<_, _>>();
    assembled.map_err(|errors| errors.into_iter().map(Problem::Abi).collect())
}

/// The case's code and the ABI's.
struct Whole<'a> {
    /// The labels of all parts.
    symbols: &'a BTreeMap<String, u64>,
    parts: Vec<&'a Assembled>,
}

impl Whole<'_> {
    fn lines(&self) -> impl Iterator<Item = &AssembledLine> + Clone {
        self.parts.iter().flat_map(|part| &part.lines)
    }

    /// The address of a label that the image must have.
    fn address(&self, label: &str) -> Result<u64, Vec<Problem>> {
        let missing = || vec![Problem::NoLabel(label.to_owned())];
        self.symbols.get(label).copied().ok_or_else(missing)
    }
}

/// What is wrong with the sections and the wiring, whatever the texts say.
fn check(program: &Program, mode: Mode, wiring: &Wiring) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for section in &program.sections {
        if !seen.insert(section.name) {
            problems.push(Problem::TwoSections(section.name));
        }
    }
    if !seen.contains(&SectionName::Main) {
        problems.push(Problem::NoMain);
    }
    if program.has_l2() && mode != Mode::Long {
        problems.push(Problem::HypervisorIn(mode));
    }
    if !program.has_l2()
        && let Some(l2) = program.sections.iter().find(|section| section.name.is_l2())
    {
        problems.push(Problem::NoL2(l2.name));
    }
    if wiring.sender && program.has_peer() {
        problems.push(Problem::TwoPeers);
    }
    problems
}

/// The case's sections, each where [`map`] has room for it.
fn regions(program: &Program, mode: Mode) -> Vec<Region<'_>> {
    let region = |range: Range<u64>, base: u64, bits: u32, want: fn(SectionName) -> bool| {
        let sections = program.sections.iter().filter(|section| want(section.name));
        let units: Vec<Unit<'_>> =
            sections.map(|section| Unit { name: section.name.word(), text: &section.text }).collect();
        Region { start: range.start, end: range.end, base, bits, units }
    };
    let code = |name: SectionName| !matches!(name, SectionName::Data | SectionName::Smm) && !name.is_l2();
    let mut regions = vec![
        region(map::CODE, 0, mode.bits(), code),
        region(map::DATA, 0, mode.bits(), |name| name == SectionName::Data),
        region(map::L2_CODE, 0, mode.bits(), SectionName::is_l2),
        region(map::SMM_CODE, map::SMBASE, 16, |name| name == SectionName::Smm),
    ];
    regions.retain(|region| !region.units.is_empty());
    regions
}

fn starts(program: &Program, mode: Mode, wiring: &Wiring, all: &Whole<'_>) -> Result<Vec<StartState>, Vec<Problem>> {
    let second = match (program.has_peer(), wiring.sender) {
        (true, _) => Some(SectionName::Peer.word()),
        (false, true) => Some(abi::SENDER),
        (false, false) => None,
    };
    let hypervisor = program.hypervisor();
    let first = if hypervisor == Some(Hypervisor::Vmx) { abi::VMX_START } else { SectionName::Main.word() };
    let labels = [first].into_iter().chain(second);
    let start = |(cpu, label)| {
        let far = uses_fs(all, label == abi::SENDER);
        Ok(boot::start(mode, &program.boot, cpu, all.address(label)?, far, hypervisor))
    };
    labels.enumerate().map(start).collect()
}

/// Whether the sender, or else the case's code outside of SMM (where every segment reaches 4 GiB), addresses memory through FS.
fn uses_fs(all: &Whole<'_>, sender: bool) -> bool {
    let concerned = |unit: &str| (unit == abi::SENDER) == sender && unit != SectionName::Smm.word();
    all.lines().any(|line| concerned(&line.unit) && line.segment == Register::FS)
}

/// The handlers' addresses, by vector: the case's, or else the ABI's.
fn handlers(
    program: &Program,
    section: fn(u8) -> SectionName,
    all: &Whole<'_>,
) -> Result<BTreeMap<u8, u64>, Vec<Problem>> {
    let mut handlers = BTreeMap::new();
    for vector in boot::HANDLED {
        let section = section(vector);
        let label = match program.section(section) {
            Some(_) => section.label(),
            None => abi::default_handler(vector),
        };
        handlers.insert(vector, all.address(&label)?);
    }
    Ok(handlers)
}

/// Guest memory up to the last byte that is not zero: tables and what was assembled.
fn image(program: &Program, mode: Mode, start: &[StartState], all: &Whole<'_>) -> Result<Vec<u8>, Vec<Problem>> {
    let handlers = handlers(program, SectionName::Handler, all)?;
    let other = all.address(abi::OTHER)?;
    let handler = |vector: u8| handlers.get(&vector).copied().unwrap_or(other);
    let mut tables = boot::write_tables(mode, &program.boot, &Tables { handler: &handler, other });
    if let (Some(start), Some(hypervisor)) = (start.first(), program.hypervisor()) {
        let handlers = self::handlers(program, SectionName::L2Handler, all)?;
        let handler = |vector: u8| handlers.get(&vector).copied().unwrap_or(other);
        let label = |section: SectionName| all.address(&section.label());
        let (main, l2) = (label(SectionName::Main)?, label(SectionName::L2)?);
        let labels = L2Labels { main, start: l2, lost: other, handler: &handler };
        tables.extend(boot::write_l2(hypervisor, &program.boot.l2, start, &labels));
    }
    let lines = all.lines().map(|line| (line.address, line.bytes.as_slice()));
    let pieces = tables.iter().map(|(at, bytes)| (*at, bytes.as_slice())).chain(lines);
    let end = pieces.clone().map(|(at, bytes)| at + bytes.len() as u64).max().unwrap_or_default();
    let mut memory = vec![0; end.min(map::MEMORY_SIZE) as usize];
    for (at, bytes) in pieces {
        let room = memory.get_mut(at as usize..at as usize + bytes.len());
        room.ok_or_else(|| vec![Problem::BeyondMemory(at)])?.copy_from_slice(bytes);
    }
    memory.truncate(memory.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1));
    Ok(memory)
}

/// Where the case's pseudo-instructions stand, and its own OUTs to ports of the ABI.
fn sites(expanded: &[Expanded], assembled: &Assembled) -> Vec<Site> {
    let together =
        |one: &AssembledLine, next: &AssembledLine| one.expansion.is_some() && one.expansion == next.expansion;
    let chunks = assembled.lines.chunk_by(together);
    chunks.filter_map(|lines| site(lines, expanded)).collect()
}

/// The site of one statement's instructions, if it is one.
fn site(lines: &[AssembledLine], expanded: &[Expanded]) -> Option<Site> {
    let first = lines.first()?;
    let section = SectionName::from_word(&first.unit)?;
    let own = Site {
        word: None,
        mark: None,
        frame: FrameKind::None,
        address: first.address,
        call: None,
        exit: None,
        section,
        line: first.line,
    };
    let Some(number) = first.expansion else {
        let port = first.out.filter(|port| map::port::ALL.contains(port))?;
        return Some(Site { exit: Some(Exit { address: first.address, port }), ..own });
    };
    let Expanded { word, mark, frame, call, exit, .. } = expanded.get(number)?;
    let call = call
        .and_then(|index| lines.get(index))
        .map(|line| Call { address: line.address, returns: line.address + line.bytes.len() as u64 });
    let exit = exit.and_then(|(index, port)| Some(Exit { address: lines.get(index)?.address, port }));
    Some(Site { word: Some(*word), mark: *mark, frame: *frame, call, exit, ..own })
}

impl From<AssembledLine> for Line {
    fn from(line: AssembledLine) -> Self {
        let AssembledLine { address, bytes, unit, line, text, .. } = line;
        Self { address, bytes, section: SectionName::from_word(&unit), line, text }
    }
}

#[cfg(test)]
mod tests;
