//! From regions of text to bytes, symbols or everything that is wrong.

use std::collections::{BTreeMap, HashMap};

use iced_x86::{Code, Decoder, DecoderOptions, Formatter, IntelFormatter, Register};

use super::item::{Body, Item};
use super::layout::{Layout, Output, Placed, PlacedProblem, RegionItems, UnitItems, label};
use super::line::UnitParser;
use super::problem::{Problem, Span};
use super::registers;
use super::types::{AsmError, Assembled, AssembledLine, Constants, Pseudo, Region};
use crate::suggest;

/// Assembles all regions together: labels and constants are visible everywhere. `constants` are maps of which no two have a name in
/// common.
///
/// Errors: every problem of every line at once, in the order of the texts.
pub fn assemble(
    regions: &[Region<'_>],
    constants: &[&BTreeMap<String, u64>],
    pseudo: &mut dyn Pseudo,
) -> Result<Assembled, Vec<AsmError>> {
    let constants = Constants(constants);
    let mut errors = Errors { order: HashMap::new(), found: Vec::new() };
    let mut laid_out = Vec::new();
    let mut expansions = 0;
    for region in regions {
        let mut units = Vec::new();
        for unit in &region.units {
            let order = errors.order.len();
            errors.order.entry(unit.name.to_owned()).or_insert(order);
            let scope = label(unit.name);
            let (items, problems) = (Vec::new(), Vec::new());
            let (unit_name, bits, own) = (unit.name, region.bits, Vec::new());
            let mut parser = UnitParser { unit: unit_name, bits, constants, scope, own, expansions, items, problems };
            for (number, text) in unit.text.lines().enumerate() {
                parser.line(number, text, pseudo);
            }
            expansions = parser.expansions;
            for (line, problem) in parser.problems {
                errors.add(unit.name, line, problem);
            }
            let items = parser.items.into_iter().map(Placed::new).collect();
            units.push(UnitItems { name: unit.name.to_owned(), items });
        }
        let (start, end, base, bits) = (region.start, region.end, region.base, region.bits);
        laid_out.push(RegionItems { start, end, base, bits, units });
    }
    let definitions = check_definitions(&laid_out, &mut errors);
    check_uses(&laid_out, &definitions, constants, &mut errors);
    let mut layout = Layout::new();
    let settled = layout.settle(&mut laid_out);
    let (mut outputs, mut problems) = (Vec::new(), Vec::new());
    for region in &laid_out {
        layout.output(region, &mut outputs, &mut problems);
    }
    for problem in problems {
        errors.placed(problem);
    }
    if !settled
        && errors.found.is_empty()
        && let Some(unit) = laid_out.iter().flat_map(|region| &region.units).next()
    {
        errors.add(
            &unit.name,
            0,
            Problem::new(Span::default(), "the sizes of these texts depend on themselves")
                .help("use fewer labels in `times`, `resb` and `equ`"),
        );
    }
    if !errors.found.is_empty() {
        return Err(errors.finish());
    }
    let symbols = definitions
        .iter()
        .filter(|(name, definition)| definition.is_label && !name.contains('#'))
        .filter_map(|(name, _)| Some((name.clone(), u64::try_from(*layout.symbols.get(name)?).ok()?)))
        .collect();
    Ok(Assembled { symbols, lines: lines(&laid_out, outputs) })
}

/// Where a name gets its value.
struct Definition {
    unit: String,
    /// None for the unit's own name.
    line: Option<usize>,
    is_label: bool,
}

fn check_definitions(regions: &[RegionItems], errors: &mut Errors) -> HashMap<String, Definition> {
    let mut known: HashMap<String, Definition> = HashMap::new();
    let units = || regions.iter().flat_map(|region| &region.units);
    for unit in units() {
        let definition = Definition { unit: unit.name.clone(), line: None, is_label: true };
        if known.insert(label(&unit.name), definition).is_some() {
            errors.add(&unit.name, 0, Problem::new(Span::default(), format!("two texts are called `{}`", unit.name)));
        }
    }
    for unit in units() {
        for Placed { item, .. } in &unit.items {
            let (name, is_label) = match &item.body {
                Body::Label(name) => (name, true),
                Body::Constant(name, _) => (name, false),
                _ => continue,
            };
            if let Some(first) = known.get(name) {
                let place = match first.line {
                    Some(line) => format!("first in `{}`, line {}", first.unit, line + 1),
                    None => "it is the name of a section".to_owned(),
                };
                let problem = Problem::new(item.span, format!("`{name}` is defined twice")).help(place);
                errors.placed(PlacedProblem { unit: &unit.name, item: Some(item), problem });
                continue;
            }
            known.insert(name.clone(), Definition { unit: unit.name.clone(), line: Some(item.line), is_label });
        }
    }
    known
}

fn check_uses(
    regions: &[RegionItems],
    definitions: &HashMap<String, Definition>,
    constants: Constants<'_>,
    errors: &mut Errors,
) {
    for unit in regions.iter().flat_map(|region| &region.units) {
        for Placed { item, .. } in &unit.items {
            let mut unknown: Vec<(String, Span)> = Vec::new();
            item.symbols(&mut |name, span| {
                if !definitions.contains_key(name) && unknown.iter().all(|(_, known)| *known != span) {
                    unknown.push((name.to_owned(), span));
                }
            });
            for (name, span) in unknown {
                let known = definitions.keys().map(String::as_str).chain(constants.names()).chain(registers::names());
                let written = name.strip_prefix('.').unwrap_or(&name);
                let help = suggest::slip(written, known).map(suggest::meant);
                let problem = Problem::new(span, format!("unknown label `{name}`")).maybe_help(help);
                errors.placed(PlacedProblem { unit: &unit.name, item: Some(item), problem });
            }
        }
    }
}

/// Errors, and the order of the texts they belong to.
struct Errors {
    order: HashMap<String, usize>,
    found: Vec<AsmError>,
}

impl Errors {
    fn add(&mut self, unit: &str, line: usize, problem: Problem) {
        let Problem { span, message, help } = problem;
        let error =
            AsmError { unit: unit.to_owned(), line, column: span.start, length: span.len.max(1), message, help };
        // One line complains of one place once: the first complaint is the cause of the others.
        let same = |known: &AsmError| known.unit == error.unit && known.line == line && known.column == error.column;
        if !self.found.iter().any(same) {
            self.found.push(error);
        }
    }

    fn placed(&mut self, placed: PlacedProblem<'_>) {
        let PlacedProblem { unit, item, problem } = placed;
        let problem = match item.and_then(|item| item.expansion.as_ref()) {
            Some(expansion) => expansion.locate(problem),
            None => problem,
        };
        self.add(unit, item.map_or(0, |item| item.line), problem);
    }

    fn finish(mut self) -> Vec<AsmError> {
        self.found.sort_by_key(|error| (self.order.get(&error.unit).copied(), error.line, error.column));
        self.found
    }
}

fn lines(regions: &[RegionItems], outputs: Vec<Output<'_>>) -> Vec<AssembledLine> {
    let mut places: HashMap<*const Item, (&str, u32, u64)> = HashMap::new();
    for region in regions {
        for unit in &region.units {
            for Placed { item, .. } in &unit.items {
                places.insert(item, (&unit.name, region.bits, region.base));
            }
        }
    }
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_branch_leading_zeros(false);
    let mut lines: Vec<AssembledLine> = outputs
        .into_iter()
        .map(|Output { address, bytes, item }| {
            let (unit, bits, base) = places.get(&std::ptr::from_ref(item)).copied().unwrap_or(("", 64, 0));
            let (text, segment, out) = match &item.body {
                Body::Instruction(_) => {
                    let ip = address.wrapping_sub(base);
                    let decoded = Decoder::with_ip(bits, &bytes, ip, DecoderOptions::NONE).decode();
                    let mut text = String::new();
                    formatter.format(&decoded, &mut text);
                    let out = decoded.code() == Code::Out_imm8_AL && decoded.len() == 2;
                    (text, decoded.memory_segment(), out.then(|| decoded.immediate8()))
                }
                _ => (item.text.clone(), Register::None, None),
            };
            let expansion = item.expansion.as_ref().map(|expansion| expansion.number);
            AssembledLine { address, bytes, unit: unit.to_owned(), line: item.line, text, segment, out, expansion }
        })
        .collect();
    lines.sort_by_key(|line| line.address);
    lines
}
