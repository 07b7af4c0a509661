use std::collections::{BTreeMap, BTreeSet};

use crate::abi::{self, Expander};
use crate::asm::{AsmError, Assembled, Region, Unit, assemble};
use crate::boot::{self, Tables};
use crate::{Guest, Line, Mode, Program, RaiseBy, SectionName, SnapSite, StartState, Wiring, map};

/// Why a program cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A line of a section is wrong; `unit` is the section's word.
    #[error(transparent)]
    Line(AsmError),
    /// Something about the whole, such as CPL 3 in real mode.
    #[error("{0}")]
    Whole(String),
}

/// Assembles `program` for `mode`, with the ABI's routines, default handlers and tables, into a guest.
///
/// Errors: everything that is wrong, at once.
pub fn build(program: &Program, mode: Mode, wiring: &Wiring) -> Result<Guest, Vec<Problem>> {
    let mut constants = abi::constants(mode);
    let mut problems: Vec<Problem> =
        boot::check(mode, &program.boot).into_iter().chain(check(program, wiring)).map(Problem::Whole).collect();
    for (name, &value) in &wiring.constants {
        if constants.insert(name.clone(), value).is_some() {
            problems.push(Problem::Whole(format!("constant `{name}` is defined by the ABI: give it another name")));
        }
    }
    let routines = Routines::of(program, mode, wiring);
    let mut expander = Expander::new(wiring.raise);
    let assembled = match assemble(&regions(program, mode, &routines), &constants, &mut expander) {
        Ok(assembled) if problems.is_empty() => assembled,
        Ok(_) => return Err(problems),
        Err(errors) => {
            problems.extend(errors.into_iter().map(problem));
            return Err(problems);
        }
    };
    let start = starts(program, mode, wiring, &assembled)?;
    Ok(Guest {
        mode,
        memory: image(program, mode, &assembled)?,
        start,
        sender: wiring.sender,
        x2apic: wiring.raise == RaiseBy::X2Apic,
        marks: expander.into_marks(),
        snaps: snaps(mode, &assembled),
        listing: listing(&assembled),
        symbols: assembled.symbols,
    })
}

/// What is wrong with the sections and the wiring, whatever the texts say.
fn check(program: &Program, wiring: &Wiring) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for section in &program.sections {
        if !seen.insert(section.name) {
            problems.push(format!("there are two `{}` sections: put them into one", section.name.word()));
        }
    }
    if !seen.contains(&SectionName::Main) {
        problems.push("there is no `main` section: the first processor starts there".to_owned());
    }
    if wiring.sender && program.has_peer() {
        problems
            .push("the second processor cannot run both `peer` and the sender of this path: leave out one".to_owned());
    }
    problems
}

/// An error in the ABI's own text is nobody's line.
fn problem(error: AsmError) -> Problem {
    if error.unit.starts_with(abi::PREFIX) {
        return Problem::Whole(format!("in the ABI's routine `{}`, line {}: {error}", error.unit, error.line + 1));
    }
    Problem::Line(error)
}

/// The ABI's texts, by unit name.
struct Routines {
    code: Vec<(&'static str, String)>,
    smm: Vec<(&'static str, String)>,
}

impl Routines {
    fn of(program: &Program, mode: Mode, wiring: &Wiring) -> Self {
        let bits = mode.bits();
        let mut code = vec![("__mark", abi::mark(bits)), ("__park", abi::park()), ("__defaults", abi::defaults(mode))];
        if wiring.sender {
            code.push(("__sender", abi::sender(bits, wiring.raise)));
        }
        let smm = match program.section(SectionName::Smm) {
            Some(_) => vec![("__mark_smm", abi::mark_smm()), ("__park_smm", abi::park())],
            None => Vec::new(),
        };
        Self { code, smm }
    }
}

/// The case's sections and the ABI's routines, each where [`map`] has room for it.
fn regions<'a>(program: &'a Program, mode: Mode, routines: &'a Routines) -> Vec<Region<'a>> {
    let units = |want: &dyn Fn(SectionName) -> bool| -> Vec<Unit<'a>> {
        let sections = program.sections.iter().filter(|section| want(section.name));
        sections.map(|section| Unit { name: section.name.word(), text: &section.text }).collect()
    };
    let own = |texts: &'a [(&'static str, String)]| texts.iter().map(|(name, text)| Unit { name, text });
    let bits = mode.bits();
    let mut code = units(&|name| !matches!(name, SectionName::Data | SectionName::Smm));
    code.extend(own(&routines.code));
    let mut regions = vec![Region { start: map::CODE.start, end: map::CODE.end, base: 0, bits, units: code }];
    let data = units(&|name| name == SectionName::Data);
    if !data.is_empty() {
        regions.push(Region { start: map::DATA.start, end: map::DATA.end, base: 0, bits, units: data });
    }
    let mut smm = units(&|name| name == SectionName::Smm);
    if !smm.is_empty() {
        smm.extend(own(&routines.smm));
        let (start, end) = (map::SMM_ENTRY, map::SMM_END);
        regions.push(Region { start, end, base: map::SMBASE, bits: 16, units: smm });
    }
    regions
}

/// The address of a label that the image must have.
fn address(symbols: &BTreeMap<String, u64>, label: &str) -> Result<u64, Vec<Problem>> {
    let missing = || vec![Problem::Whole(format!("the image has no label `{label}`"))];
    symbols.get(label).copied().ok_or_else(missing)
}

fn starts(
    program: &Program,
    mode: Mode,
    wiring: &Wiring,
    assembled: &Assembled,
) -> Result<Vec<StartState>, Vec<Problem>> {
    let second = match (program.has_peer(), wiring.sender) {
        (true, _) => Some(SectionName::Peer.word()),
        (false, true) => Some("__sender"),
        (false, false) => None,
    };
    let labels = [SectionName::Main.word()].into_iter().chain(second);
    let start = |(cpu, label)| Ok(boot::start(mode, &program.boot, cpu, address(&assembled.symbols, label)?));
    labels.enumerate().map(start).collect()
}

/// All of guest memory: tables and what was assembled.
fn image(program: &Program, mode: Mode, assembled: &Assembled) -> Result<Vec<u8>, Vec<Problem>> {
    let mut handlers = BTreeMap::new();
    for vector in boot::HANDLED {
        let section = SectionName::Handler(vector);
        let label = match program.section(section) {
            Some(_) => section.word().to_owned(),
            None => abi::default_handler(vector),
        };
        handlers.insert(vector, address(&assembled.symbols, &label)?);
    }
    let other = address(&assembled.symbols, abi::OTHER)?;
    let handler = |vector: u8| handlers.get(&vector).copied().unwrap_or(other);
    let tables = boot::write_tables(mode, &program.boot, &Tables { handler: &handler, other });
    let lines = assembled.lines.iter().map(|line| (line.address, line.bytes.as_slice()));
    let mut memory = vec![0; map::MEMORY_SIZE as usize];
    for (at, bytes) in tables.iter().map(|(at, bytes)| (*at, bytes.as_slice())).chain(lines) {
        let room = memory.get_mut(at as usize..at as usize + bytes.len());
        room.ok_or_else(|| vec![Problem::Whole(format!("{at:X}h is beyond guest memory"))])?.copy_from_slice(bytes);
    }
    Ok(memory)
}

/// Where the snaps exit: each is a push of its tag, a call and an OUT.
fn snaps(mode: Mode, assembled: &Assembled) -> Vec<SnapSite> {
    let sites = assembled.lines.windows(3).filter_map(|lines| {
        let [push, _, out] = lines else { return None };
        let snap = lines.iter().all(|line| line.pseudo.as_deref() == Some("snap"));
        let same = push.unit == out.unit && push.line == out.line;
        let tag = abi::pushed_tag(if push.unit == SectionName::Smm.word() { 16 } else { mode.bits() }, &push.bytes)?;
        (snap && same).then_some(SnapSite { mark: abi::mark_of_tag(tag), address: out.address })
    });
    sites.collect()
}

fn listing(assembled: &Assembled) -> Vec<Line> {
    let line = |line: &crate::asm::AssembledLine| Line {
        address: line.address,
        bytes: line.bytes.clone(),
        section: SectionName::from_word(&line.unit),
        line: line.line,
        text: line.text.clone(),
    };
    assembled.lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests;
