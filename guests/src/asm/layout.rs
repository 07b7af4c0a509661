//! Addresses, sizes and bytes: passes over the items until no address or size changes.

use std::collections::HashMap;

use iced_x86::Encoder;

use super::data;
use super::expr::{Env, Expr};
use super::item::{Body, Item};
use super::problem::{Problem, Span};

/// Instructions only ever grow, so few passes are needed; if this many do not suffice, a definition depends on itself.
const MAX_PASSES: usize = 60;
/// Most repetitions of one instruction.
const MAX_COPIES: u64 = 1 << 16;
/// Most bytes of one directive, however large the region.
const MAX_DIRECTIVE: u64 = 1 << 24;
/// Every unit starts at a multiple of this, in bytes.
const UNIT_ALIGNMENT: u64 = 16;

/// A unit that is laid out.
pub(super) struct UnitItems {
    pub(super) name: String,
    pub(super) items: Vec<Placed>,
}

/// A region that is laid out.
pub(super) struct RegionItems {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) base: u64,
    pub(super) bits: u32,
    pub(super) units: Vec<UnitItems>,
}

/// An item and what is known of it so far.
pub(super) struct Placed {
    pub(super) item: Item,
    /// Bytes of each copy.
    lengths: Vec<u8>,
    /// The bytes, if they cannot change any more.
    fixed: Option<Vec<u8>>,
}

impl Placed {
    pub(super) fn new(item: Item) -> Self {
        Self { item, lengths: Vec::new(), fixed: None }
    }
}

/// Bytes of an item at their place.
pub(super) struct Output<'a> {
    pub(super) address: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) item: &'a Item,
}

/// A problem of a unit's item, or of the unit as a whole.
pub(super) struct PlacedProblem<'a> {
    pub(super) unit: &'a str,
    pub(super) item: Option<&'a Item>,
    pub(super) problem: Problem,
}

/// What all passes share.
pub(super) struct Layout {
    pub(super) symbols: HashMap<String, i128>,
    encoders: [Encoder; 3],
    changed: bool,
}

impl Layout {
    pub(super) fn new() -> Self {
        Self { symbols: HashMap::new(), encoders: [16, 32, 64].map(Encoder::new), changed: false }
    }

    /// Runs passes until addresses and sizes stay the same. `false`: they did not within [`MAX_PASSES`].
    pub(super) fn settle(&mut self, regions: &mut [RegionItems]) -> bool {
        for pass in 0..MAX_PASSES {
            self.changed = false;
            for region in regions.iter_mut() {
                self.pass(region, pass == 0);
            }
            if !self.changed && pass > 0 {
                return true;
            }
        }
        false
    }

    fn define(&mut self, name: &str, value: i128) {
        match self.symbols.get_mut(name) {
            Some(known) if *known == value => {}
            Some(known) => {
                *known = value;
                self.changed = true;
            }
            None => {
                self.symbols.insert(name.to_owned(), value);
                self.changed = true;
            }
        }
    }

    fn pass(&mut self, region: &mut RegionItems, first: bool) {
        let mut address = region.start;
        let room = region.end.saturating_sub(region.start);
        for unit in &mut region.units {
            address = align(address);
            let unit_start = value_of(address, region.base);
            self.define(&label(&unit.name), unit_start);
            for placed in &mut unit.items {
                let here = value_of(address, region.base);
                // Problems are reported once, when everything has settled.
                let guess = first.then_some(here);
                let length = match &placed.item.body {
                    Body::Label(name) => {
                        self.define(name, here);
                        0
                    }
                    Body::Constant(name, expr) => {
                        let env = Env { symbols: &self.symbols, here, unit_start, guess: None };
                        if let Ok(value) = expr.value(&env) {
                            self.define(name, value);
                        }
                        0
                    }
                    _ => {
                        let mut size = Sizer { layout: self, unit_start, guess, room, bits: region.bits };
                        size.item(placed, here).unwrap_or(0)
                    }
                };
                address = address.saturating_add(length);
            }
        }
    }

    /// The bytes of a settled region, and its problems.
    pub(super) fn output<'a>(
        &mut self,
        region: &'a RegionItems,
        outputs: &mut Vec<Output<'a>>,
        problems: &mut Vec<PlacedProblem<'a>>,
    ) {
        let mut address = region.start;
        let room = region.end.saturating_sub(region.start);
        let mut first_over: Option<(&'a str, Option<&'a Item>)> = None;
        for unit in &region.units {
            address = align(address);
            if address > region.end && first_over.is_none() {
                first_over = Some((&unit.name, None));
            }
            let unit_start = value_of(address, region.base);
            for placed in &unit.items {
                let item = &placed.item;
                let mut writer = Writer { layout: self, unit_start, room, bits: region.bits, base: region.base };
                match writer.item(placed, address, outputs) {
                    Ok(length) => address = address.saturating_add(length),
                    Err(problem) => problems.push(PlacedProblem { unit: &unit.name, item: Some(item), problem }),
                }
                if address > region.end && first_over.is_none() {
                    first_over = Some((&unit.name, Some(item)));
                }
            }
        }
        if let Some((unit, item)) = first_over {
            let over = address.saturating_sub(region.end).max(1);
            let problem = Problem::new(
                item.map(|item| item.span).unwrap_or_default(),
                format!("the region is full: {over} bytes over its {room}"),
            );
            problems.push(PlacedProblem { unit, item, problem });
        }
    }
}

fn align(address: u64) -> u64 {
    address.checked_next_multiple_of(UNIT_ALIGNMENT).unwrap_or(address)
}

/// An address as the value of a label.
fn value_of(address: u64, base: u64) -> i128 {
    i128::from(address) - i128::from(base)
}

fn encoder(encoders: &mut [Encoder; 3], bits: u32) -> &mut Encoder {
    match bits {
        16 => &mut encoders[0],
        32 => &mut encoders[1],
        _ => &mut encoders[2],
    }
}

fn copies(times: Option<&(Expr, Span)>, env: &Env<'_>) -> Result<u64, Problem> {
    match times {
        Some((count, span)) => data::count_of(count, *span, env),
        None => Ok(1),
    }
}

/// Refuses counts that no region holds, before anything is allocated for them.
fn check_room(item: &Item, length: u64, room: u64) -> Result<u64, Problem> {
    if length > room.min(MAX_DIRECTIVE) {
        return Err(Problem::new(item.span, format!("this takes {length} bytes, and its region has {room}")));
    }
    Ok(length)
}

/// Measures one item.
struct Sizer<'a> {
    layout: &'a mut Layout,
    unit_start: i128,
    guess: Option<i128>,
    room: u64,
    bits: u32,
}

impl Sizer<'_> {
    fn item(&mut self, placed: &mut Placed, here: i128) -> Result<u64, Problem> {
        let Layout { symbols, encoders, changed } = &mut *self.layout;
        let mut env = Env { symbols, here, unit_start: self.unit_start, guess: self.guess };
        let count = copies(placed.item.times.as_ref(), &env)?;
        let statement = match &placed.item.body {
            Body::Data(data) => {
                let length = data.length(&env)?.saturating_mul(count);
                return check_room(&placed.item, length, self.room);
            }
            Body::Instruction(statement) => statement,
            Body::Label(_) | Body::Constant(..) => return Ok(0),
        };
        if let Some(bytes) = &placed.fixed {
            return check_room(&placed.item, (bytes.len() as u64).saturating_mul(count), self.room);
        }
        check_room(&placed.item, count, self.room.min(MAX_COPIES))?;
        placed.lengths.resize(usize::try_from(count).unwrap_or(0), 0);
        let mut total = 0;
        for known in &mut placed.lengths {
            env.here = here + i128::from(total);
            let encoded = statement.encode(encoder(encoders, self.bits), &env, usize::from(*known));
            // What cannot be encoded yet, or ever, takes the room of the shortest instruction.
            let length = encoded.as_ref().map_or((*known).max(1), |bytes| bytes.len() as u8);
            *changed |= length != *known;
            *known = length;
            total += u64::from(length);
            if let (Ok(bytes), false) = (encoded, statement.moves) {
                let length = bytes.len() as u64;
                placed.fixed = Some(bytes);
                return check_room(&placed.item, length.saturating_mul(count), self.room);
            }
        }
        Ok(total)
    }
}

/// Writes one settled item.
struct Writer<'a> {
    layout: &'a mut Layout,
    unit_start: i128,
    room: u64,
    bits: u32,
    base: u64,
}

impl Writer<'_> {
    fn item<'i>(&mut self, placed: &'i Placed, address: u64, outputs: &mut Vec<Output<'i>>) -> Result<u64, Problem> {
        let item = &placed.item;
        let Layout { symbols, encoders, .. } = &mut *self.layout;
        let here = value_of(address, self.base);
        let mut env = Env { symbols, here, unit_start: self.unit_start, guess: None };
        let count = copies(item.times.as_ref(), &env)?;
        let statement = match &item.body {
            Body::Label(_) => return Ok(0),
            Body::Constant(_, expr) => return expr.value(&env).map(|_| 0),
            Body::Data(data) => {
                let length = check_room(item, data.length(&env)?.saturating_mul(count), self.room)?;
                let one = data.bytes(&env)?;
                let bytes = one.repeat(usize::try_from(count).unwrap_or(0));
                if !bytes.is_empty() {
                    outputs.push(Output { address, bytes, item });
                }
                return Ok(length);
            }
            Body::Instruction(statement) => statement,
        };
        check_room(item, count, self.room.min(MAX_COPIES))?;
        let mut total = 0;
        for copy in 0..usize::try_from(count).unwrap_or(0) {
            env.here = here + i128::from(total);
            let bytes = match &placed.fixed {
                Some(bytes) => bytes.clone(),
                None => {
                    let least = placed.lengths.get(copy).copied().unwrap_or(0);
                    statement.encode(encoder(encoders, self.bits), &env, usize::from(least))?
                }
            };
            let address = address.saturating_add(total);
            total += bytes.len() as u64;
            outputs.push(Output { address, bytes, item });
        }
        Ok(total)
    }
}

/// The label of a unit's first byte: its name, with `_` for the `-` that no label has.
pub(super) fn label(unit: &str) -> String {
    unit.replace('-', "_")
}
